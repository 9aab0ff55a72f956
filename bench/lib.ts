// What every figure is made of: ours and its peer in turn in the same run, the median of several rounds, and goals that
// are printed whether they hold or not.

import { spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

export type Goal = {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  /** In words a reader can check: "≤ 150". */
  readonly goal: string;
  readonly holds: boolean;
  /** Why there is no value. */
  readonly missing?: string;
};

export type Measured = {
  /** Name → value; the unit is the end of the name: "oursMs". */
  readonly figures: Readonly<Record<string, number>>;
  readonly goals: readonly Goal[];
};

export type Figure = {
  readonly name: string;
  readonly about: string;
  readonly measure: (rounds: number) => Promise<Measured>;
};

export type Result = Measured & { readonly name: string; readonly machine: string };

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
  `Linux ${release()}, Node ${process.versions.node}`;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** Runs each contender once a round, in turn, after a round that is not counted; gives each one's median. */
export async function interleaved<Name extends string>(
  contenders: Readonly<Record<Name, () => number | Promise<number>>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const value = await contenders[name]();
      if (round >= 0) samples.get(name)?.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<Name, number>;
}

/** Wall time of a whole process, in milliseconds; one that fails is an error, not a fast run. */
export function processMs(command: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  const took = performance.now() - started;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return took;
}

export const atMost = (id: string, value: number, unit: string, limit: number): Goal => ({
  id,
  value: round(value),
  unit,
  goal: `≤ ${round(limit)}`,
  holds: value <= limit,
});

export const atLeast = (id: string, value: number, unit: string, limit: number): Goal => ({
  id,
  value: round(value),
  unit,
  goal: `≥ ${round(limit)}`,
  holds: value >= limit,
});

/** A goal that nothing could be measured for does not hold. */
export const notMeasured = (id: string, goal: string, missing: string): Goal => ({
  ...{ id, value: Number.NaN, unit: "", goal, holds: false, missing },
});

/** What goes on, for whoever waits: on stderr, so that results stay clean. */
export const progress = (text: string): void => void process.stderr.write(`${text}\n`);

export const round = (value: number): number => Number(value.toPrecision(4));
