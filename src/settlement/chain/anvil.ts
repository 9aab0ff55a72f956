// The embedded chain: anvil as a child on loopback. Its accounts are public knowledge, so nothing on it is worth anything.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { findAnvil } from "./find-anvil.ts";

export type AnvilOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** Loaded at the start where it is there, written at the end. */
  readonly stateFile?: string;
  /** Seconds between blocks; without it a block a transaction. */
  readonly blockSeconds?: number;
  /** Of the first block, in seconds; without it, now. */
  readonly genesisSeconds?: number;
  /** Limits on gas and code size as live chains have them; off only for tests that pack many calls into a transaction. */
  readonly limits?: boolean;
  readonly chainId?: number;
};

export type Anvil = {
  readonly url: string;
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  readonly stop: () => Promise<void>;
  /** Resolves when it is gone, for whatever reason. */
  readonly gone: Promise<void>;
};

/** The first accounts of every anvil are made of these words. */
export const DEV_MNEMONIC = "test test test test test test test test test test test junk";
export const DEV_CHAIN_ID = 31_337;

const words = (options: AnvilOptions): string[] => [
  "--host",
  "127.0.0.1",
  "--port",
  String(options.port),
  "--chain-id",
  String(options.chainId ?? DEV_CHAIN_ID),
  "--mnemonic",
  DEV_MNEMONIC,
  // Live chains refuse more than 16,777,216 gas a transaction (EIP-7825); anvil does so only when asked.
  ...(options.limits === false
    ? ["--disable-block-gas-limit", "--disable-code-size-limit", "--prune-history"]
    : ["--enable-tx-gas-limit"]),
  ...(options.stateFile === undefined ? [] : ["--state", options.stateFile]),
  ...(options.blockSeconds === undefined ? [] : ["--block-time", String(options.blockSeconds)]),
  ...(options.genesisSeconds === undefined ? [] : ["--timestamp", String(options.genesisSeconds)]),
];

export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const child = spawn(findAnvil(), words(options), { stdio: ["ignore", "pipe", "pipe"], env: childEnv() });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await listening(child, options);
  // Nobody reads further; a full pipe would stop it.
  child.stdout?.resume();
  child.stderr?.resume();
  return {
    url,
    pid: child.pid ?? 0,
    gone,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), LIMITS.chainStopMs);
      await gone;
      clearTimeout(late);
    },
  };
}

/** It needs a home for its temporary files, and nothing else of ours. */
const childEnv = (): NodeJS.ProcessEnv => ({ HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, NO_COLOR: "1" });

async function listening(child: ChildProcess, { port }: AnvilOptions): Promise<string> {
  let said = "";
  const late = setTimeout(() => child.kill("SIGKILL"), LIMITS.chainStartMs);
  try {
    return await new Promise<string>((resolve, reject) => {
      const hear = (more: Buffer) => {
        said += more.toString("utf8");
        const found = /Listening on (127\.0\.0\.1:\d+)/.exec(said)?.[1];
        if (found) resolve(`http://${found}`);
      };
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
      child.once("error", reject);
      once(child, "close").then(() => reject(new Error(said.trim().split("\n").at(-1) || "it said nothing")), reject);
    });
  } catch (error) {
    throw new SrwanError("CHAIN_UNREACHABLE", `the embedded chain did not start: ${(error as Error).message}`, {
      remedy: port === 0 ? "Try again." : `Look for what else listens on port ${port}, or give another --port.`,
      cause: error,
    });
  } finally {
    clearTimeout(late);
    child.stdout?.removeAllListeners("data");
    child.stderr?.removeAllListeners("data");
  }
}
