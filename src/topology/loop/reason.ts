// Why a policy moved or stays, as a sentence for a person: the numbers that decided are in it.

import type { Decision, Input, MoveReason, SegmentView, StayReason } from "../engine/decide/schema.ts";

const MOVES: Readonly<Record<MoveReason, string>> = {
  pin: "pinned to this path",
  down: "its path was down",
  drain: "its path led through what is drained or in quarantine",
  loss: "its path lost packets",
  jitter: "delays on its path varied too much",
  delay: "its path was slower than usual",
  forecast: "a bad hour of its path is near",
  return: "its default path is well again",
  better: "another path is better",
};

const STAYS: Readonly<Record<StayReason, string>> = {
  well: "all is well",
  pinned: "pinned to this path",
  away: "away from its default path, which is not well yet",
  "no better": "in trouble, and no other path is better",
  "no way": "in trouble, and there is no other path",
  persistence: "waiting whether a better path stays better",
  dwell: "moved a short while ago",
  cap: "moved as often this hour as it may",
  herd: "waiting its turn: others move to the same segment",
};

export function reasonText(input: Input, { path, reason }: Decision): string {
  if (path === input.current) return STAYS[reason as StayReason] ?? MOVES[reason as MoveReason];
  const why = MOVES[reason as MoveReason];
  const worst = troubled(input, input.current);
  const delays = compared(input, path);
  return [worst === undefined ? why : `${why}: ${worst}`, ...(delays === undefined ? [] : [delays])].join("; ");
}

/** The first segment of a path that is not well, and what of it is not. */
function troubled(input: Input, path: number): string | undefined {
  const segments = (input.paths[path] ?? []).map((at) => input.segments[at] as SegmentView);
  const one = segments.find(({ state, closed }) => state !== "UP" || closed !== null);
  if (one === undefined) return undefined;
  const loss = one.trouble === "loss" || one.state === "DOWN" ? `, ${(one.lossPpm / 10_000).toFixed(1)} % lost` : "";
  return `${one.segment} is ${one.closed ?? one.state}${one.trouble === null ? "" : ` by ${one.trouble}`}${loss}`;
}

/** One-way delays of both, of which only the difference is free of the clocks at the ends. */
function compared(input: Input, path: number): string | undefined {
  const sum = (index: number): number | undefined =>
    (input.paths[index] ?? []).reduce<number | undefined>((total, at) => {
      const us = input.segments[at]?.delayUs;
      return total === undefined || us === undefined || us === null ? undefined : total + us;
    }, 0);
  const [before, after] = [sum(input.current), sum(path)];
  if (before === undefined || after === undefined) return undefined;
  const ms = Math.abs(before - after) / 1_000;
  return `the new path is ${ms.toFixed(1)} ms ${after <= before ? "quicker" : "slower"}`;
}
