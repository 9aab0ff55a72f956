// A NETCONF server over real SSH that does what a script says: right by default, and wrong in any way that is asked for.

import { generateKeyPairSync } from "node:crypto";
import ssh2, { type ServerChannel } from "ssh2";
import { RealClock } from "../../src/base/clock.ts";
import { frame } from "../../src/netconf/frame.ts";
import { Inbound } from "../../src/netconf/inbound.ts";
import { BASE_10, BASE_11, capabilityUri, NS } from "../../src/netconf/names.ts";
import { Session, type SessionOptions } from "../../src/netconf/session.ts";
import { connectSsh, type SshTarget } from "../../src/netconf/ssh.ts";
import { attribute, elementsOf, type XmlElement } from "../../src/netconf/xml/element.ts";
import { escapeText } from "../../src/netconf/xml/write.ts";
import { type Asked, ScriptedDevice } from "./netconf-device.ts";

export type Line = {
  /** A message, framed as agreed. */
  readonly send: (text: string) => void;
  /** Octets as they are. */
  readonly raw: (octets: string | Buffer) => boolean;
  /** When octets that could not be sent yet are sent. */
  readonly drained: () => Promise<void>;
  readonly drop: () => void;
  readonly chunked: boolean;
};

/** True where the script answered, or wants no answer. */
export type Script = (asked: Asked, line: Line, device: ScriptedDevice) => boolean | Promise<boolean>;

export type ServerOptions = {
  readonly script?: Script;
  readonly capabilities?: readonly string[];
  /** The hello as it is sent, in place of the right one. */
  readonly hello?: (right: string) => string | Buffer;
  readonly password?: string;
};

export const CONFIRMED = [
  capabilityUri("candidate", "1.0"),
  capabilityUri("confirmed-commit", "1.1"),
  capabilityUri("rollback-on-error", "1.0"),
  capabilityUri("notification", "1.0"),
] as const;

/** RSA: quick to check, so that a thousand sessions are not all about keys. */
const newKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ type: "pkcs1", format: "pem" }).toString();

export class ScriptedServer {
  readonly device = new ScriptedDevice();
  readonly operations: string[] = [];
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly #options: ServerOptions;
  readonly #hostKey: string;
  readonly #sessions: Session[] = [];
  readonly #sockets = new Set<{ end: () => void }>();
  port = 0;
  #lastSession = 0;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#hostKey = newKey();
    this.#server = new ssh2.Server({ hostKeys: [this.#hostKey] }, (client) => {
      this.#sockets.add(client);
      client.on("error", () => undefined);
      client.on("close", () => this.#sockets.delete(client));
      client.on("authentication", (context) => {
        if (context.method === "password" && context.password === (options.password ?? "secret")) context.accept();
        else context.reject(["password"]);
      });
      client.on("session", (accept) => {
        const session = accept();
        session.on("subsystem", (acceptSubsystem, reject, { name }) => {
          if (name === "netconf") this.#serve(acceptSubsystem());
          else reject();
        });
      });
      // So that it can be a jump host, too.
      client.on("tcpip", (accept, _reject, { destIP, destPort }) => void this.#forward(accept, destIP, destPort));
    });
  }

  static async start(options: ServerOptions = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    server.port = await server.listen();
    return server;
  }

  listen(): Promise<number> {
    return new Promise((done) => {
      this.#server.listen(0, "127.0.0.1", () => done((this.#server.address() as { port: number }).port));
    });
  }

  /** The public host key, as a line to pin. */
  get pin(): string {
    const key = ssh2.utils.parseKey(this.#hostKey);
    if (key instanceof Error) throw key;
    return `${key.type} ${key.getPublicSSH().toString("base64")}`;
  }

  get target(): SshTarget {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: "admin",
      auth: { password: this.#options.password ?? "secret" },
      trust: { kind: "pins", pins: [this.pin] },
    };
  }

  async session(options: Partial<SessionOptions> = {}): Promise<Session> {
    const session = await Session.open(await connectSsh(this.target), { clock: new RealClock(), ...options });
    this.#sessions.push(session);
    return session;
  }

  /** Takes a connection that was made the other way round, as a device that calls home does. */
  injectSocket(socket: Parameters<InstanceType<typeof ssh2.Server>["injectSocket"]>[0]): void {
    this.#server.injectSocket(socket);
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions.splice(0)) session.destroy();
    this.device.stop();
    for (const socket of this.#sockets) socket.end();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #serve(channel: ServerChannel): void {
    const session = ++this.#lastSession;
    let chunked = false;
    const line: Line = {
      send: (text) => void channel.write(frame(text, chunked)),
      raw: (octets) => channel.write(octets),
      drained: () => new Promise((done) => channel.once("drain", done)),
      drop: () => channel.close(),
      get chunked() {
        return chunked;
      },
    };
    let greeted = false;
    // One after the other, as a device answers.
    let before: Promise<void> = Promise.resolve();
    const inbound = new Inbound(() => ({
      kind: "tree",
      maxOctets: 1 << 24,
      keepsText: false,
      done: (root) => {
        if (greeted) {
          before = before.then(() => this.#asked(root, session, line));
          return;
        }
        greeted = true;
        chunked =
          elementsOf(elementsOf(root)[0] as XmlElement).some((one) => one.children[0] === BASE_11) &&
          this.#announces(BASE_11);
        if (chunked) inbound.useChunks();
      },
    }));
    channel.on("data", (octets: Buffer) => inbound.push(octets));
    channel.on("error", () => undefined);
    channel.on("close", () => this.device.left(session));
    const right = helloOf(this.#announced, session);
    channel.write(this.#options.hello?.(right) ?? frame(right, false));
  }

  get #announced(): readonly string[] {
    return this.#options.capabilities ?? [BASE_10, BASE_11, ...CONFIRMED];
  }

  #announces(uri: string): boolean {
    return this.#announced.includes(uri);
  }

  async #asked(root: XmlElement, session: number, line: Line): Promise<void> {
    const [operation] = elementsOf(root);
    if (!operation) return;
    const id = attribute(root, "message-id") ?? "";
    this.operations.push(operation.name);
    if (await this.#options.script?.({ id, operation, session }, line, this.device)) return;
    line.send(reply(id, this.device.answer({ id, operation, session })));
    if (operation.name === "close-session") line.drop();
  }

  async #forward(accept: () => NodeJS.ReadWriteStream, host: string, port: number): Promise<void> {
    const { connect } = await import("node:net");
    const [near, far] = [accept(), connect(port, host)];
    far.on("error", () => near.end());
    near.pipe(far).pipe(near);
  }
}

export const reply = (id: string, inside: string): string =>
  `<rpc-reply xmlns="${NS.base}" message-id="${id}">${inside}</rpc-reply>`;

const helloOf = (capabilities: readonly string[], session: number): string =>
  `<hello xmlns="${NS.base}"><capabilities>${capabilities.map((uri) => `<capability>${escapeText(uri)}</capability>`).join("")}` +
  `</capabilities><session-id>${session}</session-id></hello>`;
