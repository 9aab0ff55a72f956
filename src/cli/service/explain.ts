// One screen on one policy: where it stands, its path hop by hop, and of every other path why not. Pure.

import type { PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import { fold, type Paint, paint, table } from "../output.ts";
import type { Screen } from "../verb.ts";
import { delay, share, time } from "./say.ts";

export type Alternative = {
  readonly segments: readonly string[];
  readonly delayUs: number | null;
  readonly lossPpm: number;
  readonly isDefault: boolean;
  readonly isTaken: boolean;
  readonly why: string;
};

export type Decided = {
  readonly id: number;
  readonly atMs: number;
  readonly moved: boolean;
  readonly words: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly alternatives: readonly Alternative[];
};

export type Explained = {
  readonly policy: { readonly spec: PolicySpec; readonly status: PolicyStatus | null };
  readonly decisions: readonly Decided[];
};

const BAD: readonly string[] = ["NO-PATH", "REFUSED", "UNPROVED"];
const stateOf = (state: string): Paint => (state === "PROGRAMMED" ? "good" : BAD.includes(state) ? "bad" : "warn");

export function explainText({ policy: { spec, status }, decisions }: Explained, wide: boolean, screen: Screen): string {
  const [newest] = decisions;
  const parts = [
    head(spec, status, screen),
    status === null ? "" : path(status),
    newest === undefined ? "Other paths: none was weighed yet, for it was never moved." : others(newest, wide, screen),
    history(decisions.slice(1), wide, screen),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function head(spec: PolicySpec, status: PolicyStatus | null, screen: Screen): string {
  const room = (screen.width ?? Number.POSITIVE_INFINITY) - LABEL;
  const said = (label: string, text: string): string =>
    fold(text, room)
      .map((line, i) => `${(i === 0 ? label : "").padEnd(LABEL)}${line}`)
      .join("\n");
  const asked = [spec.intent ?? "lowest-latency", ...limitsOf(spec)].join(", ");
  const title = `${spec.name}: ${spec.from} to ${spec.to}, ${asked}`;
  if (status === null) return `${title}\n${said("", "Nothing is decided yet.")}`;
  const state = `${paint(status.state, stateOf(status.state), screen)} since ${time(status.since)}`;
  return [
    title,
    `${"state".padEnd(LABEL)}${state}`,
    ...(status.why === "" || status.why === status.decision ? [] : [said("", status.why)]),
    ...(status.decision === "" ? [] : [said("why", status.decision)]),
    ...(status.trouble ?? []).map(({ object, error }) => said("refused", `${object}: ${error.message}`)),
  ].join("\n");
}

const LABEL = 9;

function limitsOf(spec: PolicySpec): string[] {
  const { maxDelayUs } = spec as { readonly maxDelayUs?: number };
  return maxDelayUs === undefined ? [] : [`at most ${delay(maxDelayUs)}`];
}

function path({ paths, actualUs }: PolicyStatus): string {
  const active = paths.find(({ role }) => role === "active");
  if (active === undefined) return "";
  const hops = active.segments.map(
    (segment, i) => `         ${segment}${i < active.sids.length ? `  ${active.sids[i]}` : ""}`,
  );
  const more = active.sids.slice(active.segments.length).map((sid) => `         then  ${sid}`);
  return [`path     expected ${delay(active.expectedUs)}, actual ${delay(actualUs)}`, ...hops, ...more].join("\n");
}

/** The one that was taken, the default, then the quickest first. */
const inOrder = (a: Alternative, b: Alternative): number =>
  Number(b.isTaken) - Number(a.isTaken) ||
  Number(b.isDefault) - Number(a.isDefault) ||
  (a.delayUs ?? Number.MAX_SAFE_INTEGER) - (b.delayUs ?? Number.MAX_SAFE_INTEGER);

function others({ alternatives }: Decided, wide: boolean, screen: Screen): string {
  return `Paths, at the last decision\n${table(
    alternatives.toSorted(inOrder),
    [
      { title: "", cell: ({ isTaken }) => (isTaken ? "*" : "") },
      { title: "PATH", cell: ({ segments, isDefault }) => `${segments.join(" ")}${isDefault ? " (default)" : ""}` },
      { title: "DELAY", align: "right", cell: ({ delayUs }) => delay(delayUs) },
      { title: "LOSS", align: "right", cell: ({ lossPpm }) => share(lossPpm) },
      { title: "WHY, OR WHY NOT", cell: ({ why }) => why },
    ],
    wide,
    screen,
  ).trimEnd()}`;
}

function history(before: readonly Decided[], wide: boolean, screen: Screen): string {
  if (before.length === 0) return "";
  return `Before\n${table(
    before,
    [
      { title: "TIME", cell: ({ atMs }) => time(atMs) },
      { title: "", cell: ({ moved }) => (moved ? "moved" : "stayed") },
      { title: "TO", wide: true, cell: ({ to }) => to.join(" ") },
      { title: "WHY", cell: ({ words }) => words },
    ],
    wide,
    screen,
  ).trimEnd()}`;
}
