// The flags of `srwan simulate` as a trace. Every error names the flag and what it may be.

import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { SeededRng } from "../../base/rng.ts";
import { parseDurationMs, parseDurationUs } from "../../base/units.ts";
import { generate, type Kind, withClocks } from "../../topology/engine/sim/generate.ts";
import { readTrace, type Trace } from "../../topology/engine/sim/trace.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

const POPS = { least: 3, most: 20, usual: 6 } as const;
const TICKS_MAX = 10_000_000;
/** Apart from the numbers of segments. */
const CLOCK_SEED = 999_983;
const DRIFT_PPM = 20;
const STEP_EVERY_S = 1_800;
const STEP_US = 50_000;

export function traceFrom(flags: Flags): Trace {
  const { trace: file, generate: kind } = flags;
  if ((typeof file === "string") === (typeof kind === "string")) {
    throw usage("give either --trace or --generate", "Name a file of samples, or a kind of trace to make.");
  }
  const right = typeof file === "string" ? traceOf(file) : generated(flags, kind as Kind);
  const clocks = textOf(flags.clocks);
  if (clocks === undefined) return right;
  const seed = whole("--seed", flags.seed, 1, 0, 2 ** 31 - 1);
  const trouble = {
    offsetUs: parseDurationUs(clocks),
    driftPpm: DRIFT_PPM,
    stepEveryS: STEP_EVERY_S,
    stepUs: STEP_US,
  };
  return withClocks(right, trouble, () => new SeededRng(seed + CLOCK_SEED));
}

function traceOf(file: string): Trace {
  const text = readFile(file, LIMITS.engineFileMaxOctets).toString("utf8");
  return readTrace(text.split("\n"), file === "-" ? "stdin" : file);
}

function generated(flags: Flags, kind: Kind): Trace {
  const seed = whole("--seed", flags.seed, 1, 0, 2 ** 31 - 1);
  const pops = whole("--pops", flags.pops, POPS.usual, POPS.least, POPS.most);
  const intervalMs = parseDurationMs(textOf(flags.interval) ?? "1s");
  if (intervalMs < 10 || intervalMs > 600_000) {
    throw usage(`--interval ${textOf(flags.interval)} is out of range`, "Give 10ms to 10m.");
  }
  const forMs = parseDurationMs(textOf(flags.for) ?? "1d");
  const ticks = Math.floor(forMs / intervalMs);
  if (ticks < 100 || ticks > TICKS_MAX) {
    throw usage(`--for ${textOf(flags.for)} is ${ticks} intervals`, `Give 100 to ${TICKS_MAX} of them.`);
  }
  return generate({ kind, pops, ticks, intervalMs }, (part) => new SeededRng(seed * 1_009 + part));
}

function whole(flag: string, value: Flags[string], usual: number, least: number, most: number): number {
  if (typeof value !== "string") return usual;
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw usage(`${flag} ${value} is no number from ${least} to ${most}`, `Give ${flag} a whole number in that range.`);
}

const textOf = (value: Flags[string]): string | undefined => (typeof value === "string" ? value : undefined);

const usage = (message: string, remedy: string): SrwanError => new SrwanError("USAGE", message, { remedy });
