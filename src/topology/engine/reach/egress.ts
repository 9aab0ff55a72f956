// The best POP to leave from, for a destination address: by what was measured to its longest prefix, else to others of
// its country and autonomous system, else by how far away it is. The answer says which of these it rests on.

import { BITS, type Prefix } from "../../../srv6/address.ts";
import { estimateUs, type Place } from "./places.ts";

export type EgressPop = { readonly name: string; readonly place?: Place };

/** What is known of the addresses under a prefix. */
export type Destination = {
  readonly prefix: Prefix;
  readonly country?: string;
  readonly asn?: number;
  readonly place?: Place;
  /** Measured from POPs, one way or half a round trip, by name. */
  readonly delayUs?: Readonly<Record<string, number>>;
};

export type Egress = {
  readonly pop: string;
  readonly delayUs: number;
  readonly how: "measured" | "country and ASN" | "distance";
  readonly prefix: Prefix;
};

/** Prefixes by length and network; the longest that covers an address is found by trying lengths downwards. */
export class PrefixTable<Value> {
  readonly #byLength = new Map<number, Map<bigint, { readonly prefix: Prefix; readonly value: Value }>>();
  #lengths: number[] = [];

  set(prefix: Prefix, value: Value): void {
    const key = prefix.family * 1_000 + prefix.length;
    const networks = this.#byLength.get(key) ?? new Map();
    networks.set(prefix.address, { prefix, value });
    this.#byLength.set(key, networks);
    this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
  }

  /** All that cover the address, the longest first. */
  *covering(family: 4 | 6, address: bigint): Iterable<{ readonly prefix: Prefix; readonly value: Value }> {
    for (const key of this.#lengths) {
      if (Math.floor(key / 1_000) !== family) continue;
      const host = BigInt(BITS[family] - (key % 1_000));
      const found = this.#byLength.get(key)?.get((address >> host) << host);
      if (found) yield found;
    }
  }
}

export class EgressMap {
  readonly #pops: readonly EgressPop[];
  readonly #table = new PrefixTable<Destination>();
  /** Median delay from each POP to what was measured in a country and ASN. */
  readonly #kin = new Map<string, Map<string, number>>();

  constructor(pops: readonly EgressPop[], destinations: readonly Destination[]) {
    this.#pops = [...pops].sort((a, b) => (a.name < b.name ? -1 : 1));
    const kin = new Map<string, Map<string, number[]>>();
    for (const destination of destinations) {
      this.#table.set(destination.prefix, destination);
      const key = kinKey(destination);
      if (key === undefined) continue;
      const delays = kin.get(key) ?? new Map<string, number[]>();
      kin.set(key, delays);
      for (const [pop, us] of measured(destination)) delays.set(pop, [...(delays.get(pop) ?? []), us]);
    }
    for (const [key, delays] of kin) {
      this.#kin.set(key, new Map([...delays].map(([pop, values]) => [pop, medianOf(values)])));
    }
  }

  /** Undefined where no prefix covers the address, or nothing at all is known of it. */
  best(family: 4 | 6, address: bigint, isUsable: (pop: string) => boolean = () => true): Egress | undefined {
    const pops = this.#pops.filter(({ name }) => isUsable(name));
    const covering = [...this.#table.covering(family, address)];
    for (const { prefix, value } of covering) {
      const found = quickest(pops, (pop) => own(value.delayUs, pop.name));
      if (found) return { ...found, how: "measured", prefix };
    }
    for (const { prefix, value } of covering) {
      const delays = this.#kin.get(kinKey(value) ?? "");
      const found = delays && quickest(pops, (pop) => delays.get(pop.name));
      if (found) return { ...found, how: "country and ASN", prefix };
    }
    for (const { prefix, value } of covering) {
      const { place } = value;
      const found = place && quickest(pops, (pop) => pop.place && estimateUs(pop.place, place));
      if (found) return { ...found, how: "distance", prefix };
    }
    return undefined;
  }
}

const kinKey = ({ country, asn }: Destination): string | undefined =>
  country === undefined || asn === undefined ? undefined : `${country}:${asn}`;

/** Zero is a sample that went wrong. */
const measured = ({ delayUs = {} }: Destination): [string, number][] =>
  Object.entries(delayUs).filter(([, us]) => us > 0);

const own = (delays: Readonly<Record<string, number>> | undefined, pop: string): number | undefined =>
  delays !== undefined && Object.hasOwn(delays, pop) && (delays[pop] as number) > 0 ? delays[pop] : undefined;

function quickest(
  pops: readonly EgressPop[],
  delayOf: (pop: EgressPop) => number | undefined,
): { pop: string; delayUs: number } | undefined {
  let best: { pop: string; delayUs: number } | undefined;
  for (const pop of pops) {
    const delayUs = delayOf(pop);
    if (delayUs !== undefined && (!best || delayUs < best.delayUs)) best = { pop: pop.name, delayUs };
  }
  return best;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] as number;
}
