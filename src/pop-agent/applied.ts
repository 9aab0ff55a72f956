// What became of a document, and what has changed since it was last told: states of paths, moves, words for people. Pure.

import type { CandidatePath } from "../srv6/model.ts";
import type { Applied, Event, PATH_STATES } from "../wire/report.ts";
import type { Refused } from "./document.ts";
import { allPaths, keyOf, type Lane, type LanePath } from "./lane.ts";
import type { Proof } from "./proof.ts";
import type { Told } from "./spool.ts";
import type { MoveKind } from "./stage.ts";

export type PathState = (typeof PATH_STATES)[number];
export type EventTold = Omit<Event, "number" | "atMs" | "kind">;

export type LaneFacts = {
  readonly lane: Lane;
  readonly carried: readonly CandidatePath[];
  readonly installed: (key: string) => boolean;
  readonly proof: (path: LanePath) => Proof;
  readonly actualUs: (path: LanePath) => number | undefined;
  readonly failed: ReadonlySet<string>;
};

export type AppliedBody = Omit<Applied, "number" | "atMs" | "kind">;

export function appliedOf(
  version: number,
  objectsInPlace: number,
  refused: readonly Refused[],
  lanes: readonly LaneFacts[],
  done: boolean,
): AppliedBody {
  return {
    version,
    done,
    objectsInPlace,
    refused: refused.slice(0, 10_000).map((one) => ({ ...one, object: one.object.slice(0, 1_024) })),
    policies: lanes.map(policyReport),
  };
}

function policyReport(facts: LaneFacts): AppliedBody["policies"][number] {
  const { lane, carried } = facts;
  const carrying = new Set(carried.map(({ name }) => name));
  const onPaths = lane.paths.some((path) => carrying.has(keyOf(path)));
  const onBackup = lane.backup !== undefined && carrying.has(keyOf(lane.backup));
  // What no document names any more carries until its successor is proved; it counts as what the paths were.
  const active = onPaths ? "paths" : onBackup ? "backup" : carried.length > 0 ? "paths" : "nothing";
  return {
    name: lane.policy,
    active,
    paths: allPaths(lane)
      .slice(0, 17)
      .map((path) => {
        const actualUs = facts.actualUs(path);
        return {
          name: path.name,
          state: stateOf(facts, path),
          actualUs: actualUs === undefined ? null : Math.round(actualUs),
          why: whyOf(facts, path),
        };
      }),
  };
}

/** Carrying is said only of what was read back and whose probe is answered. */
export function stateOf({ carried, installed, proof }: LaneFacts, path: LanePath): PathState {
  const { state } = proof(path);
  if (!installed(keyOf(path))) return "absent";
  if (state === "silent") return "unproved";
  if (state === "asked") return "installed";
  return carried.some(({ name }) => name === keyOf(path)) ? "carrying" : "proved";
}

function whyOf({ proof, failed }: LaneFacts, path: LanePath): string {
  const { why, returnDead } = proof(path);
  if (why !== "") return why;
  if (failed.has(keyOf(path))) return "left by the POP itself; it carries again by the service's word";
  return returnDead ? "it lives, and its own way back is dead" : "";
}

/** What differs only in delays was told already. */
export const saysOf = (body: AppliedBody): string =>
  JSON.stringify(body, (key, value: unknown) => (key === "actualUs" ? undefined : value));

/** States of all paths by "policy path". */
export const statesOf = (lanes: readonly LaneFacts[]): ReadonlyMap<string, PathState> =>
  new Map(
    lanes.flatMap((facts) =>
      allPaths(facts.lane).map((path) => [`${facts.lane.policy} ${path.name}`, stateOf(facts, path)] as const),
    ),
  );

/** One event for each path that is not what it was. */
export function stateEvents(
  before: ReadonlyMap<string, PathState>,
  after: ReadonlyMap<string, PathState>,
  proof: (path: string) => Pick<Proof, "why" | "by"> | undefined,
): EventTold[] {
  const lives = (state: PathState): boolean => state === "proved" || state === "carrying";
  const event = (type: EventTold["type"], subject: string, text: string): EventTold[] => [
    { type, subject, text, data: {} },
  ];
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const withdrawn = gone.flatMap((path) => event("withdrawn", path, "no document names it any more"));
  const others = [...after].flatMap(([path, now]) => {
    const was = before.get(path) ?? "absent";
    if (was === now || (lives(was) && lives(now))) return [];
    if (lives(now)) {
      return event(was === "unproved" ? "path-up" : "path-proved", path, proof(path)?.by ?? "");
    }
    if (now === "unproved") return event(lives(was) ? "path-down" : "path-unproved", path, proof(path)?.why ?? "");
    if (now === "installed" && was === "absent")
      return event("path-installed", path, "read back; its probe is under way");
    return now === "absent" && was !== "absent" ? event("withdrawn", path, "it is not in place any more") : [];
  });
  return [...withdrawn, ...others];
}

/** Paths whose own way back is dead, by "policy path". */
export const returnsDead = (lanes: readonly LaneFacts[]): ReadonlySet<string> =>
  new Set(
    lanes.flatMap(({ lane, proof }) =>
      allPaths(lane)
        .filter((path) => proof(path).returnDead)
        .map((path) => `${lane.policy} ${path.name}`),
    ),
  );

export function returnEvents(before: ReadonlySet<string>, after: ReadonlySet<string>): EventTold[] {
  const [down, up] = [after.difference(before), before.difference(after)];
  const text = "answers come by another way only: the path lives, and its way back does not";
  return [
    ...[...down].map((subject) => ({ type: "return-down" as const, subject, text, data: {} })),
    ...[...up].map((subject) => ({ type: "return-up" as const, subject, text: "its way back is as it was", data: {} })),
  ];
}

const MOVES: Readonly<Record<MoveKind | "returned", { readonly type: EventTold["type"]; readonly words: string }>> = {
  begins: { type: "moved", words: "begins to carry" },
  moved: { type: "moved", words: "moved" },
  "failed-over": { type: "failed-over", words: "left a dead path" },
  returned: { type: "returned", words: "returned" },
};

export function moveEvent(
  lane: Lane,
  from: readonly CandidatePath[],
  to: readonly LanePath[],
  move: { readonly kind: MoveKind | "returned"; readonly why: string },
): EventTold {
  const names = new Map(allPaths(lane).map((path) => [keyOf(path), path.name]));
  const named = (keys: readonly string[]): string => keys.map((key) => names.get(key) ?? key).join("+") || "nothing";
  const { type, words } = MOVES[move.kind];
  const data = { from: named(from.map(({ name }) => name)), to: named(to.map(keyOf)), why: move.why };
  return { type, subject: lane.policy, text: `${words}: ${data.from} to ${data.to}, ${move.why}`, data };
}

export const eventTelling = (event: EventTold, atMs: number): Told => ({ kind: "event", atMs, ...event });
