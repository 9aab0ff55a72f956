// Keeps a connection to the service: connects again and again, tells what waits in the spool, and hands over what comes.
// Without the service nothing else of the agent stands still.

import { randomBytes } from "node:crypto";
import WebSocket from "ws";
import type { Clock } from "../base/clock.ts";
import { asSrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/log.ts";
import { type Rng, unit } from "../base/rng.ts";
import type { PopDesired } from "../wire/desired.ts";
import { AGENT_PATH, type FromAgent, readFromService, writeMessage } from "../wire/message.ts";
import { type Identity, newPrivateKey, prove, publicKeyOf } from "./identity.ts";
import { servicePlace } from "./join.ts";
import { NEW_SESSION, onMessage, renewalDueMs, type Self, type Session, waitMs } from "./session.ts";
import type { Spool } from "./spool.ts";

export type LinkParts = {
  readonly identity: () => Identity;
  readonly keepIdentity: (identity: Identity) => void;
  readonly spool: Spool;
  readonly held: () => PopDesired | undefined;
  readonly desire: (document: PopDesired) => void;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
};

/** Whoever is silent for so many heartbeats is gone. */
const SILENT_HEARTBEATS = 3;
/** A refusal is not taken back within a moment. */
const REFUSED_WAITS = 6;

export class ServiceLink {
  readonly #parts: LinkParts;
  readonly #start = randomBytes(16).toString("base64url");
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  #session: Session = NEW_SESSION;
  #ended: Promise<void> | undefined;
  #heardUs = 0n;
  #asked: string | undefined;
  #attempts = 0;
  #peer: string | undefined;
  /** It said something. */
  onHeard: () => void = () => undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#session.phase === "open";
  }

  /** The service's own address, as this machine reaches it; undefined while it does not. */
  get peerAddress(): string | undefined {
    return this.isOpen ? this.#peer : undefined;
  }

  start(): void {
    this.#ended = this.#run().catch((thrown) => {
      if (!this.#stop.signal.aborted) this.#parts.log.error(asSrwanError(thrown).message);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopping"));
    this.#socket?.close(1000);
    await this.#ended;
  }

  /** Something new waits in the spool. */
  tell(): void {
    if (this.#session.phase !== "open") return;
    for (const { number, text } of this.#parts.spool.after(this.#session.toldTo)) {
      if ((this.#socket?.bufferedAmount ?? 0) > LIMITS.sessionBufferedOctets) return;
      this.#socket?.send(text);
      this.#session = { ...this.#session, toldTo: number };
    }
  }

  /** The record is another than the one it was connected with. */
  tellRecord(): void {
    if (this.isOpen) this.#send({ kind: "record", pop: this.#parts.identity().record });
  }

  async #run(): Promise<void> {
    const { clock, rng, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const why = await this.#connection();
      if (this.#stop.signal.aborted) return;
      const { reconnectMinMs, reconnectMaxMs } = LIMITS;
      const wait =
        waitMs(this.#attempts++, unit(rng), reconnectMinMs, reconnectMaxMs) * (why.refused ? REFUSED_WAITS : 1);
      const level = why.refused || this.#attempts === 1 ? "warn" : "debug";
      log[level]("no connection to the service", { why: why.why, againMs: wait });
      await clock.sleepMs(wait, this.#stop.signal).catch(() => undefined);
    }
  }

  #connection(): Promise<{ readonly why: string; readonly refused: boolean }> {
    const { identity, clock } = this.#parts;
    const { url, socketPath } = servicePlace(identity().service);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.pathname = AGENT_PATH;
    this.#session = NEW_SESSION;
    this.#asked = undefined;
    const address = socketPath === undefined ? url : `ws+unix:${socketPath}:${AGENT_PATH}`;
    const socket = new WebSocket(address, {
      ...(url.protocol === "wss:" && identity().authority !== "" ? { ca: identity().authority } : {}),
      handshakeTimeout: LIMITS.sessionOpenMs,
      maxPayload: LIMITS.wireMessageMaxOctets,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.#heardUs = clock.monoUs();
    const timer = setInterval(() => this.#beat(), 250);
    return new Promise((resolve) => {
      let why = { why: "it hung up", refused: false };
      const close = (text: string, refused = false): void => {
        why = { why: text, refused };
        socket.terminate();
      };
      socket.on("upgrade", ({ socket: { remoteAddress } }) => {
        this.#peer = remoteAddress;
      });
      socket.on("message", (data) => {
        this.#heardUs = clock.monoUs();
        this.onHeard();
        try {
          this.#take(String(data), close);
        } catch (thrown) {
          close(asSrwanError(thrown).message);
        }
      });
      socket.on("error", (error) => close(error.message));
      socket.on("close", () => {
        clearInterval(timer);
        this.#session = NEW_SESSION;
        this.#socket = undefined;
        resolve(why);
      });
    });
  }

  #take(text: string, close: (why: string, refused: boolean) => void): void {
    const { spool, desire, log } = this.#parts;
    const { session, effects } = onMessage(this.#session, readFromService(text), this.#self());
    this.#session = session;
    for (const effect of effects) {
      if (effect.do === "send") this.#send(effect.message);
      else if (effect.do === "desire") desire(effect.document);
      else if (effect.do === "close") close(effect.why, effect.refused);
      else if (effect.do === "renewed") this.#renewed(effect.certificate, effect.renewBeforeMs);
      else {
        const kept = effect.do === "open" ? effect.kept : effect.number;
        spool.kept(kept);
        if (effect.do === "open") {
          this.#attempts = 0;
          log.info("connected to the service", { kept, waiting: spool.waiting });
        }
        this.tell();
      }
    }
  }

  /** Looks at the clock four times a second: beats, finds silence, goes on with what waits, asks for renewal. */
  #beat(): void {
    const { clock, identity } = this.#parts;
    const silentMs = Number(clock.monoUs() - this.#heardUs) / 1_000;
    const most = this.isOpen ? this.#session.heartbeatMs * SILENT_HEARTBEATS : LIMITS.sessionOpenMs;
    if (silentMs > most) return void this.#socket?.terminate();
    if (!this.isOpen) return;
    this.#heartbeat();
    this.tell();
    const { issuedMs, renewBeforeMs } = identity();
    const nowMs = Number(clock.wallUs() / 1_000n);
    if (this.#asked !== undefined || nowMs < renewalDueMs(issuedMs, renewBeforeMs)) return;
    this.#asked = newPrivateKey();
    this.#send({ kind: "renew", publicKey: publicKeyOf(this.#asked) });
  }

  #beatenUs = 0n;

  #heartbeat(): void {
    const { clock } = this.#parts;
    if (Number(clock.monoUs() - this.#beatenUs) / 1_000 < this.#session.heartbeatMs) return;
    this.#beatenUs = clock.monoUs();
    this.#send({ kind: "heartbeat", atMs: Number(clock.wallUs() / 1_000n) });
  }

  #renewed(certificate: string, renewBeforeMs: number): void {
    const { identity, keepIdentity, clock, log } = this.#parts;
    if (this.#asked === undefined) return;
    const issuedMs = Number(clock.wallUs() / 1_000n);
    keepIdentity({ ...identity(), privateKey: this.#asked, certificate, renewBeforeMs, issuedMs });
    this.#asked = undefined;
    log.info("a new certificate", { ends: new Date(renewBeforeMs).toISOString() });
  }

  #send(message: FromAgent): void {
    this.#socket?.send(writeMessage(message));
  }

  #self(): Self {
    const { identity, spool, held } = this.#parts;
    const own = identity();
    return {
      record: own.record,
      certificate: own.certificate,
      start: this.#start,
      prove: (nonce) => prove(own, nonce),
      held: held(),
      said: spool.last,
    };
  }
}
