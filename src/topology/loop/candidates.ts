// The paths a policy may be on: the best by its intent, which becomes its default, and for whatever may go wrong on that
// one the best way around it. Chosen when the policy or the WAN changes; which of them carries traffic, decisions say.

import type { PolicySpec } from "../../wire/policy.ts";
import { refusedText } from "../engine/field.ts";
import type { SegmentId } from "../engine/matrix.ts";
import { type Answer, findPaths } from "../engine/paths.ts";
import { type Criterion, ENCRYPTED, type Kind, type Request } from "../engine/request.ts";
import type { Ground } from "./ground.ts";

/** Enough to go around each of five segments and four POPs, beside the best few. */
const MOST = 12;
const BEST = 3;

export type Candidates = {
  /** The default first. */
  readonly paths: readonly (readonly SegmentId[])[];
  /** Why there is none. */
  readonly why: string | undefined;
};

/** Undefined where an end has not joined. */
export function requestOf(ground: Ground, spec: PolicySpec, atMs: number): Request | undefined {
  const [from, to] = [ground.matrix.popId(spec.from), ground.matrix.popId(spec.to)];
  if (from === undefined || to === undefined) return undefined;
  const { maxDelayUs, maxJitterUs, maxLossPpm, maxPriceMicroPerGB, maxSids, minBandwidthBps, intent, must, never } =
    spec;
  const { encrypted } = spec;
  return {
    from,
    to,
    atMs,
    // The sum along a path holds the clocks of both ends, and so does what it may be at most.
    ...(maxDelayUs === undefined ? {} : { maxDelayUs: maxDelayUs + (ground.clockUs(from, to) ?? 0) }),
    ...(maxJitterUs === undefined ? {} : { maxJitterUs }),
    ...(maxLossPpm === undefined ? {} : { maxLossPpm }),
    ...(maxPriceMicroPerGB === undefined ? {} : { maxPriceMicroPerGB }),
    ...(maxSids === undefined ? {} : { maxSids }),
    ...(minBandwidthBps === undefined ? {} : { minBandwidthBps }),
    ...(intent === undefined || intent === "redundant" ? {} : { intent }),
    ...(encrypted === undefined ? {} : { encrypted }),
    ...(must === undefined ? {} : { must: must.map(criterion) }),
    ...(never === undefined ? {} : { never: never.map(criterion) }),
    bounds: "nominal",
  };
}

export function candidatesFor(ground: Ground, spec: PolicySpec, atMs: number): Candidates {
  const request = requestOf(ground, spec, atMs);
  if (request === undefined) {
    const missing = ground.matrix.popId(spec.from) === undefined ? spec.from : spec.to;
    return { paths: [], why: `POP ${missing} has not joined` };
  }
  const found = new Map<string, readonly SegmentId[]>();
  const add = (path: readonly SegmentId[] | undefined): void => {
    if (path !== undefined && found.size < MOST) found.set(path.join(), path);
  };
  const pinned = spec.pin === undefined ? undefined : pathOf(ground, spec.pin);
  const plain = pinned?.find((id) => spec.encrypted === true && !ground.matrix.traitsOf(id).tags.includes(ENCRYPTED));
  if (plain !== undefined) return { paths: [], why: `${ground.matrix.segmentName(plain)} is pinned and not encrypted` };
  add(pinned);
  const best = findPaths(ground.matrix, { ...request, count: BEST });
  const first = pinned ?? best.paths[0]?.segments;
  if (first === undefined) return { paths: [], why: whyNone(best) };
  add(first);
  add(apartFrom(ground, request, first));
  for (const around of detours(ground, request, first)) add(around);
  for (const { segments } of best.paths) add(segments);
  return { paths: [...found.values()], why: undefined };
}

/** Shares as little as can be: nothing at all, else transits, else POPs too. */
function apartFrom(ground: Ground, request: Request, path: readonly SegmentId[]): readonly SegmentId[] | undefined {
  for (const apart of [undefined, ["pop", "risk"], ["risk"], []] as const) {
    const answer = findPaths(ground.matrix, {
      ...request,
      apartFrom: [path],
      ...(apart === undefined ? {} : { apart }),
    });
    if (answer.paths[0]) return answer.paths[0].segments;
  }
  return undefined;
}

/** Around each segment of a path, and around each POP between its ends. */
function detours(ground: Ground, request: Request, path: readonly SegmentId[]): (readonly SegmentId[])[] {
  const { matrix } = ground;
  const never = request.never ?? [];
  const inner = path.slice(1).map((id) => matrix.pops[matrix.from(id)]?.name ?? "");
  const aroundPops = inner.map((name) =>
    findPaths(matrix, { ...request, never: [...never, { kind: "pop" as const, name }] }),
  );
  // Nothing but the segment itself is to be kept apart from.
  const aroundSegments = path.map((id) => findPaths(matrix, { ...request, apartFrom: [[id]], apart: [] }));
  return [...aroundSegments, ...aroundPops].flatMap(({ paths }) => paths.slice(0, 1).map(({ segments }) => segments));
}

/** The numbers of a path that was named segment by segment. */
function pathOf(ground: Ground, names: readonly string[]): SegmentId[] | undefined {
  const ids = names.map((one) => ground.id(one));
  return ids.every((id) => id !== undefined) ? (ids as SegmentId[]) : undefined;
}

function criterion(text: string): Criterion {
  const [kind = "", name = ""] = text.split(":");
  return { kind: kind as Kind, name };
}

function whyNone({ receipt }: Answer): string {
  const left = refusedText(receipt.refused).join("; ");
  return `no path fits: ${receipt.usable} segments may be used${left === "" ? "" : `; ${left}`}`;
}
