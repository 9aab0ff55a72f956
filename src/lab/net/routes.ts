// Underlay routes of a lab: from every node to every other along the shortest delay, as the transits between POPs would
// carry plain packets.

import { DelayQueue } from "../link/delay-queue.ts";
import type { Lab, LinkEnd } from "../model.ts";
import { type Direction, directions } from "../model.ts";

/** The way out of `from`, and the node it leads to. */
export type NextHop = { readonly out: LinkEnd; readonly via: string };

/** A hop costs something even where no delay is configured: fewer hops win. */
const HOP_US = 1;

/**
 * For each destination, every node's next hop towards it; nodes it cannot be reached from are left out. Next hops of one
 * destination form a tree, so no packet goes round in a circle.
 */
export function nextHopsTo(lab: Lab, destination: string, all = directions(lab)): ReadonlyMap<string, NextHop> {
  const into = Map.groupBy(all, (direction) => direction.to.node);
  const settled = new Map<string, NextHop | undefined>();
  const open = new DelayQueue<{ readonly node: string; readonly hop?: NextHop; readonly costUs: number }>();
  open.push(0, { node: destination, costUs: 0 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (settled.has(next.node)) continue;
    settled.set(next.node, next.hop);
    for (const { from, to, does } of into.get(next.node) ?? ([] as readonly Direction[])) {
      const costUs = next.costUs + does.delayUs + HOP_US;
      open.push(costUs, { node: from.node, hop: { out: from, via: to.node }, costUs });
    }
  }
  return new Map([...settled].filter((entry): entry is [string, NextHop] => entry[1] !== undefined));
}
