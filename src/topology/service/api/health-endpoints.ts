// What is not well and what to do about it; who asks; and how much of the world is near.

import { LIMITS } from "../../../base/limits.ts";
import { runbookOf } from "../../../base/runbook.ts";
import { coveredWeight, planSites } from "../../engine/reach/coverage.ts";
import { reachOf } from "../../engine/reach/plan-file.ts";
import { commitsOf, running } from "../../store/commits.ts";
import { groupSizes, popsOf } from "../../store/pops.ts";
import { statusesOf } from "../../store/published.ts";
import { quarantined } from "../../store/quarantine.ts";
import { toldTimes, troubledSegments } from "../../store/recent.ts";
import type { Store } from "../../store/store.ts";
import { conditionsOf, type Facts } from "../conditions.ts";
import { type Endpoint, endpoint, MAY, page } from "./endpoint.ts";
import { CallerView, ConditionView, CoverageAsked, CoverageView } from "./insight-schemas.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

export const healthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/conditions",
    name: "listConditions",
    tag: "service",
    right: "read",
    summary: "what is not as it should be, since when, and what to do",
    answer: page(ConditionView, "The worst first."),
    run: async ({ store, docs }) => ({
      body: { items: conditionsOf(await factsOf(store)).map((one) => ({ ...one, runbook: runbookOf(one.id, docs) })) },
    }),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/caller",
    name: "getCaller",
    tag: "service",
    right: "read",
    summary: "who asks, and what the token may",
    answer: CallerView,
    run: async ({ store, version }, { caller: { name, role } }) => ({
      body: { name, role, may: MAY[role], version, nowMs: store.nowMs() },
    }),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/plan/coverage",
    name: "planCoverage",
    tag: "planning",
    right: "read",
    summary: "how much of what matters is near the POPs, and where next",
    about:
      "POPs stand where their records say. Delays are estimated from places, half as much again as light in glass.",
    body: CoverageAsked,
    answer: CoverageView,
    run: async ({ store }, { body: { destinations, candidates, withinUs, add } }) => {
      const pops = await popsOf(store, { limit: LIMITS.popsMax });
      const standing = pops.flatMap(({ name, record: { latitude: lat, longitude: lon } }) =>
        lat === undefined || lon === undefined ? [] : [{ name, place: { lat, lon }, standing: true }],
      );
      const taken = new Set(standing.map(({ name }) => name));
      const free = [...new Map(candidates.map((one) => [one.name, one])).values()].filter(
        ({ name }) => !taken.has(name),
      );
      const reach = reachOf({ version: 1, sites: [...standing, ...free], destinations }, withinUs);
      const names = [...taken];
      const all = reach.weights.reduce((sum, weight) => sum + weight, 0);
      const share = (weight: number): number => (all === 0 ? 0 : Math.min(1, Number((weight / all).toPrecision(6))));
      const near = new Set(names.flatMap((site) => reach.covers.get(site) ?? []));
      const picks = planSites(
        reach,
        names,
        free.map(({ name }) => name),
        add,
      );
      return {
        body: {
          standing: names,
          covered: share(coveredWeight(reach, names)),
          near: destinations.flatMap(({ name }, at) => (near.has(at) ? [name] : [])),
          add: picks.map(({ site, adds, covered, bound }) => ({
            site,
            adds: share(adds),
            covered: share(covered),
            bound: share(bound),
          })),
        },
      };
    },
  }),
];

export async function factsOf(store: Store): Promise<Facts> {
  const nowMs = store.nowMs();
  const [apart, segments, drifts, gaps, [newest], statuses] = [
    await quarantined(store, false, 0, LIMITS.quarantinedMax),
    await troubledSegments(store, nowMs - WEEK_MS),
    await toldTimes(store, "drift-repaired", nowMs - HOUR_MS),
    await toldTimes(store, "counter-gap", nowMs - HOUR_MS),
    await commitsOf(store, undefined, 1),
    await statusesOf(store, { limit: LIMITS.policiesMax }),
  ];
  const commit = newest ?? (await store.read((db) => running(db)));
  return {
    nowMs,
    pops: await popFacts(store),
    apart,
    segments,
    policies: statuses,
    groups: await groupFacts(store),
    commit: { ...commit, confirmByMs: commit.state === "waiting" ? commit.confirmByMs : null },
    drifts,
    gaps,
  };
}

async function popFacts(store: Store): Promise<Facts["pops"]> {
  const { pops, hearing, newest } = await store.read(async (db) => ({
    pops: await db.selectFrom("pops").select("name").orderBy("name").execute(),
    hearing: await db.selectFrom("hearing").selectAll().execute(),
    newest: await db
      .selectFrom("desired")
      .select(({ fn }) => ["pop", fn.max("version").as("version"), fn.max("at_ms").as("at")])
      .groupBy("pop")
      .execute(),
  }));
  const heard = new Map(hearing.map((row) => [row.pop, row]));
  const desired = new Map(newest.map(({ pop, version, at }) => [pop, { version: Number(version), atMs: Number(at) }]));
  return pops.map(({ name }) => {
    const row = heard.get(name);
    return {
      name,
      isThere: row !== undefined && row.away_ms === null,
      everSeen: row !== undefined,
      awayMs: row?.away_ms ?? null,
      measuredMs: row?.measured_ms ?? null,
      desired: desired.get(name),
      appliedVersion: row?.applied_version ?? 0,
    };
  });
}

async function groupFacts(store: Store): Promise<Facts["groups"]> {
  const { sizes, leases } = await store.read(async (db) => ({
    sizes: await groupSizes(store),
    leases: await db.selectFrom("leases").select(["name", "holder"]).execute(),
  }));
  const holders = new Map(leases.map(({ name, holder }) => [name, holder]));
  return [...sizes.keys()].map((name) => ({ name, service: holders.get(`group-${name}`) ?? "" }));
}
