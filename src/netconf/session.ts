// One NETCONF session over a pipe: hello, requests with message-ids and deadlines, replies whole or streamed,
// notifications. When it ends, everything that waits is told at once and why.

import type { Clock } from "../base/clock.ts";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { type Awaited, AwaitedReplies } from "./awaited.ts";
import type { Capabilities } from "./capabilities.ts";
import { Carver } from "./carve.ts";
import { Flow } from "./flow.ts";
import { frame } from "./frame.ts";
import { type Hello, helloText, OURS, readHello } from "./hello.ts";
import { Inbound, type Taker } from "./inbound.ts";
import { BASE_11, NS } from "./names.ts";
import { type Notification, readNotification } from "./notification.ts";
import { closeSession, createSubscription, type Operation, type Subscription } from "./operations.ts";
import type { Peer, Pipe } from "./pipe.ts";
import { isReply, type Reply, readReply } from "./reply.ts";
import { ended, noHello, strange, tooManyWait, unanswered, unexpected, unsupported } from "./session-errors.ts";
import { attribute, type XmlElement } from "./xml/element.ts";
import type { XmlOpen } from "./xml/read.ts";
import { writeXml } from "./xml/write.ts";

export type SessionOptions = {
  readonly clock: Clock;
  readonly deadlineMs?: number;
  readonly helloMs?: number;
  /** Requests sent before the first is answered; 1 for devices that cannot take more. */
  readonly inFlight?: number;
  /** What we offer in our hello. */
  readonly offers?: readonly string[];
};

export type CallOptions = {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Whether the reply is wanted as it came, too. */
  readonly keepsText?: boolean;
};

export class Session {
  readonly #pipe: Pipe;
  readonly #clock: Clock;
  readonly #options: SessionOptions;
  readonly #inbound: Inbound;
  readonly #awaited: AwaitedReplies;
  readonly #waiting: (() => void)[] = [];
  readonly #greeted = Promise.withResolvers<Hello>();
  readonly #closed = Promise.withResolvers<SrwanError | undefined>();
  #hello: Hello | undefined;
  #chunked = false;
  #end: { readonly cause: SrwanError | undefined } | undefined;
  #notifications: Flow<Notification> | undefined;
  #lost = 0;
  #heardUs: bigint;
  #holding = 0;
  /** Replies that came twice, or after their deadline. */
  strays = 0;

  private constructor(pipe: Pipe, options: SessionOptions) {
    this.#pipe = pipe;
    this.#options = options;
    this.#clock = options.clock;
    this.#heardUs = options.clock.monoUs();
    this.#awaited = new AwaitedReplies(options.clock);
    this.#inbound = new Inbound((root) => this.#route(root));
    this.#greeted.promise.catch(() => undefined);
  }

  /** Resolves when both hellos are through. */
  static async open(pipe: Pipe, options: SessionOptions): Promise<Session> {
    const session = new Session(pipe, options);
    await session.#greet();
    return session;
  }

  get id(): string {
    return this.#hello?.sessionId ?? "";
  }

  get capabilities(): Capabilities {
    return (this.#hello as Hello).capabilities;
  }

  get peer(): Peer {
    return this.#pipe.peer;
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Resolves when the session has ended, with the cause unless we closed it. */
  get closed(): Promise<SrwanError | undefined> {
    return this.#closed.promise;
  }

  /** Asks, and gives a reply that is what the operation wants; anything else is an error. */
  async call(operation: Operation, options: CallOptions = {}): Promise<Reply> {
    const reply = await this.#ask(operation, options, undefined);
    if (operation.wants === "ok" && reply.kind === "data") throw strange(operation, "data where <ok/> belongs");
    if (operation.wants === "data" && reply.kind !== "data") throw strange(operation, "no data");
    return reply;
  }

  /** The elements at a path below the reply, one after the other, whatever its size. The device waits for the reader. */
  stream(operation: Operation, path: readonly string[], options: CallOptions = {}): AsyncIterableIterator<XmlElement> {
    const flow: Flow<XmlElement> = new Flow({
      high: LIMITS.netconfStreamElements,
      full: () => this.#hold(1),
      drained: () => this.#hold(-1),
    });
    const carver = new Carver(path, (element) => flow.put(element));
    this.#ask(operation, options, carver).then(
      () => flow.end(),
      (error) => flow.end(error),
    );
    return flow;
  }

  /** Subscribes, and gives what comes from then on. A reader that is too slow loses some, and is told how many. */
  async subscribe(subscription: Subscription = {}): Promise<AsyncIterableIterator<Notification>> {
    const flow: Flow<Notification> = new Flow({ high: LIMITS.netconfNotificationsWaiting });
    this.#notifications = flow;
    await this.call(createSubscription(subscription));
    return flow;
  }

  /** Says goodbye, if the device still listens. */
  async close(): Promise<void> {
    if (this.#end) return;
    await this.call(closeSession(), { deadlineMs: LIMITS.netconfCloseMs }).catch(() => undefined);
    this.#finish(undefined);
  }

  /** Ends it without a word: what waits fails with this cause. */
  destroy(cause?: SrwanError): void {
    this.#finish(cause ?? ended("it was ended by us"));
  }

  async #greet(): Promise<void> {
    const ms = this.#options.helloMs ?? LIMITS.netconfHelloMs;
    const timer = new AbortController();
    this.#clock.sleepMs(ms, timer.signal).then(
      () => this.#finish(noHello(ms)),
      () => undefined,
    );
    this.#pipe.listen({
      octets: (octets) => this.#take(octets),
      closed: (cause) => this.#finish(ended(cause?.message ?? "the other side closed the connection", cause)),
    });
    const offers = this.#options.offers ?? OURS;
    this.#pipe.write(frame(helloText(offers), false));
    const { capabilities } = await this.#greeted.promise.finally(() => timer.abort());
    // Servers of the yuma family forget a request that they read in one piece with our hello.
    if (capabilities.module("yuma-mysession")) await this.#clock.sleepMs(LIMITS.netconfYumaPauseMs);
  }

  #take(octets: Uint8Array): void {
    if (this.#end) return;
    this.#heardUs = this.#clock.monoUs();
    try {
      this.#inbound.push(octets);
    } catch (error) {
      // After this nothing that comes can be trusted to be what it seems.
      this.#finish(error instanceof SrwanError ? error : ended((error as Error).message, error));
    }
  }

  #route(root: XmlOpen): Taker {
    const maxOctets = LIMITS.netconfReplyMaxOctets;
    if (!this.#hello) {
      return { kind: "tree", maxOctets, keepsText: false, done: (element) => this.#greetedBy(element) };
    }
    if (root.name === "notification" && (root.ns === NS.notification || root.ns === "")) {
      return { kind: "tree", maxOctets, keepsText: false, done: (element) => this.#notified(element) };
    }
    if (!isReply(root)) throw unexpected(`<${root.name}> where a reply belongs`);
    const id =
      attribute({ ...root, children: [] }, "message-id") ?? attribute({ ...root, children: [] }, "message-id", NS.base);
    const entry = this.#awaited.find(id);
    if (!entry) {
      if (!this.#awaited.isPast(id))
        throw unexpected(`a reply with message-id ${JSON.stringify(id ?? null)}, which was never sent`);
      this.strays++;
      return { kind: "events", events: new Carver([], () => undefined), done: () => undefined };
    }
    const { carver, keepsText } = entry;
    if (carver)
      return { kind: "events", events: carver, done: () => carver.rest && this.#answered(entry, carver.rest) };
    return { kind: "tree", maxOctets, keepsText, done: (element, text) => this.#answered(entry, element, text) };
  }

  #greetedBy(element: XmlElement): void {
    this.#hello = readHello(element);
    this.#chunked = this.#hello.capabilities.base11 && (this.#options.offers ?? OURS).includes(BASE_11);
    if (this.#chunked) this.#inbound.useChunks();
    this.#greeted.resolve(this.#hello);
  }

  #answered(entry: Awaited, root: XmlElement, text?: string): void {
    // One that ran out of time while its reply came was told so.
    if (this.#awaited.find(entry.id) !== entry) {
      this.strays++;
      return;
    }
    this.#awaited.settle(entry.id);
    try {
      const reply = readReply(root, entry.operation.name);
      entry.resolve(text === undefined ? reply : { ...reply, text });
    } catch (error) {
      entry.reject(error);
    }
  }

  #notified(element: XmlElement): void {
    const flow = this.#notifications;
    if (!flow || flow.waiting >= LIMITS.netconfNotificationsWaiting) {
      this.#lost++;
      return;
    }
    flow.put(readNotification(element, this.#lost));
    this.#lost = 0;
  }

  async #ask(operation: Operation, options: CallOptions, carver: Carver | undefined): Promise<Reply> {
    const { signal } = options;
    const refused = this.#refusal(operation);
    if (refused) throw refused;
    if (this.#awaited.size >= this.#mostInFlight) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.#end) throw this.#endFor(operation);
    const id = this.#awaited.nextId();
    const giveUp = (): void => this.#awaited.giveUp(id, signal?.reason);
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", giveUp, { once: true });
      return await this.#send(id, operation, options, carver);
    } finally {
      signal?.removeEventListener("abort", giveUp);
      this.#waiting.shift()?.();
    }
  }

  #send(id: string, operation: Operation, options: CallOptions, carver: Carver | undefined): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const deadlineMs = options.deadlineMs ?? this.#options.deadlineMs ?? LIMITS.netconfRpcMs;
    // A reader that makes the device wait is no silence of the device.
    const silenceMs = (): number => (this.#holding > 0 ? 0 : Number(this.#clock.monoUs() - this.#heardUs) / 1_000);
    const keepsText = options.keepsText === true;
    const entry = { id, operation, keepsText, carver, timer: new AbortController(), resolve, reject };
    this.#awaited.add(entry, deadlineMs, carver && silenceMs);
    const rpc = `<rpc xmlns="${NS.base}" message-id="${id}">${writeXml(operation.body, { inside: NS.base })}</rpc>`;
    this.#pipe.write(frame(rpc, this.#chunked));
    return promise;
  }

  get #mostInFlight(): number {
    return this.#options.inFlight ?? LIMITS.netconfRpcsInFlight;
  }

  #refusal(operation: Operation): SrwanError | undefined {
    if (this.#end) return this.#endFor(operation);
    const lack = operation.lacks(this.capabilities);
    if (lack !== undefined) return unsupported(operation, lack);
    return this.#waiting.length < LIMITS.netconfRpcsWaiting ? undefined : tooManyWait();
  }

  #hold(by: 1 | -1): void {
    this.#holding += by;
    if (this.#end) return;
    this.#heardUs = this.#clock.monoUs();
    if (this.#holding === 1 && by === 1) this.#pipe.pause();
    if (this.#holding === 0) this.#pipe.resume();
  }

  #endFor(operation: Operation): SrwanError {
    return unanswered(operation, this.#inbound.within, this.#end?.cause);
  }

  #finish(cause: SrwanError | undefined): void {
    if (this.#end) return;
    this.#end = { cause };
    this.#pipe.close();
    this.#greeted.reject(cause ?? ended("it was closed"));
    this.#awaited.failAll((operation) => this.#endFor(operation));
    for (const start of this.#waiting.splice(0)) start();
    this.#notifications?.end(...(cause ? [cause] : []));
    this.#closed.resolve(cause);
  }
}
