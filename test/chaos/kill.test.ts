// Whoever is killed, alone or with others, and also in the middle of a commit: packets go on, desired and actual are one
// again soon after the last of them is back, and nothing that was kept is lost. Over both kinds of store.

import { afterAll, describe, expect, it } from "vitest";
import { replay } from "../../src/topology/engine/decide/journal.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { PostgresServer, whyNoPostgres } from "../support/postgres.ts";
import { GOLD, LOWER, type Pop, policy, UPPER } from "./wan.ts";
import { World } from "./world.ts";

const NOTHING = { gold: 0, side: 0 };

type Rig = { readonly world: World; readonly server: PostgresServer | undefined };
type Line = { readonly id: number; readonly line: string };
type Report = { readonly atMs: number; readonly intervalMs: number };

const journalOf = ({ controller }: World): Promise<Line[]> => controller.all("/api/v1/journal");

/** Time between two reports of a POP that no report speaks of, at most. */
async function unreportedMs({ controller }: World, pop: Pop): Promise<number> {
  const reports = await controller.all<Report>(`/api/v1/pops/${pop}/measurements`);
  const holes = reports.map(
    ({ atMs, intervalMs }, i) => atMs - (reports[i - 1]?.atMs ?? atMs - intervalMs) - intervalMs,
  );
  return Math.max(...holes);
}

/** All of these at once, as when a machine loses its power; they come back in this order. */
async function blow({ world, server }: Rig, who: readonly (Pop | "controller" | "PostgreSQL")[]): Promise<void> {
  const kill = (one: (typeof who)[number]) => {
    if (one === "PostgreSQL") return server?.kill();
    return one === "controller" ? world.controller.kill() : world.killAgent(one);
  };
  await Promise.all(who.map(kill));
  for (const one of who) {
    if (one === "PostgreSQL") await server?.resume();
    else await (one === "controller" ? world.controller.start() : world.startAgent(one));
  }
}

function underFire(open: () => Promise<Rig>, blows: readonly (readonly (Pop | "controller" | "PostgreSQL")[])[]): void {
  let opened: Promise<Rig> | undefined;
  const rig = () => (opened ??= open());
  afterAll(async () => {
    const all = await opened;
    await all?.world.close();
    await all?.server?.stop();
  });

  it.for(blows.map((who) => [who.join(" and "), who] as const))("kill -9 of %s costs no packet", async ([, who]) => {
    const all = await rig();
    const { world } = all;
    const before = await journalOf(world);
    const lost = await world.lostDuring(async () => {
      await blow(all, who);
      await world.agrees();
    });
    expect(lost).toEqual(NOTHING);
    const after = await journalOf(world);
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it("kill -9 of the controller in the middle of commits leaves each made or not made, and the WAN as it says", async () => {
    const { world } = await rig();
    const { controller } = world;
    const lost = await world.lostDuring(async () => {
      for (const [i, ms] of [2, 15].entries()) {
        await controller.put(policy("gold", GOLD.prefix, i % 2 === 0 ? LOWER : UPPER));
        const said = controller.commit(`number ${i}`).then(
          () => true,
          () => false,
        );
        await new Promise((resolve) => setTimeout(resolve, ms));
        await controller.kill();
        await controller.start();
        const commits = await controller.all<{ why: string }>("/api/v1/config/commits");
        // What was answered is kept; what was not may be.
        if (await said) expect(commits[0]?.why).toBe(`number ${i}`);
        await world.agrees();
      }
    });
    expect(lost).toEqual(NOTHING);
  });

  it("and after all of that the journal replays to the same decisions, and no report is missing", async () => {
    const { world } = await rig();
    const journal = await journalOf(world);
    expect(journal.length).toBeGreaterThan(2);
    expect(
      replay(
        journal.map(({ line }) => line),
        "journal",
      ).difference,
    ).toBeUndefined();
    // pop2's agent lived through it all: what it could not tell it told later.
    expect(await unreportedMs(world, "pop2")).toBeLessThan(1_000);
  });
}

const why = whyNoNamespace();
describe.skipIf(why !== undefined)("over SQLite", () => {
  underFire(
    async () => ({ world: await World.open(), server: undefined }),
    [["pop1"], ["controller"], ["r1", "controller", "pop1"]],
  );
});

const whyNot = why ?? whyNoPostgres();
describe.skipIf(whyNot !== undefined)(`over PostgreSQL${whyNot === undefined ? "" : `: ${whyNot}`}`, () => {
  underFire(async () => {
    const server = await PostgresServer.start();
    return { world: await World.open({ store: await server.database(true) }), server };
  }, [["PostgreSQL"], ["PostgreSQL", "controller", "pop1"]]);
});
