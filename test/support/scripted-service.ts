// A service that does what a test tells it: takes joins, greets agents that prove themselves, sends the documents it is
// given, keeps what it is told.

import { createPublicKey, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { deltaOf } from "../../src/wire/delta.ts";
import type { PopDesired } from "../../src/wire/desired.ts";
import {
  AGENT_PATH,
  type FromAgent,
  type FromService,
  JOIN_PATH,
  proofText,
  readFromAgent,
  type Telling,
  WIRE_VERSION,
  writeMessage,
} from "../../src/wire/message.ts";
import type { JoinRequest } from "../../src/wire/pop.ts";

const DAY_MS = 86_400_000;

export class ScriptedService {
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #agent: WebSocket | undefined;
  #publicKey: string | undefined;
  #document: PopDesired | undefined;
  #nonce = "";
  readonly tellings: Telling[] = [];
  /** What agents were refused for. */
  readonly refusals: string[] = [];
  hellos = 0;
  heartbeatMs = 500;

  /** On loopback; 0 is any port. Gives the port. */
  async listen(port = 0): Promise<number> {
    const server = createServer((request, answer) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        const { status, reply } = request.url === JOIN_PATH ? this.#join(body) : { status: 404, reply: {} };
        answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply));
      });
    });
    this.#sockets = new WebSocketServer({ server, path: AGENT_PATH });
    this.#sockets.on("connection", (socket) => this.#greet(socket));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  get isConnected(): boolean {
    return this.#agent !== undefined;
  }

  /** What is told from the last number kept on; a document that is held already goes as a change. */
  desire(document: PopDesired): void {
    const before = this.#document;
    this.#document = document;
    if (before === undefined) this.#send({ kind: "desired", document });
    else this.#send({ kind: "change", delta: deltaOf(before, document) });
  }

  /** Is gone, as a killed one is. */
  async vanish(): Promise<void> {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#sockets?.close();
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  #join(body: string): { status: number; reply: object } {
    const { token, publicKey } = JSON.parse(body) as JoinRequest;
    if (token.startsWith("used-"))
      return { status: 403, reply: { detail: "the token is used", remedy: "Get another." } };
    this.#publicKey = publicKey;
    return {
      status: 201,
      reply: {
        certificate: "certificate",
        authority: "",
        group: "core",
        locator: "fcbb:bb00:1::/48",
        renewBeforeMs: Date.now() + 90 * DAY_MS,
      },
    };
  }

  #greet(socket: WebSocket): void {
    this.#nonce = randomBytes(32).toString("base64url");
    socket.on("message", (data) => this.#take(socket, readFromAgent(String(data))));
    socket.on("close", () => {
      if (this.#agent === socket) this.#agent = undefined;
    });
    socket.send(writeMessage({ kind: "challenge", wire: [WIRE_VERSION], nonce: this.#nonce, service: "scripted" }));
  }

  #take(socket: WebSocket, message: FromAgent): void {
    if (message.kind === "hello") {
      const proof = Buffer.from(proofText(this.#nonce, message.pop.name));
      const key = this.#publicKey === undefined ? undefined : createPublicKey(this.#publicKey);
      if (key !== undefined && !verify(null, proof, key, Buffer.from(message.signature, "base64url"))) {
        this.refusals.push(message.pop.name);
        const error = { code: "JOIN_REFUSED", message: "that is not the POP of this name", remedy: "Join again." };
        socket.send(writeMessage({ kind: "refusal", error }));
        return;
      }
      this.hellos++;
      this.#agent = socket;
      const heard = this.tellings.at(-1)?.number ?? 0;
      this.#send({ kind: "welcome", heard, heartbeatMs: this.heartbeatMs, atMs: Date.now() });
      if (this.#document !== undefined && this.#document.version !== message.version) {
        this.#send({ kind: "desired", document: this.#document });
      }
    } else if (message.kind === "ask-desired") {
      if (this.#document !== undefined) this.#send({ kind: "desired", document: this.#document });
    } else if (message.kind === "heartbeat") this.#send({ kind: "heartbeat", atMs: Date.now() });
    else if (message.kind !== "renew" && message.kind !== "record") {
      if (message.number <= (this.tellings.at(-1)?.number ?? 0)) return;
      this.tellings.push(message);
      this.#send({ kind: "kept", number: message.number });
    } else if (message.kind === "renew") {
      this.#publicKey = message.publicKey;
      this.#send({ kind: "renewed", certificate: "another", renewBeforeMs: Date.now() + 90 * DAY_MS });
    }
  }

  #send(message: FromService): void {
    this.#agent?.send(writeMessage(message));
  }
}
