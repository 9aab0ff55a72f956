// A PostgreSQL server of the tests' own: in a scratch folder, on a loopback port, with a password, gone when the tests are.
// It refuses to run as root, so as root it runs as another user.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";

const DEBIAN = "/usr/lib/postgresql";

/** The folder of initdb and postgres; undefined where there is none. */
function binaries(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  const candidates = versions.toSorted((a, b) => b - a).map((version) => `${DEBIAN}/${version}/bin`);
  const found = spawnSync("sh", ["-c", "command -v initdb"], { encoding: "utf8" }).stdout.trim();
  if (found !== "") candidates.push(join(found, ".."));
  return candidates.find((folder) => existsSync(join(folder, "postgres")));
}

export const whyNoPostgres = (): string | undefined =>
  binaries() === undefined ? "PostgreSQL is not installed (make setup installs it)" : undefined;

/** Ends the server when whoever started it is gone, killed or not. */
const KEEPER = '"$@" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server';

type User = { readonly uid: number; readonly gid: number };

export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  readonly #password: string;
  readonly #user: User | undefined;
  #keeper: ChildProcess | undefined;
  #databases = 0;

  private constructor(folder: string, port: number, password: string, user: User | undefined) {
    this.#folder = folder;
    this.port = port;
    this.#password = password;
    this.#user = user;
  }

  static async start(): Promise<PostgresServer> {
    const bin = binaries();
    if (bin === undefined) throw new Error(whyNoPostgres());
    const folder = mkdtempSync(join(tmpdir(), "srwan-pg-"));
    const user = process.getuid?.() === 0 ? otherUser() : undefined;
    const password = randomBytes(16).toString("hex");
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
    const as = user ?? {};
    const settings = ["-A", "scram-sha-256", "-U", "srwan", `--pwfile=${passwordFile}`, "--no-sync", "-E", "UTF8"];
    execFileSync(join(bin, "initdb"), ["-D", join(folder, "data"), "--locale=C", ...settings], { ...as, cwd: folder });
    const server = new PostgresServer(folder, await freePort(), password, user);
    await server.resume();
    return server;
  }

  /** Starts it (again) over the same data, and waits until it answers. */
  async resume(): Promise<void> {
    const bin = binaries() as string;
    const settings = [
      "fsync=off",
      "shared_buffers=32MB",
      "max_connections=60",
      `unix_socket_directories=${this.#folder}`,
    ];
    const args = ["-D", join(this.#folder, "data"), "-h", "127.0.0.1", "-p", String(this.port)];
    const words = [...args, ...settings.flatMap((one) => ["-c", one])];
    this.#keeper = spawn("sh", ["-c", KEEPER, "sh", join(bin, "postgres"), ...words], {
      ...this.#user,
      cwd: this.#folder,
      stdio: ["pipe", "ignore", "ignore"],
    });
    for (let tries = 0; ; tries++) {
      const client = new pg.Client({ connectionString: this.#url("postgres") });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (thrown) {
        if (tries > 300) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** An empty database of its own; `bySocket`: for whoever is in another network namespace. */
  async database(bySocket = false): Promise<string> {
    const name = `srwan_${++this.#databases}`;
    const client = new pg.Client({ connectionString: this.#url("postgres") });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return this.#url(name, bySocket ? encodeURIComponent(this.#folder) : undefined);
  }

  /** As a crash of its machine: the server and its children are gone at once. */
  async kill(): Promise<void> {
    const [first = ""] = readFileSync(join(this.#folder, "data", "postmaster.pid"), "utf8").split("\n");
    const keeper = this.#keeper;
    process.kill(Number(first), "SIGKILL");
    keeper?.stdin?.end();
    await ended(keeper);
  }

  async stop(): Promise<void> {
    this.#keeper?.stdin?.end();
    await ended(this.#keeper);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #url(database: string, host = "127.0.0.1"): string {
    return `postgres://srwan:${this.#password}@${host}:${this.port}/${database}`;
  }
}

const ended = (child: ChildProcess | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });

function otherUser(): User {
  const id = (flag: string): number => {
    const { status, stdout } = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : 65_534;
  };
  return { uid: id("-u"), gid: id("-g") };
}
