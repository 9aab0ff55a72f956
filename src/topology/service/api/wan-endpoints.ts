// The WAN as it stands: POPs, segments, policies, groups, quarantine.

import { Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import { PopDesired } from "../../../wire/desired.ts";
import { closed, name, oneOf, SegmentName, segmentName, segmentParts, whole } from "../../../wire/parts.ts";
import { isEncrypted } from "../../loop/wan.ts";
import { commitsOf, running } from "../../store/commits.ts";
import { history, latestReports } from "../../store/measured.ts";
import { findPop, groupSizes, type Pop, popForChange, popsOf, removePop } from "../../store/pops.ts";
import { desiredOf, statusesOf, versionsOf } from "../../store/published.ts";
import { quarantined } from "../../store/quarantine.ts";
import { presences } from "../../store/sessions.ts";
import type { Store } from "../../store/store.ts";
import type { MEASURED_TABLES } from "../../store/tables.ts";
import { after, afterNumber, type Endpoint, endpoint, limit, page, pageOf, sizeOf } from "./endpoint.ts";
import { GroupView, MeasurementView, PolicyView, PopView, SegmentView, StatusView } from "./schemas.ts";

export const byPop = Type.Object({ name: name("The POP's.") }, closed);
export const notThere = (what: string, remedy: string): SrwanError => new SrwanError("NOT_THERE", what, { remedy });
export const noPop = (pop: string): SrwanError =>
  notThere(`no POP ${pop} joined`, "`srwan pops` lists those that did.");

async function popViews(store: Store, pops: readonly Pop[]) {
  const names = pops.map((pop) => pop.name);
  const [there, versions, apart] = [
    await presences(store, names),
    await versionsOf(store, names),
    new Map((await quarantined(store, false, 0, LIMITS.quarantinedMax)).map(({ pop, why }) => [pop, why])),
  ];
  return pops.map(({ name: pop, record, group, locator, joinedMs, changedMs }) => {
    const seen = there.get(pop);
    const why = apart.get(pop);
    return {
      name: pop,
      group,
      locator,
      joinedMs,
      changedMs,
      isThere: seen?.awayMs === null,
      service: seen?.awayMs === null ? seen.service : "",
      seenMs: seen?.seenMs ?? null,
      desiredVersion: versions.get(pop) ?? 0,
      appliedVersion: seen?.appliedVersion ?? 0,
      ...(why === undefined ? {} : { quarantine: why }),
      record,
    };
  });
}

async function segmentViews(store: Store, pop: Pop, apart: ReadonlySet<string>) {
  const [report] = await latestReports(store, [pop.name]);
  const measured = new Map(report?.cells.map((cell) => [cell.segment, cell]));
  const { owner } = pop.record;
  return pop.record.segments
    .map((port) => {
      const segment = segmentName({ from: pop.name, transit: port.transit, to: port.to });
      const { transit, to, priceMicroPerGB, capacityBps, mtuOctets, riskGroups = [] } = port;
      const cell = measured.get(segment);
      return {
        segment,
        from: pop.name,
        transit,
        to,
        ...(owner === undefined ? {} : { owner }),
        ...(priceMicroPerGB === undefined ? {} : { priceMicroPerGB }),
        ...(capacityBps === undefined ? {} : { capacityBps }),
        ...(mtuOctets === undefined ? {} : { mtuOctets }),
        encrypted: isEncrypted(port),
        riskGroups,
        quarantined: apart.has(pop.name) || apart.has(to),
        measuredMs: cell === undefined ? null : (report?.atMs ?? null),
        measured: cell ?? null,
      };
    })
    .sort((a, b) => (a.segment < b.segment ? -1 : 1));
}

export const STEPS = {
  full: "measured",
  minute: "measured_minute",
  hour: "measured_hour",
  day: "measured_day",
} as const satisfies Record<string, (typeof MEASURED_TABLES)[number]>;

export const wanEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/pops",
    name: "listPops",
    tag: "pops",
    right: "read",
    summary: "the POPs that joined",
    query: Type.Object({ limit, after, group: Type.Optional(name("Only of this group.")) }, closed),
    answer: page(PopView, "POPs in the order of their names."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const { after: last, group } = query;
      const rows = await popsOf(store, {
        limit: size + 1,
        ...(last === undefined ? {} : { after: last }),
        ...(group === undefined ? {} : { group }),
      });
      const views = await popViews(store, rows);
      return pageOf(
        views,
        size,
        (one) => one,
        (one) => one.name,
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/pops/:name",
    name: "getPop",
    tag: "pops",
    right: "read",
    summary: "one POP",
    params: byPop,
    answer: PopView,
    run: async ({ store }, { params }) => {
      const pop = await findPop(store, params.name);
      if (pop === undefined) throw noPop(params.name);
      const [view] = await popViews(store, [pop]);
      return { body: view, etag: pop.etag };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/pops/:name",
    name: "removePop",
    matches: "the POP",
    tag: "pops",
    right: "operate",
    summary: "remove a POP: its agent is refused until it joins anew",
    about: "Its SIDs are never granted to another. What the POP holds stays there until somebody flushes it.",
    params: byPop,
    run: async ({ store }, { params, ifMatch }) => {
      await store.write(async (tx, tell) => {
        const pop = await popForChange(store, tx, params.name);
        if (pop === undefined) throw noPop(params.name);
        if (ifMatch !== undefined && ifMatch !== pop.etag) {
          throw new SrwanError("CHANGE_STALE", `POP ${params.name} was changed meanwhile`, {
            remedy: "Read it again.",
          });
        }
        await removePop(tx, pop, tell);
      });
      return {};
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/pops/:name/desired",
    name: "getDesired",
    tag: "pops",
    right: "operate",
    summary: "what a POP is to hold; of keys their numbers alone",
    params: byPop,
    query: Type.Object({ version: Type.Optional(whole("An older one; the last eight are kept.")) }, closed),
    answer: PopDesired,
    run: async ({ store }, { params, query }) => {
      const document = await desiredOf(store, params.name, query.version);
      if (document === undefined) throw notThere(`POP ${params.name} has no such document`, "Ask for the newest.");
      return { body: document, etag: document.version };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/pops/:name/measurements",
    name: "listMeasurements",
    tag: "measurements",
    right: "read",
    summary: "what a POP measured, the oldest first",
    params: byPop,
    query: Type.Object(
      {
        limit,
        after: afterNumber,
        step: Type.Optional(oneOf(["full", "minute", "hour", "day"], "Rolled up over this time (full).")),
        fromMs: Type.Optional(whole("Not before (an hour ago).")),
        toMs: Type.Optional(whole("Before (now).")),
      },
      closed,
    ),
    answer: page(MeasurementView, "Measurements, the oldest first."),
    run: async ({ store }, { params, query }) => {
      const size = sizeOf(query.limit);
      const { step = "full", toMs = store.nowMs() + 60_000, fromMs = store.nowMs() - 3_600_000 } = query;
      const begin = Math.max(fromMs, (query.after ?? -1) + 1);
      const asked = { table: STEPS[step], pop: params.name, fromMs: begin, toMs, limit: size + 1 };
      const rows = await history(store, asked);
      return pageOf(
        rows,
        size,
        ({ atMs, intervalMs, cells, paths }) => ({ atMs, intervalMs, cells, paths }),
        ({ atMs }) => String(atMs),
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/segments",
    name: "listSegments",
    tag: "segments",
    right: "read",
    summary: "segments with owner, price and newest measurement",
    query: Type.Object(
      { limit, after: Type.Optional(SegmentName), from: Type.Optional(name("Only those that leave here.")) },
      closed,
    ),
    answer: page(SegmentView, "Segments in the order of their names."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const apart = new Set((await quarantined(store, false, 0, LIMITS.quarantinedMax)).map(({ pop }) => pop));
      const begin = query.after === undefined ? undefined : segmentParts(query.after).from;
      const found = [];
      let pops = await firstPops(store, query.from, begin);
      while (pops.length > 0 && found.length <= size) {
        for (const pop of pops) found.push(...(await segmentViews(store, pop, apart)));
        if (query.from !== undefined) break;
        pops = await popsOf(store, { after: pops.at(-1)?.name ?? "", limit: POPS_AT_ONCE });
      }
      const rest = found.filter(({ segment }) => query.after === undefined || segment > query.after);
      return pageOf(
        rest,
        size,
        (one) => one,
        ({ segment }) => segment,
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/policies",
    name: "listPolicies",
    tag: "policies",
    right: "read",
    summary: "the policies in force, and where each stands",
    query: Type.Object({ limit, after }, closed),
    answer: page(PolicyView, "Policies in the order of their names."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const { config } = await store.read((db) => running(db));
      const specs = config.policies
        .filter((one) => query.after === undefined || one.name > query.after)
        .slice(0, size + 1);
      const statuses = new Map(
        (
          await statusesFor(
            store,
            specs.map((one) => one.name),
          )
        ).map((one) => [one.name, one]),
      );
      return pageOf(
        specs,
        size,
        (spec) => ({ spec, status: statuses.get(spec.name) ?? null }),
        (spec) => spec.name,
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/policies/:name",
    name: "getPolicy",
    tag: "policies",
    right: "read",
    summary: "one policy in force, and where it stands",
    params: Type.Object({ name: name("The policy's.") }, closed),
    answer: PolicyView,
    run: async ({ store }, { params }) => {
      const { config } = await store.read((db) => running(db));
      const spec = config.policies.find((one) => one.name === params.name);
      if (spec === undefined)
        throw notThere(`no policy ${params.name} is in force`, "`srwan policy list` lists those that are.");
      const [status] = await statusesOf(store, { policy: params.name, limit: 1 });
      return { body: { spec, status: status ?? null } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/groups",
    name: "listGroups",
    tag: "service",
    right: "read",
    summary: "groups of POPs, and where each is decided",
    answer: page(GroupView, "Groups in the order of their names."),
    run: async ({ store }) => {
      const sizes = await store.read(() => groupSizes(store));
      const rows = await store.read((db) => db.selectFrom("leases").selectAll().execute());
      const leases = new Map(rows.map((row) => [row.name, row]));
      const items = [...sizes].map(([group, members]) => {
        const lease = leases.get(`group-${group}`);
        const { holder: service = "", epoch = 0, since_ms: sinceMs = 0 } = lease ?? {};
        return { name: group, members, service, epoch, sinceMs };
      });
      return { body: { items } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/status",
    name: "getStatus",
    tag: "service",
    right: "read",
    summary: "the whole in a few figures",
    answer: StatusView,
    run: async ({ store, service, version }) => {
      const counts = await store.read(async (db) => {
        const count = (from: "pops" | "quarantine") =>
          db.selectFrom(from).select(({ fn }) => fn.countAll().as("count"));
        const pops = await count("pops").executeTakeFirstOrThrow();
        const there = await db
          .selectFrom("hearing")
          .select(({ fn }) => fn.countAll().as("count"))
          .where("away_ms", "is", null)
          .executeTakeFirstOrThrow();
        const apart = await count("quarantine").where("released_ms", "is", null).executeTakeFirstOrThrow();
        const states = await db
          .selectFrom("statuses")
          .select(({ fn }) => ["state", fn.countAll().as("count")])
          .groupBy("state")
          .execute();
        const services = await db.selectFrom("services").selectAll().orderBy("id").execute();
        return { pops, there, apart, states, services, groups: (await groupSizes(store)).size };
      });
      const [commit] = await commitsOf(store, undefined, 1);
      const { config: _, ...shown } = commit ?? (await store.read((db) => running(db)));
      return {
        body: {
          service,
          version,
          store: store.kind,
          services: counts.services.map((one) => ({
            id: one.id,
            address: one.address,
            startedMs: one.started_ms,
            seenMs: one.seen_ms,
            alive: store.nowMs() - one.seen_ms < LIMITS.serviceSilentMs,
          })),
          pops: Number(counts.pops.count),
          popsThere: Number(counts.there.count),
          groups: counts.groups,
          policies: Object.fromEntries(counts.states.map(({ state, count }) => [state, Number(count)])),
          commit: shown,
          quarantined: Number(counts.apart.count),
        },
      };
    },
  }),
];

const POPS_AT_ONCE = 10;

async function firstPops(store: Store, from: string | undefined, begin: string | undefined): Promise<Pop[]> {
  if (from === undefined && begin === undefined) return popsOf(store, { limit: POPS_AT_ONCE });
  const pop = await findPop(store, from ?? begin ?? "");
  return pop === undefined
    ? from === undefined
      ? popsOf(store, { after: begin ?? "", limit: POPS_AT_ONCE })
      : []
    : [pop];
}

async function statusesFor(store: Store, names: readonly string[]) {
  if (names.length === 0) return [];
  const rows = await store.read((db) =>
    db.selectFrom("statuses").select("body").where("policy", "in", names).execute(),
  );
  return rows.map(({ body }) => JSON.parse(body));
}
