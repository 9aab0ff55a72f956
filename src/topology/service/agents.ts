// The agents that speak to this service: a challenge, a hello, and from then on what they tell and what they are to hold,
// until either is silent for three heartbeats. A newer connection of the same POP, here or at another service, ends the
// older one.

import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { deltaOf } from "../../wire/delta.ts";
import { type FromService, readFromAgent, type Telling, writeMessage } from "../../wire/message.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { News } from "../store/news.ts";
import { changePop, popForChange, REMOVED } from "../store/pops.ts";
import { desiredOf, versionsOf } from "../store/published.ts";
import { closeSession, isNewest, sessionsAt } from "../store/sessions.ts";
import type { Store } from "../store/store.ts";
import type { Told } from "../store/tellings.ts";
import { type Authority, readPublicKey } from "./authority.ts";
import { CERTIFICATE_ENDED, type Ending, endedBy, OTHER_IS_NEWER, TAKEN_OVER, WAS_REMOVED } from "./endings.ts";
import { deltaWithKeys, documentWithKeys } from "./handed-keys.ts";
import { greet, type HelloMessage, SPOKEN } from "./hello.ts";
import { Ingest } from "./ingest.ts";
import { refresh } from "./join.ts";

export type AgentsOptions = {
  readonly store: Store;
  readonly authority: Authority;
  readonly service: string;
  readonly heartbeatMs: number;
  readonly certificateDays: number;
  readonly log: Logger;
  /** What was kept and was not known before. */
  readonly fresh: (told: readonly Told[]) => void;
};

type Session = {
  readonly pop: string;
  readonly group: string;
  readonly start: string;
  readonly id: string;
  readonly socket: WebSocket;
  /** Of its certificate. */
  endsMs: number;
  /** Of the desired document that the agent holds once it has read all that was sent. */
  held: number;
  pushing: boolean;
  pushAgain: boolean;
  heardMs: number;
  sentMs: number;
  acknowledged: number;
};

export type AgentCounts = {
  sessions: number;
  tellings: number;
  octets: number;
  cells: number;
  foreignCells: number;
  refusals: number;
};

export class Agents {
  readonly #options: AgentsOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.wireMessageMaxOctets,
    perMessageDeflate: false,
  });
  readonly #byPop = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  readonly #ingest: Ingest;
  readonly #held = new Set<WebSocket>();
  readonly #stop = new AbortController();
  #unknown = 0;
  readonly counts: AgentCounts = { sessions: 0, tellings: 0, octets: 0, cells: 0, foreignCells: 0, refusals: 0 };

  constructor(options: AgentsOptions) {
    this.#options = options;
    const { store, service, log } = options;
    this.#ingest = new Ingest(store, service, {
      log,
      kept: ({ heard, fresh, stale }) => {
        for (const [pop, number] of heard) this.#acknowledge(pop, number);
        for (const id of stale) this.#end(this.#byId.get(id), OTHER_IS_NEWER);
        options.fresh(fresh);
      },
      refused: ({ session }, error) => this.#refuse(this.#byId.get(session)?.socket, error),
      room: () => {
        for (const socket of this.#held) socket.resume();
        this.#held.clear();
      },
    });
    void this.#beat();
  }

  get waiting(): Ingest["waiting"] {
    return this.#ingest.waiting;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#unknown >= LIMITS.agentsUnknownMax || this.#byPop.size >= LIMITS.agentsMax || this.#stop.signal.aborted) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#meet(ws));
  }

  /** News of the store: what is to be sent, and who speaks to another service now. */
  news(news: News): void {
    if (news.topic === "desired") {
      for (const [pop] of news.pops) this.#push(this.#byPop.get(pop));
    } else if (news.topic === "session" && news.session !== "") {
      const own = this.#byPop.get(news.pop);
      if (own?.id !== news.session) this.#end(own, news.session === REMOVED ? WAS_REMOVED : TAKEN_OVER);
    }
  }

  /** News were missed: whoever holds an older version than there is gets the newer. */
  async missed(): Promise<void> {
    const versions = await versionsOf(this.#options.store, [...this.#byPop.keys()]);
    for (const session of this.#byPop.values()) {
      if ((versions.get(session.pop) ?? 0) > session.held) this.#push(session);
    }
  }

  /** Whatever news were missed: whose session is not its POP's newest, or whose certificate has ended, is cut off. */
  async lookAgain(): Promise<void> {
    const { store, service } = this.#options;
    const here = [...this.#byPop.values()];
    if (here.length === 0) return;
    const newest = await sessionsAt(store, service);
    for (const session of here) {
      if (newest.get(session.pop) !== session.id) this.#end(session, OTHER_IS_NEWER);
      else if (session.endsMs <= store.nowMs()) this.#end(session, CERTIFICATE_ENDED);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closing"));
    for (const { socket } of this.#byPop.values()) socket.close(1001, "the service stops");
    await this.#ingest.close();
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #meet(socket: WebSocket): void {
    const nonce = randomBytes(32).toString("base64url");
    const { service } = this.#options;
    let session: Session | "greeting" | undefined;
    this.#unknown++;
    const late = AbortSignal.timeout(LIMITS.helloMs);
    const tooLate = (): void => {
      if (session === undefined) socket.terminate();
    };
    late.addEventListener("abort", tooLate);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      late.removeEventListener("abort", tooLate);
      this.#held.delete(socket);
      if (session === undefined || session === "greeting") this.#unknown--;
      else void this.#ended(session);
      session = undefined;
    });
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) return this.#refuse(socket, wrongFirst("a message that is no text"));
      const text = data.toString("utf8");
      try {
        const message = readFromAgent(text);
        if (typeof session === "object") return this.#hear(session, message, text.length);
        if (message.kind !== "hello" || session === "greeting") throw wrongFirst(`a message ${message.kind}`);
        session = "greeting";
        void this.#greet(socket, message, nonce).then((greeted) => {
          if (session === "greeting") this.#unknown--;
          // It may have gone meanwhile.
          if (greeted && session === undefined) void this.#ended(greeted);
          else session = greeted;
        });
      } catch (thrown) {
        this.#refuse(socket, asSrwanError(thrown));
      }
    });
    this.#send(socket, { kind: "challenge", wire: [...SPOKEN], nonce, service });
  }

  async #greet(socket: WebSocket, hello: HelloMessage, nonce: string): Promise<Session | undefined> {
    const { store, authority, service, heartbeatMs, log } = this.#options;
    const id = randomBytes(12).toString("base64url");
    try {
      const { pop, group, heard, endsMs } = await greet(store, authority, hello, { nonce, session: id, service });
      const now = performance.now();
      const state = { pushing: false, pushAgain: false, heardMs: now, sentMs: now, acknowledged: heard };
      const session: Session = { pop, group, start: hello.start, id, socket, endsMs, held: hello.version, ...state };
      this.#end(this.#byPop.get(pop), TAKEN_OVER);
      this.#byPop.set(pop, session);
      this.#byId.set(id, session);
      this.#send(socket, { kind: "welcome", heard, heartbeatMs, atMs: store.nowMs() });
      this.#push(session);
      this.counts.sessions++;
      return session;
    } catch (thrown) {
      const error = asSrwanError(thrown);
      log.warn("an agent was refused", { pop: hello.pop.name, code: error.code, why: error.message });
      this.#refuse(socket, error);
      return undefined;
    }
  }

  #hear(session: Session, message: ReturnType<typeof readFromAgent>, octets: number): void {
    session.heardMs = performance.now();
    if (message.kind === "heartbeat") return;
    if (message.kind === "ask-desired") {
      session.held = 0;
      this.#push(session);
      return;
    }
    if (message.kind === "renew") return void this.#renew(session, message.publicKey);
    if (message.kind === "record") return void this.#record(session, message.pop);
    if (message.kind === "hello") throw wrongFirst("a second hello");
    const telling = this.#own(session, message);
    this.counts.tellings++;
    this.counts.octets += octets;
    const { pop, group, start, id } = session;
    this.#ingest.add({ pop, group, start, session: id, telling, octets });
    if (this.#ingest.isFull && !this.#held.has(session.socket)) {
      this.#held.add(session.socket);
      session.socket.pause();
    }
  }

  async #record(session: Session, record: PopRecord): Promise<void> {
    try {
      if (record.name === session.pop) return await refresh(this.#options.store, record, session.id);
      throw new SrwanError("AGENT_REFUSED", `it sent the record of ${record.name}`, {
        remedy: "A POP speaks for itself.",
      });
    } catch (thrown) {
      this.#refuse(session.socket, asSrwanError(thrown));
    }
  }

  /** A POP speaks of segments that begin at it, and of no others. */
  #own(session: Session, telling: Telling): Telling {
    if (telling.kind !== "measured") return telling;
    const from = `${session.pop}/`;
    const cells = telling.cells.filter(({ segment }) => segment.startsWith(from));
    this.counts.cells += cells.length;
    this.counts.foreignCells += telling.cells.length - cells.length;
    return cells.length === telling.cells.length ? telling : { ...telling, cells };
  }

  #acknowledge(pop: string, number: number): void {
    const session = this.#byPop.get(pop);
    if (session === undefined || session.acknowledged === number) return;
    session.acknowledged = number;
    this.#tell(session, { kind: "kept", number });
  }

  async #renew(session: Session, publicKey: string): Promise<void> {
    const { store, authority, certificateDays } = this.#options;
    try {
      const { key, pem } = readPublicKey(publicKey);
      const issued = await authority.issueForPop(session.pop, key, store.nowMs(), certificateDays);
      await store.write(async (tx, tell) => {
        const pop = await popForChange(store, tx, session.pop);
        if (pop === undefined || !(await isNewest(tx, session.pop, session.id))) throw endedBy(OTHER_IS_NEWER);
        await changePop(store, tx, pop, { publicKey: pem, serial: issued.serial, previousSerial: pop.serial }, tell);
      });
      session.endsMs = issued.endsMs;
      this.#tell(session, { kind: "renewed", certificate: issued.certificate, renewBeforeMs: issued.endsMs });
    } catch (thrown) {
      this.#refuse(session.socket, asSrwanError(thrown));
    }
  }

  /** Brings the agent to the newest version: by a change where what it holds is known, else whole. */
  #push(session: Session | undefined): void {
    if (session === undefined) return;
    session.pushAgain = true;
    if (session.pushing) return;
    session.pushing = true;
    void this.#options.store.manyTurns
      .run(() => this.#pushAll(session))
      .catch((thrown: unknown) =>
        this.#options.log.warn("a document was not sent", { pop: session.pop, error: thrown }),
      )
      .finally(() => {
        session.pushing = false;
      });
  }

  async #pushAll(session: Session): Promise<void> {
    const { store, authority } = this.#options;
    while (session.pushAgain) {
      session.pushAgain = false;
      const newest = await desiredOf(store, session.pop);
      if (newest === undefined || newest.version <= session.held) continue;
      // Keys are in it: they go to who is the POP now, whatever news were missed.
      const isIts = await store.read((db) => isNewest(db, session.pop, session.id));
      if (!isIts) return this.#end(session, OTHER_IS_NEWER);
      const base = session.held === 0 ? undefined : await desiredOf(store, session.pop, session.held);
      // It may have asked for the whole meanwhile.
      if (session.pushAgain) continue;
      session.held = newest.version;
      this.#tell(
        session,
        base === undefined
          ? { kind: "desired", document: documentWithKeys(authority, newest) }
          : { kind: "change", delta: deltaWithKeys(authority, deltaOf(base, newest)) },
      );
    }
  }

  #tell(session: Session, message: FromService): void {
    session.sentMs = performance.now();
    this.#send(session.socket, message);
  }

  #send(socket: WebSocket, message: FromService): void {
    if (socket.readyState !== socket.OPEN) return;
    // Whoever does not read is no better than gone.
    if (socket.bufferedAmount > LIMITS.agentUnreadOctets) socket.terminate();
    else socket.send(writeMessage(message));
  }

  #refuse(socket: WebSocket | undefined, { code, message, remedy }: SrwanError): void {
    if (socket === undefined || socket.readyState !== socket.OPEN) return;
    this.counts.refusals++;
    const cut = (text: string): string => text.slice(0, LIMITS.wireTextMax);
    this.#send(socket, { kind: "refusal", error: { code, message: cut(message), remedy: cut(remedy) } });
    socket.close(1008, code);
  }

  #end(session: Session | undefined, ending: Ending): void {
    if (session !== undefined) this.#refuse(session.socket, endedBy(ending));
  }

  async #ended(session: Session): Promise<void> {
    this.#byId.delete(session.id);
    if (this.#byPop.get(session.pop) === session) this.#byPop.delete(session.pop);
    this.counts.sessions--;
    const { store, log } = this.#options;
    // What it told last would say that it is there again.
    await this.#ingest.settled();
    // Orphans are looked for anyway, should the store be away now.
    await closeSession(store, session.pop, session.id).catch((thrown: unknown) => {
      if (!this.#stop.signal.aborted)
        log.warn("the end of a session was not kept", { pop: session.pop, error: thrown });
    });
  }

  /** One clock for all: whoever heard nothing from us for a while does, and who was silent for three is gone. */
  async #beat(): Promise<void> {
    const { heartbeatMs, store } = this.#options;
    const { signal } = this.#stop;
    const step = Math.max(50, heartbeatMs / 4);
    for (let last = performance.now(); !signal.aborted; ) {
      await store.clock.sleepMs(step, signal).catch(() => undefined);
      const now = performance.now();
      // This process stood still: the agents' words are still to be read.
      const stood = now - last > heartbeatMs;
      last = now;
      for (const session of this.#byPop.values()) {
        if (!stood && now - session.heardMs > 3 * heartbeatMs && !session.socket.isPaused) session.socket.terminate();
        else if (now - session.sentMs >= heartbeatMs - step)
          this.#tell(session, { kind: "heartbeat", atMs: store.nowMs() });
      }
    }
  }
}

const wrongFirst = (what: string): SrwanError =>
  new SrwanError("WIRE_INVALID", `the agent sent ${what} where a hello was due`, {
    remedy: "Both ends must be srwan; see the versions of both.",
  });
