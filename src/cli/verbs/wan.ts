// Verbs that look at the WAN as the topology service has it: status, pops, segments, events, journal; and remove a POP.

import type { Signing } from "../../wire/policy.ts";
import type { Column, Paint } from "../output.ts";
import { clientOf } from "../service/client-of.ts";
import { delay, time } from "../service/say.ts";
import { watched } from "../service/watch.ts";
import type { Flag, Verb } from "../verb.ts";

const tableOf = async () => (await import("../output.ts")).table;

const LIMIT: Flag = { name: "--limit", value: "n", about: "at most so many (default 100)" };
const most = (value: unknown): number => (typeof value === "string" && /^\d{1,6}$/.test(value) ? Number(value) : 100);

type Status = {
  readonly service: string;
  readonly version: string;
  readonly store: string;
  readonly services: readonly { readonly id: string; readonly address: string; readonly alive: boolean }[];
  readonly pops: number;
  readonly popsThere: number;
  readonly groups: number;
  readonly quarantined: number;
  readonly policies: Readonly<Record<string, number>>;
  readonly commit: {
    readonly id: number;
    readonly by: string;
    readonly why: string;
    readonly state: string;
    readonly confirmByMs: number | null;
  };
};

export const statusVerb: Verb = watched({
  name: "status",
  summary: "the WAN in a few figures",
  about: "How many POPs are there, where policies stand, what was committed last, which services are up.",
  examples: [{ command: "srwan status", about: "all of it" }],
  run: async (context) => {
    const status = await (await clientOf(context)).get<Status>("/api/v1/status");
    const { commit, services } = status;
    const states = Object.entries(status.policies).map(([state, count]) => `${count} ${state}`);
    const waits = commit.state === "waiting" ? `, goes back at ${time(commit.confirmByMs)} unless confirmed` : "";
    const lines = [
      `POPs      ${status.popsThere} of ${status.pops} there, ${status.quarantined} in quarantine, in ${status.groups} groups`,
      `policies  ${states.join(", ") || "none"}`,
      `commit    ${commit.id === 0 ? "none yet" : `${commit.id} by ${commit.by}: ${commit.why || "no reason given"}${waits}`}`,
      ...services.map(({ id, address, alive }) => `service   ${id} at ${address}${alive ? "" : ", silent"}`),
      `store     ${status.store}, srwan ${status.version}`,
    ];
    return { data: status, text: () => lines.join("\n") };
  },
});

type Pop = {
  readonly name: string;
  readonly group: string;
  readonly locator: string;
  readonly isThere: boolean;
  readonly service: string;
  readonly seenMs: number | null;
  readonly desiredVersion: number;
  readonly appliedVersion: number;
  readonly quarantine?: string;
  readonly record: { readonly site?: string; readonly platform: string; readonly segments: readonly unknown[] };
};

export const popsVerb: Verb = watched({
  name: "pops",
  summary: "POPs that joined, and whether they are there",
  about:
    "A POP that is away goes on forwarding what it had. VERSION is what it holds, and what it is to hold where that differs.",
  flags: [{ name: "--group", value: "name", about: "only of this group", live: "group" }],
  examples: [
    { command: "srwan pops", about: "all of them" },
    { command: "srwan pops --group g1 -o json", about: "as a document, with transits and interfaces" },
  ],
  run: async (context, { flags }) => {
    const client = await clientOf(context);
    const at = typeof flags.group === "string" ? `?group=${encodeURIComponent(flags.group)}` : "";
    const pops = await client.all<Pop>(`/api/v1/pops${at}`);
    const table = await tableOf();
    const state = (pop: Pop): string => (pop.quarantine ? "quarantine" : pop.isThere ? "there" : "away");
    const columns: Column<Pop>[] = [
      { title: "POP", cell: ({ name }) => name },
      { title: "STATE", cell: state, paint: (pop): Paint => (pop.quarantine ? "bad" : pop.isThere ? "good" : "warn") },
      { title: "GROUP", cell: ({ group }) => group },
      { title: "LOCATOR", cell: ({ locator }) => locator },
      {
        title: "VERSION",
        cell: ({ desiredVersion: wanted, appliedVersion: held }) =>
          wanted === held ? String(held) : `${held}, not ${wanted}`,
      },
      { title: "SEGMENTS", align: "right", cell: ({ record }) => String(record.segments.length) },
      { title: "SEEN", wide: true, cell: ({ seenMs }) => time(seenMs) },
      { title: "SERVICE", wide: true, cell: ({ service }) => service || "-" },
      { title: "SITE", cell: ({ record, quarantine }) => quarantine ?? record.site ?? record.platform },
    ];
    return { data: pops, text: (wide, screen) => table(pops, columns, wide, screen) };
  },
});

export const popRemove: Verb = {
  name: "pop remove",
  summary: "remove a POP: its agent is refused until it joins anew",
  about:
    "Its certificate is good for nothing from now on: its connection ends within seconds, on whichever service it is, what it " +
    "tells is not kept, and the others no longer measure it, lead anything over it or know its keys. Its SIDs are never " +
    "granted to another. What the machine itself holds stays until `srwan route flush` there. The keys that all POPs sign SID " +
    "lists with it still knows: they are named, so that they can be changed.",
  arguments: [{ name: "pop", about: "its name", live: "pop" }],
  examples: [{ command: "srwan pop remove sea", about: "before it is rebuilt without its key" }],
  run: async (context, { arguments: [pop = ""] }) => {
    const client = await clientOf(context);
    const { config } = await client.get<{ readonly config: { readonly signing?: Signing } }>("/api/v1/config/running");
    await client.call("DELETE", `/api/v1/pops/${encodeURIComponent(pop)}`);
    const keys = config.signing?.keys ?? [];
    const next = Math.max(0, ...keys) + 1;
    const known =
      keys.length === 0
        ? ""
        : `\nIt still knows what SID lists are signed with (key ${keys.join(", ")}): change the keys if it is not yours any ` +
          `more, beginning with \`srwan signing set --keys ${[...keys.slice(-1), next].join(",")}\`.`;
    return { data: { removed: pop, keys }, text: () => `${pop} is removed.${known}` };
  },
};

type Segment = {
  readonly segment: string;
  readonly owner?: string;
  readonly priceMicroPerGB?: number | "infinity";
  readonly capacityBps?: number;
  readonly quarantined: boolean;
  readonly measuredMs: number | null;
  readonly measured: {
    readonly sampleUs: number | "lost" | null;
    readonly p50Us: number | null;
    readonly p95Us: number | null;
    readonly jitterUs: number | null;
    readonly lossPpm: number | null;
    readonly errorUs: number;
    readonly delayUs: number | null;
  } | null;
};

export const segmentsVerb: Verb = watched({
  name: "segments",
  summary: "directed segments with their newest measurement, owner and price",
  about: "DELAY is the estimate of the true one-way delay, ± what it may be off; P95 holds the clocks of both ends.",
  flags: [{ name: "--from", value: "pop", about: "only those that leave here", live: "pop" }],
  examples: [{ command: "srwan segments --from sea", about: "where Seattle leads" }],
  run: async (context, { flags }) => {
    const client = await clientOf(context);
    const at = typeof flags.from === "string" ? `?from=${encodeURIComponent(flags.from)}` : "";
    const segments = await client.all<Segment>(`/api/v1/segments${at}`);
    const table = await tableOf();
    const columns: Column<Segment>[] = [
      { title: "SEGMENT", cell: ({ segment }) => segment },
      {
        title: "DELAY",
        align: "right",
        cell: ({ measured }) => (measured?.sampleUs === "lost" ? "lost" : delay(measured?.delayUs ?? measured?.p50Us)),
      },
      { title: "±", align: "right", cell: ({ measured }) => delay(measured?.errorUs) },
      { title: "P95", align: "right", wide: true, cell: ({ measured }) => delay(measured?.p95Us) },
      { title: "JITTER", align: "right", cell: ({ measured }) => delay(measured?.jitterUs) },
      {
        title: "LOSS",
        align: "right",
        cell: ({ measured }) =>
          measured?.lossPpm === null || measured === null ? "-" : `${measured.lossPpm / 10_000}%`,
      },
      {
        title: "PRICE",
        align: "right",
        cell: ({ priceMicroPerGB: price }) => (price === undefined ? "-" : String(price)),
      },
      { title: "MEASURED", wide: true, cell: ({ measuredMs }) => time(measuredMs) },
      { title: "OWNER", cell: ({ owner, quarantined }) => (quarantined ? "in quarantine" : (owner ?? "-")) },
    ];
    return { data: segments, text: (wide, screen) => table(segments, columns, wide, screen) };
  },
});

type Event = {
  readonly id: number;
  readonly atMs: number;
  readonly pop: string | null;
  readonly group: string | null;
  readonly type: string;
  readonly subject: string;
  readonly text: string;
};

export const eventsVerb: Verb = watched({
  name: "events",
  summary: "what happened, the newest last",
  about: "Told by agents (with their POP) and by the service (with the group). The live stream is GET /api/v1/live.",
  flags: [
    LIMIT,
    { name: "--pop", value: "name", about: "told by its agent", live: "pop" },
    { name: "--type", value: "type", about: "of this type: segment-down, policy-moved, …" },
  ],
  examples: [{ command: "srwan events --type policy-moved --limit 20", about: "the last moves, with reasons" }],
  run: async (context, { flags }) => {
    const filters = (["pop", "type"] as const).flatMap((one) =>
      typeof flags[one] === "string" ? [`&${one}=${encodeURIComponent(flags[one])}`] : [],
    );
    const client = await clientOf(context);
    const events = (
      await client.all<Event>(`/api/v1/events?newest=true${filters.join("")}`, most(flags.limit))
    ).toReversed();
    const table = await tableOf();
    const columns: Column<Event>[] = [
      { title: "TIME", cell: ({ atMs }) => time(atMs) },
      { title: "FROM", cell: ({ pop, group }) => pop ?? group ?? "srwan" },
      { title: "TYPE", cell: ({ type }) => type },
      { title: "SUBJECT", cell: ({ subject }) => subject },
      { title: "TEXT", cell: ({ text }) => text },
    ];
    return { data: events, text: (wide, screen) => table(events, columns, wide, screen) };
  },
});

export const journalShow: Verb = {
  name: "journal show",
  summary: "decisions of the service, with all that they were made of",
  about: "Lines as `srwan journal replay` takes them, of one group, from its head on.",
  flags: [{ name: "--group", value: "name", about: "whose decisions (default g1)", live: "group" }, LIMIT],
  examples: [
    { command: "srwan journal show --limit 100000 > g1.jsonl", about: "then: srwan journal replay g1.jsonl" },
    { command: "srwan journal show --group g2 -o json", about: "with their times" },
  ],
  run: async (context, { flags }) => {
    const group = typeof flags.group === "string" ? flags.group : "g1";
    const client = await clientOf(context);
    const at = `/api/v1/journal?group=${encodeURIComponent(group)}`;
    const lines = await client.all<{ readonly line: string }>(at, most(flags.limit));
    return { data: lines, text: () => lines.map(({ line }) => line).join("\n") };
  },
};
