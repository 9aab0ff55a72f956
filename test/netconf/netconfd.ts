// A real server: netconfd behind OpenSSH, on a loopback port and in a scratch folder of its own. Everything it started
// ends with `stop`.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { RealClock } from "../../src/base/clock.ts";
import { Session, type SessionOptions } from "../../src/netconf/session.ts";
import { connectSsh, type SshTarget } from "../../src/netconf/ssh.ts";
import { freePort } from "../support/free-port.ts";

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const has = (command: string): boolean =>
  spawnSync("sh", ["-c", `command -v ${command}`], { env: { ...process.env, PATH } }).status === 0;

/** Why there can be no such server here; undefined where there can. */
export function whyNoNetconfd(): string | undefined {
  const missing = ["netconfd", "sshd", "ssh-keygen", "setpriv"].filter((command) => !has(command));
  return missing.length > 0 ? `${missing.join(" and ")} are not installed (make setup installs them)` : undefined;
}

/** What the IOS-XR driver speaks of. */
export const IOSXR_MODULES = [
  "Cisco-IOS-XR-segment-routing-ms-cfg",
  "Cisco-IOS-XR-segment-routing-srv6-cfg",
  "Cisco-IOS-XR-infra-xtc-agent-cfg",
  "Cisco-IOS-XR-um-router-static-cfg",
  "Cisco-IOS-XR-um-policymap-classmap-cfg",
  "Cisco-IOS-XR-um-interface-cfg",
  "Cisco-IOS-XR-um-if-service-policy-qos-cfg",
];

/** The folder of vendors' modules, if there is one. */
export const vendorModules = (): string | undefined =>
  [process.env.YANG_MODULES, "../shared/yang"].find((folder) => folder !== undefined && existsSync(folder));

export class Netconfd {
  readonly folder: string;
  readonly port: number;
  readonly user = userInfo().username;
  readonly #processes: ChildProcess[] = [];
  readonly #sessions: Session[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** With our own small module, and these of a vendor's. `before` stands before the subsystem's own command. */
  static async start(folder?: string, modules: readonly string[] = [], before = ""): Promise<Netconfd> {
    const server = new Netconfd(mkdtempSync(join(tmpdir(), "nc-")), await freePort());
    await server.#start(folder, modules, before);
    return server;
  }

  get #socket(): string {
    return join(this.folder, "ncx");
  }

  async #start(vendor: string | undefined, modules: readonly string[], before: string): Promise<void> {
    const at = (name: string): string => join(this.folder, name);
    for (const name of ["host", "user"]) spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
    const subsystem = `${before}/usr/sbin/netconf-subsystem --ncxserver-sockname=${this.port}@${this.#socket}`;
    writeFileSync(
      at("sshd_config"),
      [
        `Port ${this.port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${at("host")}`,
        `AuthorizedKeysFile ${at("user.pub")}`,
        "UsePAM no",
        "StrictModes no",
        "PidFile none",
        "MaxStartups 200",
        "MaxSessions 200",
        `Subsystem netconf "${subsystem}"`,
        "",
      ].join("\n"),
    );
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    this.#spawn("/usr/sbin/sshd", ["-D", "-e", "-f", at("sshd_config")]);
    const folders = ["/usr/share/yuma/modules", resolve("test/netconf"), ...(vendor === undefined ? [] : [vendor])];
    this.#spawn("netconfd", [
      "--target=candidate",
      "--no-startup",
      `--superuser=${this.user}`,
      "--access-control=off",
      "--max-sessions=200",
      `--port=${this.port}`,
      `--ncxserver-sockname=${this.#socket}`,
      `--modpath=${folders.join(":")}`,
      ...["srwan-test", ...modules].map((name) => `--module=${name}`),
      `--log=${at("netconfd.log")}`,
    ]);
    for (let tries = 0; !existsSync(this.#socket) || !(await answers(this.port)); tries++) {
      if (tries > 300) throw new Error(`netconfd does not start: ${readFileSync(at("netconfd.log"), "utf8")}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  #spawn(command: string, args: readonly string[]): void {
    const env = { ...process.env, PATH, HOME: this.folder };
    // They end with us even when we are killed.
    const words = ["--pdeathsig", "KILL", "--", command, ...args];
    this.#processes.push(spawn("setpriv", words, { env, stdio: "ignore", cwd: this.folder }));
  }

  get target(): SshTarget {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: this.user,
      auth: { keys: [{ text: readFileSync(join(this.folder, "user"), "utf8") }] },
      trust: { kind: "pins", pins: [readFileSync(join(this.folder, "host.pub"), "utf8")] },
    };
  }

  async session(options: Partial<SessionOptions> = {}, signal?: AbortSignal): Promise<Session> {
    const pipe = await connectSsh(this.target, signal);
    const session = await Session.open(pipe, { clock: new RealClock(), ...options });
    this.#sessions.push(session);
    return session;
  }

  /** Ends every session that a test left open. */
  async leave(): Promise<void> {
    await Promise.all(this.#sessions.splice(0).map((session) => session.close()));
  }

  async stop(): Promise<void> {
    await this.leave();
    for (const child of this.#processes) {
      const gone = new Promise((done) => child.once("exit", done));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await gone;
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.on("error", () => done(false));
  });
}
