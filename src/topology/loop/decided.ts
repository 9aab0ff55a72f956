// A line of the decision journal as a person reads it: what was decided, why, and of every path that was not taken why not.

import type { Decision, Input, SegmentView } from "../engine/decide/schema.ts";
import { reasonText } from "./reason.ts";

export type Alternative = {
  readonly segments: readonly string[];
  /** Sum over its segments, clocks of both ends and all: only differences mean anything. */
  readonly delayUs: number | null;
  readonly lossPpm: number;
  readonly isDefault: boolean;
  readonly isTaken: boolean;
  readonly why: string;
};

export type Decided = {
  readonly policy: string;
  readonly atMs: number;
  readonly moved: boolean;
  readonly reason: string;
  readonly words: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly alternatives: readonly Alternative[];
};

/** Undefined for the first line of a journal, and for what this version cannot read. */
export function decidedOf(line: string): Decided | undefined {
  const { input, decision } = read(line);
  if (input === undefined || decision === undefined) return undefined;
  const named = (path: number): string[] => viewsOf(input, path).map(({ segment }) => segment);
  return {
    policy: input.policy,
    atMs: input.atMs,
    moved: decision.path !== input.current,
    reason: decision.reason,
    words: reasonText(input, decision),
    from: named(input.current),
    to: named(decision.path),
    alternatives: input.paths.map((_, path) => alternative(input, decision, path)),
  };
}

function read(line: string): { readonly input?: Input; readonly decision?: Decision } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

const viewsOf = (input: Input, path: number): SegmentView[] =>
  (input.paths[path] ?? []).map((at) => input.segments[at] as SegmentView);

function alternative(input: Input, decision: Decision, path: number): Alternative {
  const views = viewsOf(input, path);
  return {
    segments: views.map(({ segment }) => segment),
    delayUs: sumUs(views),
    lossPpm: Math.round((1 - views.reduce((kept, { lossPpm }) => kept * (1 - lossPpm / 1e6), 1)) * 1e6),
    isDefault: path === 0,
    isTaken: path === decision.path,
    why: whyOf(input, decision, path, views),
  };
}

const sumUs = (views: readonly SegmentView[]): number | null =>
  views.reduce<number | null>(
    (sum, { delayUs }) => (sum === null || delayUs === null ? null : sum + delayUs),
    views.length === 0 ? null : 0,
  );

function whyOf(input: Input, decision: Decision, path: number, views: readonly SegmentView[]): string {
  if (path === decision.path) return reasonText(input, decision);
  const closed = views.find((one) => one.closed !== null);
  if (closed) return `${closed.segment} is in ${closed.closed}`;
  const down = views.find(({ state }) => state === "DOWN");
  if (down) return `${down.segment} is DOWN`;
  const degraded = views.find(({ state }) => state === "DEGRADED");
  if (degraded) return `${degraded.segment} is DEGRADED${degraded.trouble === null ? "" : ` by ${degraded.trouble}`}`;
  const unmeasured = views.find(({ fresh, delayUs }) => !fresh || delayUs === null);
  if (unmeasured) return `${unmeasured.segment} was not measured often enough of late`;
  const [here, there] = [sumUs(views), sumUs(viewsOf(input, decision.path))];
  if (here === null || there === null) return "its delay cannot be compared";
  const ms = (Math.abs(here - there) / 1_000).toFixed(1);
  if (here >= there) return `${ms} ms slower than the one taken`;
  return decision.path === input.current
    ? `${ms} ms quicker: not enough, or not for long enough, to move for`
    : `${ms} ms quicker, but not free to take now`;
}
