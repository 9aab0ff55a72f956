// POPs as they are now, with the traffic since the look before. Counters may be read by whoever settles or operates; for
// others the two columns stay empty.

import { SrwanError } from "../../base/errors.ts";
import { type Paint, table } from "../output.ts";
import type { Context, Screen } from "../verb.ts";
import type { ServiceClient } from "./client.ts";
import { age, rate } from "./say.ts";

export type TopPop = {
  readonly pop: string;
  readonly state: "there" | "away" | "quarantine";
  readonly relayedBps: number | null;
  readonly originatedBps: number | null;
  readonly seenMsAgo: number | null;
  readonly version: number;
  readonly behind: number;
  readonly segments: number;
  readonly conditions: readonly string[];
};

export type Top = {
  readonly atMs: number;
  readonly pops: readonly TopPop[];
  readonly policies: Readonly<Record<string, number>>;
};

type Pop = {
  readonly name: string;
  readonly isThere: boolean;
  readonly seenMs: number | null;
  readonly desiredVersion: number;
  readonly appliedVersion: number;
  readonly quarantine?: string;
  readonly record: { readonly segments: readonly unknown[] };
};
type Counter = {
  readonly pop: string;
  readonly what: "sid" | "peer" | "policy";
  readonly octets: string;
  readonly atMs: number;
};
type Condition = { readonly id: string; readonly subject: string };
type Counted = { readonly octets: bigint; readonly atMs: number };

/** What the look before saw, of each run of the verb: its context lives as long as it watches. */
const before = new WeakMap<Context, { readonly counted: ReadonlyMap<string, Counted>; readonly rates: Rates }>();
type Rates = ReadonlyMap<string, number>;

export async function looked(client: ServiceClient, context: Context): Promise<Top> {
  const [pops, { nowMs }, { items: conditions }, status, counters] = await Promise.all([
    client.all<Pop>("/api/v1/pops"),
    client.get<{ readonly nowMs: number }>("/api/v1/caller"),
    client.get<{ readonly items: readonly Condition[] }>("/api/v1/conditions"),
    client.get<{ readonly policies: Top["policies"] }>("/api/v1/status"),
    client.all<Counter>("/api/v1/counters").catch(nothingForbidden),
  ]);
  const last = before.get(context);
  const counted = sums(counters);
  const rates = ratesOf(last?.counted ?? new Map(), counted, last?.rates ?? new Map());
  before.set(context, { counted, rates });
  const rows = pops.map((pop): TopPop => {
    const { name, isThere, seenMs, desiredVersion, appliedVersion, quarantine, record } = pop;
    return {
      pop: name,
      state: quarantine ? "quarantine" : isThere ? "there" : "away",
      relayedBps: rates.get(`${name} sid`) ?? null,
      originatedBps: rates.get(`${name} policy`) ?? null,
      seenMsAgo: seenMs === null ? null : Math.max(0, nowMs - seenMs),
      version: appliedVersion,
      behind: Math.max(0, desiredVersion - appliedVersion),
      segments: record.segments.length,
      conditions: conditions.filter((one) => concerns(one.subject, name)).map(({ id }) => id),
    };
  });
  const traffic = (one: TopPop): number => (one.relayedBps ?? 0) + (one.originatedBps ?? 0);
  return {
    atMs: nowMs,
    pops: rows.toSorted((a, b) => traffic(b) - traffic(a) || (a.pop < b.pop ? -1 : 1)),
    policies: status.policies,
  };
}

/** Its own, and those of the segments that leave it. */
const concerns = (subject: string, pop: string): boolean => subject === pop || subject.startsWith(`${pop}/`);

function nothingForbidden(thrown: unknown): readonly Counter[] {
  if (thrown instanceof SrwanError && thrown.code === "FORBIDDEN") return [];
  throw thrown;
}

function sums(counters: readonly Counter[]): ReadonlyMap<string, Counted> {
  const found = new Map<string, Counted>();
  for (const { pop, what, octets, atMs } of counters) {
    const key = `${pop} ${what}`;
    const one = found.get(key) ?? { octets: 0n, atMs: 0 };
    found.set(key, { octets: one.octets + BigInt(octets), atMs: Math.max(one.atMs, atMs) });
  }
  return found;
}

/** Where nothing new was told, the rate of before is still the newest that is known. */
function ratesOf(last: ReadonlyMap<string, Counted>, now: ReadonlyMap<string, Counted>, known: Rates): Rates {
  return new Map(
    [...now].flatMap(([key, { octets, atMs }]): [string, number][] => {
      const then = last.get(key);
      if (then !== undefined && atMs > then.atMs && octets >= then.octets) {
        return [[key, (Number(octets - then.octets) * 8_000) / (atMs - then.atMs)]];
      }
      const old = known.get(key);
      return old === undefined ? [] : [[key, old]];
    }),
  );
}

const PAINTS: Readonly<Record<TopPop["state"], Paint>> = { there: "good", away: "bad", quarantine: "warn" };

export function topText({ atMs, pops, policies }: Top, wide: boolean, screen: Screen): string {
  const there = pops.filter(({ state }) => state === "there").length;
  const states = Object.entries(policies).map(([state, count]) => `${count} ${state}`);
  const head = `${new Date(atMs).toISOString().slice(0, 19)}Z  ${there} of ${pops.length} POPs there; policies: ${states.join(", ") || "none"}`;
  const body = table(
    pops,
    [
      { title: "POP", cell: ({ pop }) => pop },
      { title: "STATE", cell: ({ state }) => state, paint: ({ state }) => PAINTS[state] },
      { title: "RELAYED", align: "right", cell: ({ relayedBps }) => rate(relayedBps) },
      { title: "ORIGINATED", align: "right", cell: ({ originatedBps }) => rate(originatedBps) },
      { title: "HEARD", align: "right", cell: ({ seenMsAgo }) => age(seenMsAgo) },
      { title: "SEGMENTS", align: "right", wide: true, cell: ({ segments }) => String(segments) },
      {
        title: "VERSION",
        align: "right",
        cell: ({ version, behind }) => (behind === 0 ? String(version) : `${version} (-${behind})`),
      },
      { title: "NOT WELL", cell: ({ conditions }) => [...new Set(conditions)].join(", ") || "-" },
    ],
    wide,
    screen,
  );
  return `${head}\n\n${body}`;
}
