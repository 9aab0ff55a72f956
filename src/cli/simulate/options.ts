// The flags of `srwan simulate` as a trace. Every error names the flag and what it may be.

import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { SeededRng } from "../../base/rng.ts";
import { parseDurationMs, parseDurationUs } from "../../base/units.ts";
import { DEFAULTS, type Settings } from "../../topology/engine/decide/schema.ts";
import { generate, KINDS, type Kind, withClocks } from "../../topology/engine/sim/generate.ts";
import { readTrace, type Trace } from "../../topology/engine/sim/trace.ts";
import { readFlag, textOf, usage, wholeNumber } from "../flags.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

const POPS = { least: 3, most: 20, usual: 6 } as const;
const TRANSITS = { usual: 2, most: 4 } as const;
const FLIPS_MAX = 1_000;
const DAY_MS = 86_400_000;
const TICKS_MAX = 10_000_000;
/** Apart from the numbers of segments. */
const CLOCK_SEED = 999_983;
const DRIFT_PPM = 20;
const STEP_EVERY_S = 1_800;
const STEP_US = 50_000;

/** One, or one of each kind. `kind` is undefined for what was measured. */
export function tracesFrom(flags: Flags): { readonly kind: Kind | undefined; readonly trace: Trace }[] {
  const [file, kind] = [textOf(flags.trace), textOf(flags.generate)];
  if ((file === undefined) === (kind === undefined)) {
    throw usage("give either --trace or --generate", "Name a file of samples, or a kind of trace to make.");
  }
  if (file !== undefined) return [{ kind: undefined, trace: seenBy(flags, traceOf(file)) }];
  if (kind === "all" && (flags.journal !== undefined || flags.write !== undefined)) {
    throw usage("--journal and --write take one trace", "Name its kind instead of all.");
  }
  const kinds = kind === "all" ? KINDS : [kind as Kind];
  return kinds.map((one) => ({ kind: one, trace: seenBy(flags, generated(flags, one)) }));
}

export function settingsFrom(flags: Flags): Settings {
  const flipsPerHour = readFlag("--cap", flags.cap, (text) => wholeNumber("--cap", text, 0, FLIPS_MAX));
  return flipsPerHour === undefined ? DEFAULTS : { ...DEFAULTS, flipsPerHour };
}

/** As the clocks show it that were asked for. */
function seenBy(flags: Flags, right: Trace): Trace {
  const offsetUs = readFlag("--clocks", flags.clocks, parseDurationUs);
  if (offsetUs === undefined) return right;
  const seed = seedOf(flags);
  const trouble = { offsetUs, driftPpm: DRIFT_PPM, stepEveryS: STEP_EVERY_S, stepUs: STEP_US };
  return withClocks(right, trouble, () => new SeededRng(seed + CLOCK_SEED));
}

function traceOf(file: string): Trace {
  const text = readFile(file, LIMITS.engineFileMaxOctets).toString("utf8");
  return readTrace(text.split("\n"), file === "-" ? "stdin" : file);
}

function generated(flags: Flags, kind: Kind): Trace {
  const seed = seedOf(flags);
  const pops = readFlag("--pops", flags.pops, (text) => wholeNumber("--pops", text, POPS.least, POPS.most));
  const transits = readFlag("--transits", flags.transits, (text) => wholeNumber("--transits", text, 1, TRANSITS.most));
  const intervalMs = readFlag("--interval", flags.interval, parseDurationMs) ?? 1_000;
  if (intervalMs < 10 || intervalMs > 600_000) {
    throw usage(`--interval ${textOf(flags.interval)} is out of range`, "Give 10ms to 10m.");
  }
  const forMs = readFlag("--for", flags.for, parseDurationMs) ?? DAY_MS;
  const ticks = Math.floor(forMs / intervalMs);
  if (ticks < 100 || ticks > TICKS_MAX) {
    throw usage(`--for ${textOf(flags.for)} is ${ticks} intervals`, `Give 100 to ${TICKS_MAX} of them.`);
  }
  return generate(
    { kind, pops: pops ?? POPS.usual, transits: transits ?? TRANSITS.usual, ticks, intervalMs },
    (part) => new SeededRng(seed * 1_009 + part),
  );
}

const seedOf = (flags: Flags): number =>
  readFlag("--seed", flags.seed, (text) => wholeNumber("--seed", text, 0, 2 ** 31 - 1)) ?? 1;
