// What commands of the pages need around them, once for all pages: a controller with a WAN of simulated agents, an agent's
// socket, a router's NETCONF, reflectors, a chain, and a folder to be in. Names that pages use stand for these.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { longAndShort } from "../../src/cli/complete.ts";
import { BASE_10, BASE_11, capabilityUri } from "../../src/netconf/names.ts";
import { serveStatus } from "../../src/pop-agent/control.ts";
import { readDeployment } from "../../src/settlement/chain/deployment.ts";
import { AnswersHeard, verbOf } from "./answers.ts";
import { Books } from "./books.ts";
import { type Ran, srwan } from "./cli.ts";
import { pagesEnv, type ShownFile } from "./console.ts";
import { TestService } from "./controller.ts";
import { Namespace, whyNoNamespace } from "./namespace.ts";
import { CONFIRMED, type Script, ScriptedServer } from "./netconf-server.ts";
import { SimulatedWan } from "./simulated-wan.ts";
import { addressIn, type PagesChain, type StandIn, startChain } from "./standins-chain.ts";

const [BIN, LABS, DEPLOY] = [resolve("bin"), resolve("labs"), resolve("deploy")];
/** What pages and examples take for granted. */
const KEPT = ["me", "v1", "op"]
  .flatMap((who) => [`${who}.json`, `${who}.pw`])
  .concat("srwan-chain.json", "core.key", "devices.yaml");
/** Where a page's paths lead, below its folder. */
const FOLDERS = [
  "etc/srwan",
  "etc/bash_completion.d",
  "var/backups",
  "var/lib/srwan/validator",
  ".config/fish/completions",
  ".zfunc",
];

/** They go on until they are told to stop. */
const SERVES = new RegExp(
  "srwan (controller|validator|meter(?!.* --once)|agent run|qos serve(?! --once)|pulse join|pulse reflect|chain up|route watch|" +
    "netconf watch(?!.* --count)|(matrix|top) --watch(?!.* --times))\\b",
);
/** Root of a machine of their own. */
const NEEDS_NAMESPACE =
  /^(\w+=\S+ )?(srwan (agent run|pulse join|pulse reflect|lab|route|doctor edge|chain up)|sysctl|ip|tcpdump)\b/;

export class StandIns {
  readonly folder = mkdtempSync(join(tmpdir(), "srwan-pages-"));
  readonly env: NodeJS.ProcessEnv = pagesEnv({});
  readonly #here = process.cwd();
  readonly #ends: (() => unknown)[] = [];
  readonly #stands: StandIn[] = [];
  #namespace: Namespace | undefined;
  #service: TestService | undefined;
  /** Of whom was ordered last. */
  #order = "";
  readonly heard = new AnswersHeard();
  chain: PagesChain | undefined;

  static async open(): Promise<StandIns> {
    const all = new StandIns();
    const { folder } = all;
    const state = { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: join(folder, "state"), SRWAN_LAB_FOLDER: folder };
    Object.assign(all.env, { PATH: `${BIN}:${process.env.PATH}`, ...state });
    await Promise.all([
      all.#controller(),
      all.#agent(),
      all.#router(),
      all.#reflectors(),
      all.#chain(),
      all.#machine(),
    ]);
    return all;
  }

  async close(): Promise<void> {
    process.chdir(this.#here);
    for (const end of this.#ends.toReversed()) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A folder of a page's own, with what the page shows in it; commands run there from now on. */
  async enter(name: string, files: readonly ShownFile[] = []): Promise<void> {
    const folder = join(this.folder, name.replaceAll(/\W/g, "-"));
    // A second try begins in an empty one too.
    rmSync(folder, { recursive: true, force: true });
    for (const one of FOLDERS) mkdirSync(join(folder, one), { recursive: true });
    process.chdir(folder);
    this.env.HOME = folder;
    symlinkSync(LABS, "labs");
    symlinkSync(DEPLOY, "deploy");
    for (const one of KEPT) if (existsSync(join(this.folder, one))) copyFileSync(join(this.folder, one), one);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    writeFileSync("etc/srwan/router_key", privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    for (const file of files) {
      const path = file.name.replace(/^(~\/|\/)/, "./");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof file.text === "string" ? this.#translated(file.text) : file.text);
    }
    const service = this.#service;
    if (service === undefined) return;
    writeFileSync("token", await service.joinToken(), { mode: 0o600 });
    writeFileSync("ca.pem", await (await fetch(`${service.url}/api/v1/authority`)).text());
    if (!existsSync("srwan")) symlinkSync(service.folder, "srwan");
  }

  /** For a POP that is none yet. */
  joinToken(): Promise<string> {
    if (this.#service === undefined) throw new Error("there is no service");
    return this.#service.joinToken();
  }

  /** A validator's store in which some epochs were settled, as octets. */
  async settlement(): Promise<Uint8Array> {
    if (this.chain === undefined) throw new Error("there is no chain");
    const path = join(this.folder, "settlement.db");
    const books = await Books.open(path, readDeployment(this.chain.deployment));
    await books.traffic(3, await this.chain.block());
    await books.end();
    this.#stands.push([/--epoch 490123\b/g, `--epoch ${books.epoch}`]);
    return readFileSync(path);
  }

  /** A command as a user of this machine types it. */
  async run(command: string): Promise<Ran> {
    const line = this.#translated(command)
      .split(/(?<=&&|\|)/)
      .map((one) => this.#withFlags(one))
      .join("");
    const [, made] = /wallet create --keystore (\w+\.json)/.exec(line) ?? [];
    if (made !== undefined) rmSync(made, { force: true });
    const ran = await (SERVES.test(line) ? this.#serve(line) : this.#once(line));
    this.heard.printed(line, ran.out);
    this.#order = /^(0x[0-9a-f]{64})$/m.exec(ran.out)?.[1] ?? this.#order;
    if (made !== undefined && ran.exit === 0) await this.chain?.fund(addressIn(made));
    return ran;
  }

  /** A process that goes on while `work` is done. */
  async beside<T>(command: string, work: () => Promise<T>): Promise<T> {
    const line = this.#withFlags(this.#translated(command));
    const child = spawn("sh", ["-c", `exec ${line}`], { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
    try {
      await once(child.stderr, "data");
      return await work();
    } finally {
      await end(child);
    }
  }

  /** Why it cannot be run on this machine. */
  lacks(command: string): string | undefined {
    if (NEEDS_NAMESPACE.test(command)) return whyNoNamespace();
    if (
      /srwan (chain|wallet|escrow|market|vote|dividends|qos|settle|tickets|validator|meter)/.test(command) &&
      !this.chain
    )
      return "no chain";
    const tool = ["jq", "curl", "openssl", "promtool", "less", "ping"].find((one) =>
      new RegExp(`\\b${one} `).test(command),
    );
    return tool !== undefined && spawnSync(tool, ["--version"]).error ? `${tool} is not installed` : undefined;
  }

  /** Names that stand for something here. */
  #translated(text: string): string {
    let line = text;
    for (const [name, real] of this.#stands) {
      line = typeof real === "string" ? line.replaceAll(name, real) : line.replaceAll(name, () => real());
    }
    return line.replaceAll(/(?<=[\s"'=@])\/(etc|var)\//g, "./$1/");
  }

  #once(line: string): Promise<Ran> {
    if (NEEDS_NAMESPACE.test(line)) return ended(this.#inside().start(`sh -ec '${line}'`, this.env));
    if (/^srwan ([^\n|&;<>$()`*"']|"[^"]*"|'[^']*')*$/.test(line))
      return srwan(wordsOf(line).slice(1), { env: this.#envOf(line), width: undefined }, this.heard.listening);
    const shell = line.includes("<(") ? "bash" : "sh";
    return ended(spawn(shell, ["-ec", line], { env: this.env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** Until it has said that it is up; then it is told to stop, and is to end well. */
  #serve(line: string): Promise<Ran> {
    const whole = line.replace(/^(?=\w+=)/, "env ");
    const child = NEEDS_NAMESPACE.test(line)
      ? this.#inside().start(whole, this.#envOf(line))
      : spawn("sh", ["-c", `exec ${whole}`], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    const first = Promise.race([child.stderr, child.stdout].map((stream) => stream && once(stream, "data")));
    void first.then(() => setTimeout(() => child.kill("SIGTERM"), 300));
    return ended(child);
  }

  /** An agent that joins is another than the one that is asked how it stands. */
  #envOf = (line: string): NodeJS.ProcessEnv =>
    /^(\w+=\S+ )?srwan agent (join|run)/.test(line)
      ? { ...this.env, SRWAN_STATE: join(this.folder, "joined") }
      : this.env;

  #inside(): Namespace {
    if (this.#namespace === undefined) throw new Error("there is no namespace");
    return this.#namespace;
  }

  /** Pages leave out where the chain is, and after a while whose wallet it is. */
  #withFlags(command: string): string {
    const { chain } = this;
    const verb = verbOf(command.trim());
    if (verb === undefined || chain === undefined) return command;
    const flags: [string, string][] = [["--url", chain.url]];
    if (/^(wallet|escrow|market|vote|dividends|qos)/.test(verb.name) && verb.name !== "wallet create")
      flags.push(["--keystore", "me.json"], ["--password-file", "me.pw"]);
    if (/^(tickets|settle)/.test(verb.name)) flags.push(["--store", "./var/lib/srwan/validator/settlement.db"]);
    const missing = flags.filter(
      ([flag]) => (verb.flags ?? []).some((one) => longAndShort(one).includes(flag)) && !command.includes(` ${flag} `),
    );
    const asked = missing.filter(
      ([flag]) =>
        flag !== "--url" || /^(chain|wallet|escrow|market|vote|dividends|qos|settle|tickets|validator)/.test(verb.name),
    );
    return command.replace(/ …/g, "").trimEnd() + asked.map(([flag, value]) => ` ${flag} ${value}`).join("");
  }

  async #controller(): Promise<void> {
    const service = await TestService.start({ "pulse.reportMs": "250" });
    this.#service = service;
    this.#ends.push(() => service.remove());
    const wan = await SimulatedWan.join(service);
    this.#ends.push(() => wan.end());
    const { url, token } = service;
    Object.assign(this.env, { SRWAN_SERVICE_URL: url, SRWAN_SERVICE_TOKEN: token, URL: url, TOKEN: token });
    this.#stands.push(
      [/--every 10s/g, "--every 1s"],
      [/--from 12\b/g, "--from 1"],
      [/--group g2\b/g, "--group g1"],
      [/\/tmp\/(report\.json|sea)\b/g, "./$1"],
      // There is a Seattle already.
      [/^name: sea$/gm, "name: yvr"],
      [/https:\/\/wan\.example\.net(:\d+)?/g, url],
      [/srwan controller --folder \.\/srwan/g, "env SRWAN_LISTEN=127.0.0.1:0 srwan controller --folder ./another"],
      [/postgres:\/\/srwan@db(\.example\.net)?\/(\w+)/g, "./$2.db"],
      [/srwan controller (?=--store)/g, "env SRWAN_LISTEN=127.0.0.1:0 srwan controller "],
    );
    for (const line of [
      "policy set gold --from sea --to fra --prefixes 2001:db8:b:c::/64",
      "policy set sea-fra --from sea --to fra --prefixes 2001:db8:b:d::/64",
      "commit --why gold",
    ])
      await srwan(line.split(" "), { env: this.env });
    while (!(await srwan(["policy", "list"], { env: this.env })).out.includes("PROGRAMMED")) await sleep(200);
  }

  /** As an agent of the demo would say it. */
  async #agent(): Promise<void> {
    const state = join(this.folder, "agent");
    mkdirSync(state);
    const path = { policy: "gold", why: "", segments: "sea/alder>chi" };
    const status = {
      schema: "srwan.agent-status/1" as const,
      pop: "sea",
      service: { url: "https://wan.example.net:7443", connected: true, waiting: 0 },
      ...{ version: 12, objectsInPlace: 214, refused: [] },
      paths: [
        { ...path, path: "p3f0a91c2", state: "carrying", carries: true, actualUs: 38_200 },
        { ...path, path: "p77b1e0d4", state: "proved", carries: false, actualUs: 41_000 },
      ],
      segments: Array.from({ length: 9 }, (_, i) => ({ segment: `sea/alder>${i}`, state: "up", why: "" })),
    };
    const told = { status: () => status, diff: async () => [], counters: () => ({}) };
    this.#ends.push(await serveStatus(join(state, "agent.sock"), told));
    this.env.SRWAN_STATE = state;
  }

  async #router(): Promise<void> {
    const [xpath, extra] = [capabilityUri("xpath", "1.0"), notifies];
    const server = await ScriptedServer.start({ capabilities: [BASE_10, BASE_11, ...CONFIRMED, xpath], script: extra });
    this.#ends.push(() => server.stop());
    const passwordFile = join(this.folder, "router.pw");
    writeFileSync(passwordFile, "secret\n", { mode: 0o600 });
    const sea = { name: "sea-r1", host: "127.0.0.1", port: server.port, user: "admin", hostKeys: [server.pin] };
    mkdirSync(join(this.folder, "srwan"));
    const devices = JSON.stringify({ devices: [{ ...sea, passwordFile, family: "iosxr" }] });
    for (const name of ["srwan/devices.yaml", "devices.yaml"]) writeFileSync(join(this.folder, name), devices);
    this.#stands.push([
      /ssh:\/\/admin@192\.0\.2\.1 --host-key SHA256:…/g,
      `ssh://admin@127.0.0.1:${server.port} --host-key "${server.pin}" --password-file ${passwordFile}`,
    ]);
  }

  async #reflectors(): Promise<void> {
    const key = join(this.folder, "router.key");
    for (const name of ["router.key", "core.key"])
      writeFileSync(join(this.folder, name), `${"0f".repeat(32)}\n`, { mode: 0o600 });
    const [open, signed, six] = await Promise.all([
      this.#reflector("--listen", "127.0.0.1"),
      this.#reflector("--listen", "127.0.0.1", "--auth-key", `@${key}`),
      this.#reflector("--listen", "::1"),
    ]);
    const few = "--count 4 --interval 40ms";
    this.#stands.push(
      [
        /pulse send 192\.0\.2\.1 --auth-key @router\.key/g,
        `pulse send 127.0.0.1 --port ${signed} --auth-key @${key} ${few}`,
      ],
      [/pulse send sea\.example\.net$/g, `pulse send 127.0.0.1 --port ${open} ${few}`],
      [
        /pulse send sea --auth-key @\/etc\/srwan\/pulse\.key/g,
        `pulse send 127.0.0.1 --port ${signed} --auth-key @${key} ${few}`,
      ],
      [/pulse send (192\.0\.2\.1|sea\.example\.net)/g, `pulse send 127.0.0.1 --port ${open}`],
      [/pulse send 2001:db8::5/g, `pulse send ::1 --port ${six} ${few}`],
      [/--count 100 --interval 100ms/g, few],
    );
  }

  async #reflector(...words: string[]): Promise<string> {
    const child = spawn(join(BIN, "srwan"), ["pulse", "reflect", "--port", "0", ...words], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ends.push(() => end(child));
    const [line] = await once(child.stderr, "data");
    return String(JSON.parse(String(line).split("\n")[0] ?? "{}").ports?.[0]);
  }

  async #chain(): Promise<void> {
    const chain = await startChain(this.folder);
    if (chain === undefined) return;
    this.chain = chain;
    this.#ends.push(() => chain.stop());
    this.#stands.push(...chain.stands, [/0x3f6a\b/g, () => this.#order], [/10\.0\.0\.7:7178/g, "127.0.0.1:7178"]);
  }

  async #machine(): Promise<void> {
    if (whyNoNamespace() !== undefined) return;
    const namespace = await Namespace.open();
    this.#ends.push(() => namespace.close());
    namespace.out("ip address add 2001:db8:a::1/128 dev lo nodad && ip address add 192.0.2.1/32 dev lo");
    this.#namespace = namespace;
  }
}

/** A device that says something to whoever subscribes. */
const notifies: Script = ({ operation }, line) => {
  if (operation.name !== "create-subscription") return false;
  setTimeout(() => line.send(NOTIFICATION), 50);
  return false;
};
const NOTIFICATION =
  '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-21T20:00:00Z</eventTime>' +
  '<link-down xmlns="urn:srwan:test"><name>HundredGigE0/0/0/0</name></link-down></notification>';

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']\S*)/g)].map(([, a, b, plain = ""]) => a ?? b ?? plain);

async function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (more) => {
    out += more;
  });
  child.stderr?.on("data", (more) => {
    err += more;
  });
  const [code, signal] = await once(child, "close");
  return { exit: code ?? (signal === "SIGTERM" ? 143 : 1), out, err };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}
