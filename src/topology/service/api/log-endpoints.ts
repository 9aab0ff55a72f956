// What happened and was counted: events, decisions, audit, counters.

import { Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { closed, name, oneOf, text, whole } from "../../../wire/parts.ts";
import { COUNTED } from "../../../wire/report.ts";
import { auditOf } from "../../store/audit.ts";
import { counterHours, countersOf } from "../../store/counters.ts";
import { eventsOf } from "../../store/events.ts";
import { journalOf } from "../../store/published.ts";
import { after, afterNumber, type Endpoint, endpoint, limit, page, pageOf, sizeOf } from "./endpoint.ts";
import { AuditView, CounterView, EventView, JournalView } from "./schemas.ts";

const id = ({ id: number }: { readonly id: number }): string => String(number);
const same = <T>(one: T): T => one;

export const logEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/events",
    name: "listEvents",
    tag: "history",
    right: "read",
    summary: "what happened",
    query: Type.Object(
      {
        limit,
        after: afterNumber,
        pop: Type.Optional(name("Told by its agent.")),
        type: Type.Optional(text("Of this type.", 64)),
        subject: Type.Optional(text("Of this segment, policy or object.")),
        newest: Type.Optional(Type.Boolean({ description: "The newest first (false)." })),
      },
      closed,
    ),
    answer: page(EventView, "In the order in which they were kept, or the newest first."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const { pop, type, subject, newest = false } = query;
      const cursor = query.after;
      const rows = await eventsOf(store, {
        limit: size + 1,
        newest,
        ...(cursor === undefined ? {} : newest ? { before: cursor } : { after: cursor }),
        ...(pop === undefined ? {} : { pop }),
        ...(type === undefined ? {} : { type }),
        ...(subject === undefined ? {} : { subject }),
      });
      return pageOf(rows, size, same, id);
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/journal",
    name: "listJournal",
    tag: "history",
    right: "read",
    summary: "decisions with all that they were made of",
    query: Type.Object({ limit, after: afterNumber, group: Type.Optional(name("Of this group.")) }, closed),
    answer: page(JournalView, "In the order in which they were made."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const { group } = query;
      const cursor = query.after;
      const rows = await journalOf(store, {
        limit: size + 1,
        ...(cursor === undefined ? {} : { after: cursor }),
        ...(group === undefined ? {} : { group }),
      });
      return pageOf(rows, size, same, id);
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/audit",
    name: "listAudit",
    tag: "history",
    right: "operate",
    summary: "who called what that changes something, the newest first",
    query: Type.Object({ limit, after: afterNumber }, closed),
    answer: page(AuditView, "The newest first."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      return pageOf(await auditOf(store, query.after, size + 1), size, same, id);
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/counters",
    name: "listCounters",
    tag: "history",
    right: "settle",
    summary: "totals that agents counted",
    query: Type.Object(
      {
        limit,
        after,
        pop: Type.Optional(name("Counted there.")),
        what: Type.Optional(oneOf(COUNTED, "Only these.")),
        name: Type.Optional(text("Only of this SID, peer or policy.")),
      },
      closed,
    ),
    answer: page(CounterView, "By POP, kind, name and epoch."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const { pop, what, name: named, after: cursor } = query;
      const place = cursor === undefined ? undefined : placeOf(cursor);
      const rows = await countersOf(store, {
        limit: size + 1,
        ...(pop === undefined ? {} : { pop }),
        ...(what === undefined ? {} : { what }),
        ...(named === undefined ? {} : { name: named }),
        ...(place === undefined ? {} : { after: place }),
      });
      return pageOf(rows, size, same, (one) => JSON.stringify([one.pop, one.what, one.name, one.epoch]));
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/pops/:name/counters/hours",
    name: "listCounterHours",
    tag: "history",
    right: "settle",
    summary: "totals at the end of each hour, the oldest first",
    params: Type.Object({ name: name("The POP's.") }, closed),
    query: Type.Object({ limit, sinceMs: Type.Optional(whole("Not before (the beginning).")) }, closed),
    answer: page(CounterView, "The oldest first."),
    run: async ({ store }, { params, query }) => ({
      body: { items: await counterHours(store, params.name, query.sinceMs ?? 0, sizeOf(query.limit)) },
    }),
  }),
];

function placeOf(cursor: string): readonly [string, string, string, number] {
  try {
    const [pop, what, named, epoch] = JSON.parse(cursor) as unknown[];
    if (Number.isSafeInteger(epoch)) return [String(pop), String(what), String(named), Number(epoch)];
  } catch {
    // Told below.
  }
  throw new SrwanError(
    "REQUEST_INVALID",
    `query.after = ${JSON.stringify(cursor.slice(0, 80))} is no cursor of this list`,
    {
      remedy: "Give the `next` of the page before.",
      details: { field: "query.after" },
    },
  );
}
