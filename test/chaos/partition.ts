// A POP is cut off from the service while a segment it uses dies: for how long is the caller's affair.

import { setTimeout as sleep } from "node:timers/promises";
import type { PolicyStatus } from "../../src/wire/policy.ts";
import type { Flow } from "./flow.ts";
import { GOLD } from "./wan.ts";
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
  /** And once the POP was back: where it says the traffic is, which is where the kernel has it. */
  readonly told: string;
};

export async function partitioned(world: World, ms: number): Promise<Partition> {
  const { controller } = world;
  const side = await world.flow("side");
  let gold: Flow | undefined;
  try {
    await world.partition("pop1");
    await world.becomes("gold", ({ state }) => state === "POP-AWAY", 20_000);
    await world.run("r1", DEAD);
    await world.until("pop1 moved by itself", async () => {
      const now = (await world.agent("pop1")).paths.find(({ policy, carries }) => policy === "gold" && carries);
      return now?.segments.startsWith("pop1/t>r2") ? undefined : JSON.stringify(now);
    });
    gold = await world.flow("gold");
    await sleep(ms);
    const unknown = (await controller.status("gold"))?.state ?? "";
    await world.reunite("pop1");
    let told: PolicyStatus | null = null;
    // What it says carries is what the kernel has: the backup until the service has decided, and then its own choice.
    await world.until(
      "the service knows where the traffic is",
      async () => {
        told = await controller.status("gold");
        const truth = (await world.sids(GOLD.host)).join();
        const role = told?.state === "FAILED-OVER" ? "backup" : "active";
        const isTrue = told?.paths.some((path) => path.role === role && path.sids.join() === truth);
        return told?.state !== "POP-AWAY" && isTrue ? undefined : JSON.stringify(told);
      },
      20_000,
    );
    const [lostMoved, lostBeside] = [await gold.end(), await side.end()];
    return { lostBeside, lostMoved, unknown, told: (told as PolicyStatus | null)?.state ?? "" };
  } finally {
    await Promise.all([gold?.end(), side.end()]);
    await world.run("r1", "nft delete table inet dead 2>/dev/null || true");
    await world.run("hub", "nft delete table inet cut-pop1 2>/dev/null || true");
  }
}
