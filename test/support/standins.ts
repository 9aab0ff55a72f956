// What commands of the pages need around them, once for all pages: a controller with a WAN of simulated agents, an agent's
// socket, reflectors, a chain with a wallet, and a folder to be in. Names that pages use stand for these.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { encryptKeystoreJson, type JsonRpcProvider, Wallet } from "ethers";
import { longAndShort } from "../../src/cli/complete.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import { serveStatus } from "../../src/pop-agent/control.ts";
import type { AgentStatus } from "../../src/pop-agent/status.ts";
import { type Anvil, startAnvil } from "../../src/settlement/chain/anvil.ts";
import { attach, send } from "../../src/settlement/chain/contracts.ts";
import { deploy } from "../../src/settlement/chain/deploy.ts";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { findAnvil } from "../../src/settlement/chain/find-anvil.ts";
import { COIN, DEFAULT_PARAMETERS } from "../../src/settlement/chain/parameters.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { type Ran, srwan } from "./cli.ts";
import { TestService } from "./controller.ts";
import { SimulatedWan } from "./simulated-wan.ts";

const SRWAN = resolve("bin/srwan");
const LABS = resolve("labs");

/** They go on until they are told to stop. */
const SERVES = /srwan (controller|validator|meter|agent run|qos serve|pulse join|pulse reflect|chain up)\b/;

/** As an agent of the demo would say it. */
const STATUS: AgentStatus = {
  schema: "srwan.agent-status/1",
  pop: "sea",
  service: { url: "https://wan.example.net:7443", connected: true, waiting: 0 },
  version: 12,
  objectsInPlace: 214,
  refused: [],
  paths: [
    { policy: "gold", path: "p3f0a91c2", state: "carrying", carries: true, actualUs: 38_200, why: "", segments: "sea" },
    { policy: "gold", path: "p77b1e0d4", state: "proved", carries: false, actualUs: 41_000, why: "", segments: "sea" },
  ],
  segments: [{ segment: "sea/alder>chi", state: "up" }],
};

export class StandIns {
  readonly folder = mkdtempSync(join(tmpdir(), "srwan-pages-"));
  readonly #here = process.cwd();
  readonly #ends: (() => unknown)[] = [];
  readonly #stands: [RegExp, string][] = [];
  readonly env: NodeJS.ProcessEnv = {};
  service: TestService | undefined;
  chainUrl = "";
  whyNoChain: string | undefined;

  static async open(): Promise<StandIns> {
    const all = new StandIns();
    await Promise.all([all.#controller(), all.#agent(), all.#reflectors(), all.#chain()]);
    const base = { PATH: `${resolve("bin")}:${process.env.PATH}`, HOME: all.folder, XDG_CONFIG_HOME: all.folder };
    Object.assign(all.env, process.env, base, { NO_COLOR: "1", LC_ALL: "C" });
    return all;
  }

  async close(): Promise<void> {
    process.chdir(this.#here);
    for (const end of this.#ends.toReversed()) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A folder of a page's own, with what the page shows in it; commands run there from now on. */
  enter(name: string, files: readonly { readonly name: string; readonly text: string }[]): void {
    const folder = join(this.folder, name.replaceAll(/\W/g, "-"));
    for (const one of ["", "etc/srwan", "etc/bash_completion.d", "var/backups", "var/lib/srwan", ".config"])
      mkdirSync(join(folder, one), { recursive: true });
    process.chdir(folder);
    symlinkSync(LABS, "labs");
    for (const file of files) {
      const path = file.name.replace(/^(~\/|\/)/, "./");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
    }
  }

  /** A command as it is typed here: names that stand for something, and flags that the page says it leaves out. */
  typed(command: string): string {
    let line = command;
    for (const [name, real] of this.#stands) line = line.replaceAll(name, real);
    line = line.replaceAll(/(?<=[\s"'=@])\/(etc|var)\//g, "./$1/");
    return line
      .split(/(?<=&&|\|)/)
      .map((one) => this.#withFlags(one))
      .join("");
  }

  async run(command: string): Promise<Ran> {
    const line = this.typed(command);
    if (SERVES.test(line)) return this.#serve(line);
    if (/^srwan ([^|&;<>$()`*"']|"[^"]*"|'[^']*')*$/.test(line))
      return srwan(wordsOf(line).slice(1), { env: this.env, width: undefined });
    const child = spawn("sh", ["-ec", line], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    return ended(child);
  }

  /** Until it has said that it is up; then it is told to stop, and ends well. */
  async #serve(line: string): Promise<Ran> {
    const child = spawn("sh", ["-c", `exec ${line}`], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr?.once("data", () => setTimeout(() => child.kill("SIGTERM"), 300));
    return ended(child);
  }

  #withFlags(command: string): string {
    const verb = VERBS.filter(({ name }) => command.trim().startsWith(`srwan ${name}`)).toSorted(
      (a, b) => b.name.length - a.name.length,
    )[0];
    if (verb === undefined) return command;
    const has = (flag: string) => (verb.flags ?? []).some((one) => longAndShort(one).includes(flag));
    const isGiven = (flag: string) => command.includes(flag);
    const left = [
      ["--url", this.chainUrl],
      ["--deployment", join(this.folder, "srwan-chain.json")],
      ["--keystore", join(this.folder, "me.json")],
      ["--password-file", join(this.folder, "me.pw")],
    ]
      .filter(
        ([flag = ""]) =>
          has(flag) &&
          !isGiven(flag) &&
          /wallet|escrow|market|vote|dividends|qos|chain|settle|validator/.test(verb.name),
      )
      .filter(([flag]) => !(verb.name.startsWith("chain") && flag !== "--url"))
      .map(([flag, value]) => ` ${flag} ${value}`);
    return command.replace(/ …/g, "").trimEnd() + left.join("");
  }

  async #controller(): Promise<void> {
    const service = await TestService.start({ "pulse.reportMs": "250" });
    this.service = service;
    this.#ends.push(() => service.remove());
    const wan = await SimulatedWan.join(service);
    this.#ends.push(() => wan.end());
    Object.assign(this.env, {
      SRWAN_SERVICE_URL: service.url,
      SRWAN_SERVICE_TOKEN: service.token,
      URL: service.url,
      TOKEN: service.token,
    });
    this.#stands.push([/https:\/\/wan\.example\.net(:\d+)?/g, service.url], [/srwan-access\.…/g, service.token]);
    for (const line of [
      "policy set gold --from sea --to fra --prefixes 2001:db8:b:c::/64",
      "policy set sea-fra --from sea --to fra --prefixes 2001:db8:b:d::/64",
      "commit --why gold",
    ])
      await srwan(line.split(" "), { env: this.env });
    while (!(await srwan(["policy", "list"], { env: this.env })).out.includes("PROGRAMMED"))
      await new Promise((done) => setTimeout(done, 200));
  }

  async #agent(): Promise<void> {
    const state = join(this.folder, "agent");
    mkdirSync(state);
    this.#ends.push(
      await serveStatus(join(state, "agent.sock"), {
        status: () => STATUS,
        diff: async () => [],
        counters: () => ({}),
      }),
    );
    this.env.SRWAN_STATE = state;
  }

  async #reflectors(): Promise<void> {
    const key = join(this.folder, "router.key");
    writeFileSync(key, `${"0f".repeat(32)}\n`, { mode: 0o600 });
    const [open, signed, six] = await Promise.all([
      this.#reflector("--listen", "127.0.0.1"),
      this.#reflector("--listen", "127.0.0.1", "--auth-key", `@${key}`),
      this.#reflector("--listen", "::1"),
    ]);
    this.#stands.push(
      [
        /pulse send 192\.0\.2\.1 --auth-key @router\.key/g,
        `pulse send 127.0.0.1 --port ${signed} --auth-key @${key} --count 2 --interval 20ms`,
      ],
      [/pulse send (192\.0\.2\.1|sea\.example\.net)/g, `pulse send 127.0.0.1 --port ${open}`],
      [/pulse send 2001:db8::5/g, `pulse send ::1 --port ${six} --count 2 --interval 20ms`],
      [/--count 100 --interval 100ms/g, "--count 10 --interval 20ms"],
    );
  }

  async #reflector(...words: string[]): Promise<string> {
    const child = spawn(SRWAN, ["pulse", "reflect", "--port", "0", ...words], { stdio: ["ignore", "ignore", "pipe"] });
    this.#ends.push(() => end(child));
    const [line] = await once(child.stderr, "data");
    return String(JSON.parse(String(line).split("\n")[0] ?? "{}").ports?.[0]);
  }

  async #chain(): Promise<void> {
    try {
      findAnvil();
    } catch (error) {
      this.whyNoChain = (error as Error).message;
      return;
    }
    const chain: Anvil = await startAnvil({ port: 0 });
    this.#ends.push(() => chain.stop());
    const provider: JsonRpcProvider = await openProvider(chain.url);
    this.#ends.push(() => provider.destroy());
    this.chainUrl = chain.url;
    const owner = await provider.getSigner(0);
    const parameters = { ...DEFAULT_PARAMETERS, epochSeconds: 3_600, roundSeconds: 36_000 };
    const deployment = await deploy(owner as never, parameters);
    writeDeployment(join(this.folder, "srwan-chain.json"), deployment);
    const contracts = attach(deployment, owner);
    for (const name of ["me", "r1", "v1"]) {
      const { address, privateKey } = Wallet.createRandom();
      writeFileSync(join(this.folder, `${name}.pw`), `a word of ${name}\n`, { mode: 0o600 });
      const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
      writeFileSync(
        join(this.folder, `${name}.json`),
        await encryptKeystoreJson({ address, privateKey }, `a word of ${name}`, cheap),
      );
      await provider.send("anvil_setBalance", [address, "0xde0b6b3a7640000"]);
      await send(contracts, "SegmentCoin", "transfer", address, 1_000n * COIN);
    }
    this.#stands.push(
      [/0x7099…79C8/g, (await provider.getSigner(1)).address],
      [/https:\/\/rpc\.(example\.net|test)/g, chain.url],
    );
  }

  /** A token that joins a POP. */
  async joinToken(): Promise<string> {
    const { service } = this;
    return service === undefined ? "" : service.joinToken();
  }

  secret(name: string, text: string): void {
    writeFileSync(name, text, { mode: 0o600 });
    chmodSync(name, 0o600);
  }
}

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
