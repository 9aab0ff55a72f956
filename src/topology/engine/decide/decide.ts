// One decision of one policy: a function of its input and nothing else, so that the journal can be replayed. First what
// the policy would move for, loss before delay; then whether it may.

import { DOWN, errorUs, gains, type PathView, type Severity, viewPath } from "./paths.ts";
import {
  type Decision,
  type Input,
  MOVES,
  type MoveReason,
  type SegmentView,
  type Settings,
  type StayReason,
} from "./schema.ts";

const HOUR_MS = 3_600_000;

/** What a policy would do, the best path first. */
type Wish = { readonly reason: MoveReason; readonly to: readonly PathView[] };

export function decide(input: Input, settings: Settings): Decision {
  const paths = input.paths.map((_, index) => viewPath(input, index));
  const current = paths[input.current] as PathView;
  const wish = wishOf(input, settings, current, paths);
  if (!wish) return stay(input, restReason(input, current, paths), null, null);
  const isPatient = wish.reason === "forecast" || wish.reason === "better";
  const since = isPatient ? (input.wishSinceMs ?? input.atMs) : null;
  const target = wish.to.find((path) => hasRoom(input, settings, wish.reason, current, path));
  const refusal = refuse(input, settings, wish.reason, since, target);
  if (refusal || !target) return stay(input, refusal ?? "herd", wish.reason, since);
  return { path: target.index, reason: wish.reason, wish: null, wishSinceMs: null };
}

const stay = (input: Input, reason: StayReason, wish: MoveReason | null, wishSinceMs: number | null): Decision => ({
  path: input.current,
  reason,
  wish,
  wishSinceMs,
});

function wishOf(input: Input, settings: Settings, current: PathView, paths: readonly PathView[]): Wish | undefined {
  const others = paths.filter((path) => path !== current && path.isOpen && path.isFresh && path.severity < DOWN);
  const wish = (reason: MoveReason, to: PathView[]): Wish | undefined =>
    to.length === 0 ? undefined : { reason, to: inOrder(input, to) };
  const atMost = (severity: Severity) => others.filter((path) => path.severity <= severity);

  const pinned = input.pin === null ? undefined : paths[input.pin];
  if (pinned && pinned !== current && pinned.severity < DOWN) return { reason: "pin", to: [pinned] };
  if (current.severity === DOWN) return wish("down", others);
  if (pinned === current) return undefined;
  if (!current.isOpen) return wish("drain", others);
  if (current.severity === 3) return wish("loss", atMost(1));

  const back = paths[0] as PathView;
  if (others.includes(back) && isWellAgain(input, settings, current, back)) return { reason: "return", to: [back] };
  if (current.severity === 2) {
    return wish(
      "jitter",
      atMost(0).filter((path) => !gains(input, settings, path, current)),
    );
  }
  const noLossier = (path: PathView) => path.lossPpm <= current.lossPpm + settings.lossSlackPpm;
  if (current.severity === 1) {
    return wish(
      "delay",
      atMost(1).filter((path) => noLossier(path) && gains(input, settings, current, path)),
    );
  }
  const well = atMost(0).filter(noLossier);
  if (current.foreseenUs !== null) {
    const ahead = well.filter((path) => gains(input, settings, current, path, true));
    if (ahead.length > 0) return wish("forecast", ahead);
  }
  // Nobody passes through a detour: who is away may as well be on the best there is, though that be late by its own measure.
  const isAway = current !== back;
  if (!input.improve && !isAway) return undefined;
  return wish(
    "better",
    (isAway ? atMost(1).filter(noLossier) : well).filter(
      (path) => gains(input, settings, current, path) && gains(input, settings, current, path, true),
    ),
  );
}

/**
 * Well, and as it was when it was left; a default that took a new normal meanwhile must not be worse than the path taken
 * instead. Nobody returns to what is foreseen to be bad soon, or to what an improving policy would leave again.
 */
function isWellAgain(input: Input, settings: Settings, current: PathView, back: PathView): boolean {
  if (back.severity !== 0) return false;
  if (back.foreseenUs !== null && gains(input, settings, back, current, true)) return false;
  if (!input.improve && back.regime === input.leftRegime) return true;
  return !gains(input, settings, back, current) && back.lossPpm <= current.lossPpm + settings.lossSlackPpm;
}

/** Healthiest first, then quickest; paths that differ by no more than their error keep their order. */
function inOrder(input: Input, paths: readonly PathView[]): readonly PathView[] {
  const left = [...paths];
  const order: PathView[] = [];
  while (left.length > 0) {
    const severity = Math.min(...left.map((path) => path.severity));
    const equals = left.filter((path) => path.severity === severity);
    const best = equals.reduce((a, b) => ((b.delayUs ?? 0) < (a.delayUs ?? 0) ? b : a));
    const tied = equals.find((path) => (path.delayUs ?? 0) - (best.delayUs ?? 0) <= errorUs(input, path, best));
    order.push(tied ?? best);
    left.splice(left.indexOf(tied ?? best), 1);
  }
  return order;
}

/** Herd control: segments that the policy would newly use have room for it, and not too many came just now. */
function hasRoom({ segments, demandBps }: Input, settings: Settings, reason: MoveReason, from: PathView, to: PathView) {
  if (reason === "pin") return true;
  return to.segments.every((at) => {
    if (from.segments.includes(at)) return true;
    const { roomBps, arrivals } = segments[at] as SegmentView;
    if (roomBps !== null && roomBps < demandBps) return false;
    if (reason !== "down") return arrivals < settings.herdMoves;
    return roomBps !== null || arrivals < settings.herdMovesDown;
  });
}

function refuse(
  { atMs, flipsMs }: Input,
  settings: Settings,
  reason: MoveReason,
  wishSinceMs: number | null,
  target: PathView | undefined,
): StayReason | undefined {
  const { urgent, leave } = MOVES[reason];
  if (flipsMs.filter((at) => atMs - at < HOUR_MS).length >= Math.max(0, settings.flipsPerHour - leave)) return "cap";
  const last = flipsMs.at(-1);
  if (!urgent && last !== undefined && atMs - last < settings.dwellMs) return "dwell";
  if (wishSinceMs !== null && atMs - wishSinceMs < settings.persistMs) return "persistence";
  return target ? undefined : "herd";
}

/** Why a policy that wishes for nothing is where it is. */
function restReason(input: Input, current: PathView, paths: readonly PathView[]): StayReason {
  if (input.pin === current.index && current.severity < DOWN) return "pinned";
  if (current.severity === 0 && current.isOpen) return current.index === 0 ? "well" : "away";
  return paths.some((path) => path !== current && path.isOpen && path.isFresh && path.severity < DOWN)
    ? "no better"
    : "no way";
}
