// What the WAN looks like at a glance: the matrix of a group, a policy over time, and its decisions in words.

import { Type } from "typebox";
import { LIMITS } from "../../../base/limits.ts";
import { closed, name, oneOf, whole } from "../../../wire/parts.ts";
import { decidedOf } from "../../loop/decided.ts";
import { running } from "../../store/commits.ts";
import { eventsOf } from "../../store/events.ts";
import { latestReports, type MeasuredReport } from "../../store/measured.ts";
import { popsOf } from "../../store/pops.ts";
import { linesNaming, statusesOf } from "../../store/published.ts";
import { quarantined } from "../../store/quarantine.ts";
import { reportsUntil, thinned } from "../../store/recent.ts";
import type { Store } from "../../store/store.ts";
import { type GroupMatrix, groupMatrix } from "../group-matrix.ts";
import { policyHistory, type Stood, stoodOf } from "../policy-history.ts";
import { afterNumber, type Endpoint, endpoint, limit, page, pageOf, sizeOf } from "./endpoint.ts";
import { DecidedView, GroupMatrixView, PolicyHistoryView } from "./insight-schemas.ts";
import { notThere, STEPS } from "./wan-endpoints.ts";

const byPolicy = Type.Object({ name: name("The policy's.") }, closed);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Whoever asks within a moment of another is given the same. */
const made = new WeakMap<Store, Map<string, { readonly atMs: number; readonly matrix: Promise<GroupMatrix> }>>();

export const insightEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/groups/:name/matrix",
    name: "getMatrix",
    tag: "measurements",
    right: "read",
    summary: "the matrix of a group: one-way delays, and where relays beat them",
    about: "Ways over relays are compared with the clocks in them: those of both ends cancel.",
    params: Type.Object({ name: name("The group's.") }, closed),
    query: Type.Object({ atMs: Type.Optional(whole("As it was at this time (now).")) }, closed),
    answer: GroupMatrixView,
    run: async ({ store }, { params, query }) => {
      const known = made.get(store) ?? new Map();
      made.set(store, known);
      const last = query.atMs === undefined ? known.get(params.name) : undefined;
      const now = store.nowMs();
      if (last !== undefined && now - last.atMs < LIMITS.matrixSharedMs) return { body: await last.matrix };
      const matrix = matrixOf(store, params.name, query.atMs);
      if (query.atMs === undefined) known.set(params.name, { atMs: now, matrix });
      matrix.catch(() => known.delete(params.name));
      return { body: await matrix };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/policies/:name/history",
    name: "getPolicyHistory",
    tag: "policies",
    right: "read",
    summary: "expected against actual delay of a policy over time",
    params: byPolicy,
    query: Type.Object(
      {
        fromMs: Type.Optional(whole("Not before (an hour ago).")),
        toMs: Type.Optional(whole("Before (now).")),
        points: Type.Optional(Type.Integer({ minimum: 10, maximum: 500, description: "At most so many (240)." })),
        step: Type.Optional(oneOf(["full", "minute", "hour", "day"], "Of which reports (what fits the time).")),
      },
      closed,
    ),
    answer: PolicyHistoryView,
    run: async ({ store }, { params, query }) => {
      const { config } = await store.read((db) => running(db));
      const spec = config.policies.find((one) => one.name === params.name);
      if (spec === undefined) throw noPolicy(params.name);
      const { toMs = store.nowMs() + 1_000, points = 240 } = query;
      const fromMs = Math.min(query.fromMs ?? toMs - HOUR_MS, toMs - 1);
      const { step = stepFor(toMs - fromMs) } = query;
      const stood = await stoodWhere(store, params.name, toMs);
      const recent = stood.filter((_, i) => (stood[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= fromMs);
      const pops = [...new Set(recent.flatMap(({ segments }) => segments.map((one) => one.split("/")[0] ?? "")))];
      const reports = await thinned(store, STEPS[step], pops, fromMs, toMs, points);
      const bucketMs = Math.max((toMs - fromMs) / points, STEP_MS[step]);
      return {
        body: { policy: params.name, fromMs, toMs, step, ...policyHistory(spec, recent, reports, bucketMs) },
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/policies/:name/decisions",
    name: "listDecisions",
    tag: "policies",
    right: "read",
    summary: "why a policy is where it is: its decisions in words, the newest first",
    params: byPolicy,
    query: Type.Object({ limit, after: afterNumber, fromMs: Type.Optional(whole("Not before (a week ago).")) }, closed),
    answer: page(DecidedView, "The newest first."),
    run: async ({ store }, { params, query }) => {
      const size = sizeOf(query.limit);
      const { fromMs: sinceMs = store.nowMs() - 7 * DAY_MS, after } = query;
      const lines = await linesNaming(store, params.name, {
        sinceMs,
        limit: size + 1,
        ...(after === undefined ? {} : { before: after }),
      });
      const { body } = pageOf(
        lines,
        size,
        (one) => one,
        ({ id }) => String(id),
      );
      const { items, ...rest } = body as { items: typeof lines };
      const decided = items.flatMap(({ id, line }) => {
        const one = decidedOf(line);
        return one === undefined || one.policy !== params.name ? [] : [{ id, ...one }];
      });
      return { body: { ...rest, items: decided } };
    },
  }),
];

const noPolicy = (policy: string) =>
  notThere(`no policy ${policy} is in force`, "`srwan policy list` lists those that are.");

async function matrixOf(store: Store, group: string, atMs: number | undefined): Promise<GroupMatrix> {
  const pops = await popsOf(store, { group, limit: LIMITS.groupMembersMax });
  if (pops.length === 0)
    throw notThere(`no POP is in a group ${group}`, "`srwan status` and GET /api/v1/groups say which there are.");
  const names = pops.map((pop) => pop.name);
  const apart = new Set((await quarantined(store, false, 0, LIMITS.quarantinedMax)).map(({ pop }) => pop));
  const rows = atMs === undefined ? await latestReports(store, names) : await reportsAt(store, names, atMs);
  return groupMatrix(group, names, rows, apart, atMs ?? store.nowMs());
}

/** The finest reports that are kept of a time: in full, else rolled up by minute, else by hour. */
async function reportsAt(store: Store, names: readonly string[], atMs: number): Promise<MeasuredReport[]> {
  const found: MeasuredReport[] = [];
  for (const [table, spanMs] of [
    ["measured", 15_000],
    ["measured_minute", 3 * MINUTE_MS],
    ["measured_hour", 2 * HOUR_MS],
  ] as const) {
    const missing = names.filter((pop) => !found.some((one) => one.pop === pop));
    if (missing.length === 0) break;
    found.push(...(await reportsUntil(store, table, missing, atMs - spanMs, atMs)));
  }
  return found;
}

const STEP_MS = { full: 5_000, minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

const stepFor = (spanMs: number): keyof typeof STEP_MS =>
  spanMs <= HOUR_MS ? "full" : spanMs <= 2 * DAY_MS ? "minute" : spanMs <= 60 * DAY_MS ? "hour" : "day";

/** Where the policy stood until a time, from what was said of its moves. */
async function stoodWhere(store: Store, policy: string, untilMs: number): Promise<Stood[]> {
  const [status] = await statusesOf(store, { policy, limit: 1 });
  const events = await eventsOf(store, { type: "policy-moved", subject: policy, newest: true, limit: MOVES_SEEN });
  const moves = events
    .reverse()
    .filter(({ atMs }) => atMs < untilMs)
    .map(({ atMs, data }) => ({ atMs, from: listOf(data.from), to: listOf(data.to) }));
  return stoodOf(moves, status?.paths.find(({ role }) => role === "active")?.segments ?? []);
}

const MOVES_SEEN = 500;
const listOf = (text: unknown): string[] =>
  String(text ?? "")
    .split(" ")
    .filter((one) => one !== "");
