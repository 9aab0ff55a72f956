// An agent as the service sees it: makes its key, joins, proves who it is, tells, and answers for what it is given. It
// measures and changes nothing.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { WebSocket } from "ws";
import { applyDelta } from "../../src/wire/delta.ts";
import type { PopDesired } from "../../src/wire/desired.ts";
import {
  type FromAgent,
  type FromService,
  proofText,
  readFromService,
  type Telling,
  writeMessage,
} from "../../src/wire/message.ts";
import type { JoinReply, PopRecord } from "../../src/wire/pop.ts";
import type { Applied } from "../../src/wire/report.ts";

/** A POP with one segment to each of these. */
export const popRecord = (name: string, to: readonly string[] = []): PopRecord => ({
  name,
  platform: "linux",
  transits: [{ name: "alder" }],
  segments: to.map((one, i) => ({
    transit: "alder",
    to: one,
    device: `eth${i}`,
    nexthop: `fe80::${i + 1}`,
    local: `fe80::${i + 101}`,
  })),
  address: "2001:db8::1",
});

export type Told = Telling extends infer T ? (T extends Telling ? Omit<T, "number"> : never) : never;

export class TestAgent {
  readonly record: PopRecord;
  readonly #url: string;
  #key: KeyObject;
  publicKey: string;
  place: JoinReply | undefined;
  #start = randomBytes(16).toString("base64url");
  #number = 0;
  /** Told and not yet kept. */
  readonly waiting: Telling[] = [];
  kept = 0;
  document: PopDesired | undefined;
  /** Everything it was sent, by kind. */
  readonly heard: FromService[] = [];
  #socket: WebSocket | undefined;
  answers = true;
  /** Whether all that it hears is kept. */
  remembers = true;
  #isOver = false;
  #isWelcome = false;
  #heartbeatMs = 1_000;

  constructor(url: string, record: PopRecord) {
    this.#url = url;
    this.record = record;
    const pair = generateKeyPairSync("ed25519");
    this.#key = pair.privateKey;
    this.publicKey = pair.publicKey.export({ type: "spki", format: "pem" }) as string;
  }

  async join(token: string): Promise<JoinReply> {
    const response = await fetch(`${this.#url}/api/v1/join`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, publicKey: this.publicKey, pop: this.record }),
    });
    const body = (await response.json()) as JoinReply & { code?: string; detail?: string };
    if (response.status !== 201) throw new Error(`${body.code}: ${body.detail}`);
    this.place = body;
    return body;
  }

  /** Resolves when it is welcome; rejects with what the service says otherwise. */
  connect(
    url: string = this.#url,
    change: (hello: FromAgent & { kind: "hello" }) => FromAgent = (one) => one,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/agent`, { perMessageDeflate: false });
      this.#socket = socket;
      this.#isWelcome = false;
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
      socket.on("message", (data: Buffer) => {
        const message = readFromService(data.toString());
        if (this.remembers) this.heard.push(message);
        if (message.kind === "challenge") socket.send(writeMessage(change(this.#hello(message.nonce))));
        else if (message.kind === "refusal") reject(new Error(`${message.error.code}: ${message.error.message}`));
        else if (message.kind === "welcome") {
          this.#drop(message.heard);
          this.#heartbeatMs = message.heartbeatMs;
          this.#isWelcome = true;
          for (const telling of this.waiting) socket.send(writeMessage(telling));
          resolve();
        } else this.#take(message);
      });
    });
  }

  #hello(nonce: string): FromAgent & { kind: "hello" } {
    const { name } = this.record;
    return {
      kind: "hello",
      wire: 1,
      pop: this.record,
      certificate: this.place?.certificate ?? "",
      signature: sign(null, Buffer.from(proofText(nonce, name)), this.#key).toString("base64url"),
      start: this.#start,
      version: this.document?.version ?? 0,
      said: this.#number,
    };
  }

  #take(message: FromService): void {
    if (message.kind === "kept") this.#drop(message.number);
    else if (message.kind === "renewed" && this.place) this.place = { ...this.place, certificate: message.certificate };
    else if (message.kind === "desired") this.#hold(message.document);
    else if (message.kind === "change") {
      if (this.document?.version === message.delta.base) this.#hold(applyDelta(this.document, message.delta));
      else this.say({ kind: "ask-desired", why: `holds ${this.document?.version}` });
    }
  }

  #hold(document: PopDesired): void {
    this.document = document;
    if (!this.answers) return;
    const carrying = (paths: PopDesired["policies"][number]["paths"]) =>
      paths.map(({ name }) => ({ name, state: "carrying" as const, actualUs: null, why: "" }));
    const policies: Applied["policies"] = document.policies.map(({ name, paths }) => ({
      name,
      active: "paths",
      paths: carrying(paths),
    }));
    const what = { version: document.version, done: true, objectsInPlace: 1, refused: [], policies };
    this.tell({ kind: "applied", atMs: Date.now(), ...what });
  }

  #drop(number: number): void {
    this.kept = Math.max(this.kept, number);
    while ((this.waiting[0]?.number ?? Number.POSITIVE_INFINITY) <= number) this.waiting.shift();
  }

  /** Numbered, and told again after each new connection until it is kept. */
  tell(what: Told): number {
    const telling = { ...what, number: ++this.#number } as Telling;
    this.waiting.push(telling);
    if (this.#isWelcome) this.say(telling);
    return telling.number;
  }

  say(message: FromAgent): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(writeMessage(message));
  }

  raw(text: string): void {
    this.#socket?.send(text);
  }

  /** As a restart of the agent's process: numbers begin anew. */
  restart(): void {
    this.#start = randomBytes(16).toString("base64url");
    this.#number = 0;
    this.waiting.length = 0;
  }

  /** Comes back for as long as it lives, to whichever of these answers. */
  async stay(urls: readonly string[]): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      try {
        await this.connect(urls[i % urls.length]);
        const beat = setInterval(() => this.say({ kind: "heartbeat", atMs: Date.now() }), this.#heartbeatMs / 3);
        await new Promise((resolve) => this.#socket?.once("close", resolve));
        clearInterval(beat);
      } catch {
        // The next one, or the same a moment later.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Whether it may say anything but hello. */
  get isWelcome(): boolean {
    return this.#isWelcome && this.isConnected;
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** The line breaks; whoever stays comes back. */
  drop(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#isOver = true;
    this.#socket?.terminate();
  }
}
