// `srwan meter` at work: a turn every few seconds until it is told to stop.

import { Check, Errors } from "typebox/value";
import { parse } from "yaml";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { readDeployment } from "../../settlement/chain/deployment.ts";
import { openKeystore } from "../../settlement/chain/keystore.ts";
import { Verifier } from "../../settlement/chain/verify.ts";
import { MeterRun } from "../../settlement/meter/run.ts";
import { readSources } from "../../settlement/meter/sources.ts";
import { MeterFile } from "../../wire/settlement.ts";
import { untilStopped } from "../signals.ts";
import type { Input } from "../verb.ts";

export type MeterOptions = {
  readonly file: MeterFile;
  readonly deployment: string;
  readonly keystore: string;
  readonly passwordFile: string;
  readonly agent: string;
  readonly state: string;
  readonly once: boolean;
};

export function readMeter({ arguments: [path = ""], flags }: Input): MeterOptions {
  const text = (name: string, otherwise?: string): string => {
    const value = flags[name] ?? otherwise;
    if (typeof value === "string") return value;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new SrwanError("USAGE", `${flag}: not given`, { remedy: `Give ${flag}.` });
  };
  const read: unknown = parse(readFile(path, LIMITS.deploymentFileMaxOctets).toString("utf8"));
  if (!Check(MeterFile, read)) {
    const [first] = Errors(MeterFile, read);
    throw new SrwanError("USAGE", `${path}: ${first?.instancePath || "the file"} ${first?.message ?? "is wrong"}`, {
      remedy: "See docs/how-to/run-a-validator.md for a whole file.",
    });
  }
  return {
    file: read,
    deployment: text("deployment", "srwan-chain.json"),
    keystore: text("keystore"),
    passwordFile: text("passwordFile"),
    agent: text("agent", "/var/lib/srwan/agent/agent.sock"),
    state: text("state", "srwan-meter.json"),
    once: flags.once === true,
  };
}

/** How many items no validator has yet. */
export async function runMeter(options: MeterOptions, log: Logger): Promise<number> {
  const deployment = readDeployment(options.deployment);
  const wallet = await openKeystore(options.keystore, options.passwordFile);
  const run = new MeterRun({
    file: options.file,
    path: options.state,
    signer: { wallet, verifier: new Verifier(deployment) },
    read: (sources) => readSources(sources, options.agent),
    log,
  });
  const clock = new RealClock();
  const stop = untilStopped();
  for (;;) {
    const ms = Number(clock.wallUs() / 1_000n);
    // Chains keep the time of the world: an epoch is the same number for all.
    const left = await run.turn({ epoch: Math.floor(ms / 1_000 / deployment.parameters.epochSeconds), ms });
    if (options.once) return left;
    await clock.sleepMs(LIMITS.meterPauseMs, stop).catch(() => undefined);
    if (stop.aborted) return left;
  }
}
