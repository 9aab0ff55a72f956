// A chain with people who have money in escrow, and validators of it as processes of their own, which can be killed.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJson } from "ethers";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { freePort } from "../support/free-port.ts";
import { coins, consumer, Flows, signer } from "./flows.ts";
import { World } from "./world.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");

export class ValidatorsWorld {
  readonly world: World;
  readonly flows: Flows;
  readonly folder: string;
  readonly #processes: ValidatorProcess[] = [];

  private constructor(world: World) {
    this.world = world;
    this.flows = new Flows(world);
    this.folder = mkdtempSync(join(tmpdir(), "srwan-validators-"));
    writeDeployment(join(this.folder, "chain.json"), world.deployment);
    writeFileSync(join(this.folder, "password"), "secret\n", { mode: 0o600 });
  }

  /** Everybody's books are open: consumers with so many coins each and a cap above them, providers who may be paid. */
  static async start(people: { consumers: number; providers: number; validators: number }): Promise<ValidatorsWorld> {
    const it = new ValidatorsWorld(await World.start());
    for (let i = 0; i < people.consumers; i++) await it.flows.deposit(consumer(i), coins(10_000), coins(10_000));
    await it.flows.providers(people.providers);
    await it.flows.validators(people.validators);
    for (let i = 0; i < people.validators; i++) {
      await it.world.provider.send("anvil_setBalance", [signer(i).address, "0x3635c9adc5dea00000"]);
    }
    return it;
  }

  /** A process of the validator with this seat. */
  async process(seat: number, more: Partial<ProcessOptions> = {}): Promise<ValidatorProcess> {
    const keystore = join(this.folder, `key-${seat}.json`);
    const json = await encryptKeystoreJson(
      { address: signer(seat).address, privateKey: signer(seat).privateKey },
      "secret",
      { scrypt: { N: 2 } },
    );
    writeFileSync(keystore, json, { mode: 0o600 });
    const made = new ValidatorProcess({
      store: join(this.folder, `store-${seat}.db`),
      port: more.port ?? (await freePort()),
      folder: this.folder,
      keystore,
      chain: this.world.anvil.url,
      env: {},
      ...more,
    });
    this.#processes.push(made);
    return made;
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.kill()));
    await this.world.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type ProcessOptions = {
  readonly store: string;
  readonly port: number;
  readonly folder: string;
  readonly keystore: string;
  readonly chain: string;
  readonly env: Readonly<Record<string, string>>;
};

export class ValidatorProcess {
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  log = "";
  /** URLs of the other validators. */
  peers: readonly string[] = [];

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): Promise<void> {
    const { store, port, folder, keystore, chain, env } = this.#options;
    const words = ["--store", store, "--listen", `127.0.0.1:${port}`, "--url", chain, "--keystore", keystore];
    const peers = this.peers.length === 0 ? [] : ["--peers", this.peers.join(",")];
    const files = ["--deployment", join(folder, "chain.json"), "--password-file", join(folder, "password")];
    const child = spawn(process.execPath, [MAIN, "validator", ...words, ...files, ...peers], {
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(folder, "cache"),
        SRWAN_CHAIN_FINALITY_BLOCKS: "0",
        SRWAN_TURN_SECONDS: "0",
        ...env,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.stderr?.on("data", (more: Buffer) => {
        this.log += more.toString();
        if (more.toString().includes("validator is up")) resolve();
      });
      // Killed while it started is killed all the same.
      child.once("exit", (code, signal) =>
        signal === "SIGKILL"
          ? resolve()
          : reject(new Error(`it ended with ${code ?? signal}: ${this.log.slice(-2_000)}`)),
      );
    });
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
}
