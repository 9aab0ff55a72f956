// How an order stands in words: what comes next, from the same decision that a worker takes.

import type { Clock } from "../../base/clock.ts";
import { factsOf } from "./acts.ts";
import type { Sight } from "./chain.ts";
import { decide } from "./decide.ts";
import type { OrderRow } from "./orders.ts";

export function nextOf(row: OrderRow, sight: Sight, graceSeconds: bigint, clock: Clock): string {
  if (row.verdict !== undefined && sight.latest.state === "None") return row.verdict;
  if (row.isDone) return "over";
  const action = decide(factsOf(row, sight, graceSeconds, clock));
  return action.do === "wait" ? `waits for ${action.for}` : action.do;
}
