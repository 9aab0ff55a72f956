// Verbs that change the WAN: policies of the candidate, difference, commit, confirm, rollback.

import type { PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import type { Column, Paint } from "../output.ts";
import { clientOf } from "../service/client-of.ts";
import { POLICY_FLAGS } from "../service/policy-flag-list.ts";
import { watched } from "../service/watch.ts";
import type { Context, Screen, Verb, View } from "../verb.ts";

const delay = (us: number | null | undefined): string =>
  us === null || us === undefined ? "-" : `${(us / 1_000).toFixed(1)} ms`;

type Policy = { readonly spec: PolicySpec; readonly status: PolicyStatus | null };

const GOOD = ["PROGRAMMED"];
const BAD = ["NO-PATH", "REFUSED", "UNPROVED"];
const paintOf = (state: string | undefined): Paint =>
  state !== undefined && GOOD.includes(state) ? "good" : state !== undefined && BAD.includes(state) ? "bad" : "warn";

export const policyList: Verb = watched({
  name: "policy list",
  summary: "the policies in force, where each stands, and why",
  about:
    "PROGRAMMED is said only when every object was read back and the probe over the SID list was answered. EXPECTED is the " +
    "sum of the path's segments, ACTUAL what its probe measures.",
  examples: [{ command: "srwan policy list -o wide", about: "with the segments of each" }],
  run: async (context) => {
    const policies = await (await clientOf(context)).all<Policy>("/api/v1/policies");
    const { table } = await import("../output.ts");
    const active = ({ status }: Policy) => status?.paths.find(({ role }) => role === "active");
    const columns: Column<Policy>[] = [
      { title: "POLICY", cell: ({ spec }) => spec.name },
      { title: "FROM", cell: ({ spec }) => spec.from },
      { title: "TO", cell: ({ spec }) => spec.to },
      { title: "INTENT", cell: ({ spec }) => spec.intent ?? "lowest-latency" },
      {
        title: "STATE",
        cell: ({ status }) => status?.state ?? "undecided",
        paint: ({ status }) => paintOf(status?.state),
      },
      { title: "EXPECTED", align: "right", cell: (one) => delay(active(one)?.expectedUs) },
      { title: "ACTUAL", align: "right", cell: ({ status }) => delay(status?.actualUs) },
      { title: "PATH", wide: true, cell: (one) => active(one)?.segments.join(" ") ?? "-" },
      { title: "WHY", cell: ({ status }) => status?.why ?? "" },
    ];
    return { data: policies, text: (wide, screen) => table(policies, columns, wide, screen) };
  },
});

export const policySet: Verb = {
  name: "policy set",
  summary: "add a policy to the candidate, or change it there",
  about:
    "What is not given stays as the candidate has it; with --file the file is the whole policy. Nothing changes in the WAN " +
    "until `srwan commit`.",
  arguments: [{ name: "policy", about: "its name", live: "policy" }],
  flags: POLICY_FLAGS,
  examples: [
    { command: "srwan policy set gold --from sea --to fra --prefixes 203.0.113.0/24", about: "the quickest way" },
    { command: "srwan policy set gold --intent cheapest --max-delay 120ms", about: "cheap, but not slow" },
  ],
  run: async (context, input) => {
    const {
      arguments: [name = ""],
    } = input;
    const client = await clientOf(context);
    const { policyOf } = await import("../service/policy-flags.ts");
    const { body, etag } = await client.call<Candidate>("GET", "/api/v1/config/candidate");
    const before = body.config.policies.find((one) => one.name === name) ?? {};
    // What was read is what is changed: another engineer's edit in between is not overwritten.
    const match = etag === undefined ? {} : { "if-match": etag };
    await client.call("PUT", policyPath(name), policyOf(name, input, before), match);
    return diffView(context, `candidate: policy ${name} is set`);
  },
};

export const policyDelete: Verb = {
  name: "policy delete",
  summary: "remove a policy from the candidate",
  about: "Nothing changes in the WAN until `srwan commit`.",
  arguments: [{ name: "policy", about: "its name", live: "policy" }],
  examples: [{ command: "srwan policy delete gold", about: "then: srwan diff, srwan commit" }],
  run: async (context, { arguments: [name = ""] }) => {
    await (await clientOf(context)).call("DELETE", policyPath(name));
    return diffView(context, `candidate: policy ${name} is gone`);
  },
};

type Candidate = { readonly config: { readonly policies: readonly PolicySpec[] } };
const policyPath = (name: string): string => `/api/v1/config/candidate/policies/${encodeURIComponent(name)}`;

export const diffVerb: Verb = {
  name: "diff",
  summary: "what a commit would change",
  about:
    "Between the configuration in force and the candidate, or between any two: running, candidate or a commit's number.",
  flags: [
    { name: "--from", value: "which", about: "the older (default running)" },
    { name: "--to", value: "which", about: "the newer (default candidate)" },
  ],
  examples: [
    { command: "srwan diff", about: "before a commit" },
    { command: "srwan diff --from 12 --to running", about: "since commit 12" },
  ],
  run: (context, { flags }) => diffView(context, "", String(flags.from ?? "running"), String(flags.to ?? "candidate")),
};

type Diff = { readonly lines: readonly string[] };

export async function diffView(context: Context, head: string, from = "running", to = "candidate"): Promise<View> {
  const client = await clientOf(context);
  const diff = await client.get<Diff>(
    `/api/v1/config/diff?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`,
  );
  const { paint } = await import("../output.ts");
  const painted = (line: string, screen: Screen): string => paint(line, line.startsWith("-") ? "bad" : "good", screen);
  const lines = (screen: Screen) => diff.lines.map((line) => painted(line, screen));
  const nothing = diff.lines.length === 0 ? ["no difference"] : [];
  return {
    data: diff,
    text: (_wide, screen) => [...(head === "" ? [] : [head]), ...nothing, ...lines(screen)].join("\n"),
  };
}

type Commit = {
  readonly id: number;
  readonly atMs: number;
  readonly by: string;
  readonly why: string;
  readonly state: string;
  readonly confirmByMs: number | null;
};

export const commitVerb: Verb = {
  name: "commit",
  summary: "put the candidate into force",
  about:
    "With --confirmed the whole WAN goes back by itself after that time unless `srwan confirm` comes first, also when the " +
    "service was restarted meanwhile: for changes that may cut the path to whoever makes them.",
  flags: [
    { name: "--confirmed", value: "time", about: "go back after this, as 5m, unless confirmed" },
    { name: "--why", value: "text", about: "for those who read it later" },
  ],
  examples: [
    { command: 'srwan commit --why "gold over Chicago, ticket 812"', about: "for good" },
    { command: "srwan commit --confirmed 5m", about: "on trial" },
  ],
  run: async (context, { flags }) => {
    const { parseDurationMs } = await import("../../base/units.ts");
    const confirmMs = typeof flags.confirmed === "string" ? parseDurationMs(flags.confirmed) : undefined;
    const why = typeof flags.why === "string" ? flags.why : "";
    const body = { why, ...(confirmMs === undefined ? {} : { confirmMs }) };
    const { body: commit } = await (await clientOf(context)).call<Commit>("POST", "/api/v1/config/commit", body);
    const { id, confirmByMs } = commit;
    const until =
      confirmByMs === null
        ? ""
        : `; it goes back at ${new Date(confirmByMs).toISOString()} unless confirmed: srwan confirm`;
    return { data: commit, text: () => `commit ${id} is in force${until}` };
  },
};

export const confirmVerb: Verb = {
  name: "confirm",
  summary: "let the commit that waits stand",
  about: "After `srwan commit --confirmed`, when everything is as it should be.",
  examples: [{ command: "srwan confirm", about: "it stands" }],
  run: async (context) => {
    const { body: commit } = await (await clientOf(context)).call<Commit>("POST", "/api/v1/config/confirm");
    return { data: commit, text: () => `commit ${commit.id} stands` };
  },
};

export const rollbackVerb: Verb = {
  name: "rollback",
  summary: "put an older commit into the candidate",
  about:
    "0 throws the candidate's edits away, 1 is the commit before the one in force; fifty are kept. Nothing changes in the WAN " +
    "until `srwan commit`. Only a commit that waits to be confirmed is taken back at once, by 1.",
  arguments: [{ name: "back", about: "how many commits (default 1)", optional: true }],
  examples: [
    { command: "srwan rollback 1", about: "then: srwan commit" },
    { command: "srwan rollback 0", about: "forget what was edited" },
  ],
  run: async (context, { arguments: [back = "1"] }) => {
    const client = await clientOf(context);
    const path = "/api/v1/config/rollback";
    const { body } = await client.call<{ readonly returned?: Commit }>("POST", path, { back: Number(back) });
    const head = body.returned
      ? `commit ${body.returned.id} is taken back`
      : `candidate: as ${back} before the one in force`;
    return diffView(context, head);
  },
};

export const commitsVerb: Verb = {
  name: "commits",
  summary: "who changed the WAN, when and why, the newest first",
  about: "BACK is what `srwan rollback` takes.",
  examples: [{ command: "srwan commits", about: "the last fifty" }],
  run: async (context) => {
    const commits = await (await clientOf(context)).all<Commit>("/api/v1/config/commits");
    const { table } = await import("../output.ts");
    const newest = commits[0]?.id ?? 0;
    const columns: Column<Commit>[] = [
      { title: "BACK", align: "right", cell: ({ id }) => String(newest - id) },
      { title: "COMMIT", align: "right", cell: ({ id }) => String(id) },
      { title: "TIME", cell: ({ atMs }) => new Date(atMs).toISOString() },
      { title: "BY", cell: ({ by }) => by },
      {
        title: "STATE",
        cell: ({ state }) => state,
        paint: ({ state }) => (state === "confirmed" ? undefined : "warn"),
      },
      { title: "WHY", cell: ({ why }) => why },
    ];
    return { data: commits, text: (wide, screen) => table(commits, columns, wide, screen) };
  },
};
