// A POP is cut off from the service while a segment it uses dies: for how long is the caller's affair.

import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "./world.ts";

/** Nothing crosses the relay's interface any more, in either direction, and nobody is told. */
const DEAD =
  'nft \'add table inet dead; add chain inet dead in { type filter hook prerouting priority -400; }; add chain inet dead out { type filter hook postrouting priority 400; }; add rule inet dead in iifname "to-pop1" drop; add rule inet dead out oifname "to-pop1" drop\'';

export type Partition = {
  /** Packets lost of the policy that did not use the segment. */
  readonly lostBeside: number;
  /** Packets lost of the one that did, once its POP had moved it. */
  readonly lostMoved: number;
  /** What the service said while it could not know. */
  readonly unknown: string;
  /** And once the POP was back: where the traffic is. */
  readonly told: string;
  readonly carriedBy: readonly string[];
  readonly truth: readonly string[];
};

export async function partitioned(world: World, ms: number): Promise<Partition> {
  const { controller } = world;
  const side = await world.flow("side");
  await world.partition("pop1");
  await world.becomes("gold", ({ state }) => state === "POP-AWAY");
  await world.run("r1", DEAD);
  await world.until("pop1 moved by itself", async () => {
    const gold = (await world.agent("pop1")).paths.find(({ policy, carries }) => policy === "gold" && carries);
    return gold?.segments.startsWith("pop1/t>r2") ? undefined : JSON.stringify(gold);
  });
  const gold = await world.flow("gold");
  await sleep(ms);
  const unknown = (await controller.status("gold"))?.state ?? "";
  await world.reunite("pop1");
  // Its word arrives, and the service no longer says what it said before.
  await world.until("the service knows", async () => {
    const status = await controller.status("gold");
    const truth = await world.sids("2001:db8:a2::2");
    const shown = status?.paths.map(({ sids }) => sids.join());
    return status?.state !== "POP-AWAY" && shown?.includes(truth.join()) ? undefined : JSON.stringify(status);
  });
  await world.agrees(20_000);
  const status = await controller.status("gold");
  const carriedBy = status?.paths.find(({ role }) => role === "active")?.segments ?? [];
  const [lostMoved, lostBeside] = [await gold.end(), await side.end()];
  const truth = await world.sids("2001:db8:a2::2");
  const said = { lostBeside, lostMoved, unknown, told: status?.state ?? "", carriedBy, truth };
  await world.run("r1", "nft delete table inet dead");
  return said;
}
