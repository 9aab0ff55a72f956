// The agent's counters over time: read, kept on disk, told. What they say is count.ts's matter.

import { readFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { Clock } from "../base/clock.ts";
import { Count as Digits } from "../wire/parts.ts";
import {
  type Boot,
  type Count,
  type Counts,
  type Gap,
  type Reading,
  takeFinals,
  takeReadings,
  totals,
} from "./count.ts";
import type { Told } from "./spool.ts";
import type { StateFolder } from "./state-folder.ts";

const Kept = Type.Object({
  boot: Type.Object({ id: Type.String(), ms: Type.Integer() }),
  counts: Type.Array(
    Type.Object({
      key: Type.String(),
      basePackets: Digits,
      baseOctets: Digits,
      packets: Digits,
      octets: Digits,
      epoch: Type.Integer(),
      gapMs: Type.Integer(),
      readMs: Type.Integer(),
    }),
  ),
});

const FILE = "counters.json";

export class Counting {
  readonly #folder: StateFolder;
  readonly #clock: Clock;
  #counts: Counts;

  constructor(folder: StateFolder, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
    const kept = folder.read(FILE);
    this.#counts = Check(Kept, kept) ? countsOf(kept) : { boot: { id: "", ms: 0 }, counts: new Map() };
  }

  take(readings: readonly Reading[]): readonly Gap[] {
    const { counts, gaps } = takeReadings(this.#counts, readings, this.#nowMs(), bootOf(this.#nowMs()));
    this.#keep(counts);
    return gaps;
  }

  /** Of what is gone, or begins anew: read right before. */
  finals(finals: readonly Reading[]): void {
    const { counts } = takeReadings(this.#counts, finals, this.#nowMs(), bootOf(this.#nowMs()));
    this.#keep(takeFinals(counts, finals, this.#nowMs()));
  }

  telling(): Extract<Told, { kind: "counters" }> {
    return {
      kind: "counters",
      atMs: this.#nowMs(),
      bootMs: this.#counts.boot.ms,
      counters: [...this.#counts.counts].map(([key, count]) => {
        const { packets, octets } = totals(count);
        const [what = "", ...name] = key.split(" ");
        return {
          what: what as Reading["what"],
          name: name.join(" "),
          epoch: count.epoch,
          packets: String(packets),
          octets: String(octets),
          gapMs: count.gapMs,
        };
      }),
    };
  }

  #keep(counts: Counts): void {
    this.#counts = counts;
    this.#folder.write(FILE, keptOf(counts));
  }

  #nowMs = (): number => Number(this.#clock.wallUs() / 1_000n);
}

const countsOf = ({ boot, counts }: Static<typeof Kept>): Counts => ({
  boot,
  counts: new Map(
    counts.map(({ key, basePackets, baseOctets, packets, octets, ...rest }): [string, Count] => [
      key,
      {
        ...rest,
        basePackets: BigInt(basePackets),
        baseOctets: BigInt(baseOctets),
        packets: BigInt(packets),
        octets: BigInt(octets),
      },
    ]),
  ),
});

const keptOf = ({ boot, counts }: Counts): Static<typeof Kept> => ({
  boot,
  counts: [...counts].map(([key, { basePackets, baseOctets, packets, octets, ...rest }]) => ({
    key,
    ...rest,
    basePackets: String(basePackets),
    baseOctets: String(baseOctets),
    packets: String(packets),
    octets: String(octets),
  })),
});

/** When the machine started is known by its uptime: the kernel's own btime moves with the clock too. */
function bootOf(nowMs: number): Boot {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return {
    id: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    ms: Math.round(nowMs - uptime * 1_000),
  };
}
