// Where traffic enters and leaves: both families, with a source that the network there lets pass; what is too big is told
// to its sender; TCP is told what fits; what passed is counted, and counted on.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { Counters } from "../../src/wire/report.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { documentOf, policy, policy4 } from "./plan.ts";
import { FLOW_PORT, World } from "./world.ts";

const why = whyNoNamespace();
let opened: Promise<World> | undefined;

async function begun(): Promise<World> {
  const world = await World.open();
  await Promise.all([world.begin("pop1"), world.begin("pop2")]);
  await world.desire(
    "pop2",
    documentOf("pop2", 1, [policy("pop2", "home", "lower"), policy4("home.v4", "lower", "pop2")]),
  );
  await world.desire("pop1", documentOf("pop1", 1, [policy("pop1", "gold", "upper"), policy4("gold.v4", "upper")]));
  await world.carries("pop1", "gold", "upper");
  await world.carries("pop1", "gold.v4", "upper");
  await world.carries("pop2", "home", "lower");
  await world.carries("pop2", "home.v4", "lower");
  return world;
}
const world = (): Promise<World> => (opened ??= begun());
afterAll(async () => (await opened)?.close());

async function counted(w: World, after: number): Promise<Counters> {
  for (let i = 0; i < 800; i++) {
    const told = (await w.at("pop1").ask("tellings", after)).filter((one) => one.kind === "counters");
    const last = told.at(-1);
    if (last !== undefined) return last;
    await sleep(50);
  }
  throw new Error("no counters were told");
}
const octetsOf = ({ counters }: Counters, name: string): bigint =>
  BigInt(counters.find((one) => one.name === name)?.octets ?? -1);
const lastNumber = async (w: World): Promise<number> => (await w.at("pop1").ask("tellings", 0)).at(-1)?.number ?? 0;

describe.skipIf(why !== undefined)("the edge of the WAN", () => {
  it.for([
    ["IPv4", "10.0.2.2", "10.0.2.1"],
    ["IPv6", "2001:db8:a2::2", "2001:db8:a2::1"],
  ] as const)("hands %s over with an address of the POP's own network", async ([, to, from]) => {
    const w = await world();
    await w.at("east").ask("heard");
    await w.at("west").ask("startFlow", to, FLOW_PORT, 5);
    await sleep(300);
    await w.at("west").ask("endFlow");
    const heard = await w.at("east").ask("heard");
    expect(heard.length).toBeGreaterThan(10);
    expect(new Set(heard.map((one) => one.from))).toEqual(new Set([from]));
  });

  it.for([
    ["IPv4", "-4", "10.0.2.2", 1_400],
    ["IPv6", "-6", "2001:db8:a2::2", 1_400],
  ] as const)("tells the sender of %s what fits, when a packet is too big", async ([, family, to, size]) => {
    const w = await world();
    const line = `ping ${family} -c 3 -i 0.3 -W 1 -s ${size} -M do ${to} 2>&1 || true`;
    expect(await w.at("west").ask("run", "sh", "-c", line)).toMatch(/mtu[ =]1420/i);
  });

  it.for([
    ["IPv6", "2001:db8:a2::2", 60],
    ["IPv4", "10.0.2.2", 40],
  ] as const)("lets TCP over %s open with segments that fit", async ([, to, headers]) => {
    const w = await world();
    const server =
      "import { createServer } from 'node:net'; createServer((s) => s.on('error', () => 0)).listen(6000, '::')";
    await w
      .at("east")
      .ask(
        "run",
        "sh",
        "-c",
        `${process.execPath} --input-type=module -e "${server}" > /dev/null 2>&1 & echo $! > ${w.folder}/tcp; sleep 0.5`,
      );
    // Asks until the server listens, and holds the connection until it has been looked at.
    const client = `import { connect } from 'node:net'; const ask = () => connect(6000, '${to}').on('error', () => setTimeout(ask, 100)); ask(); setTimeout(() => process.exit(0), 4000)`;
    const asking = w.at("west").ask("run", process.execPath, "--input-type=module", "-e", client);
    let seen = "";
    for (let turn = 0; turn < 40 && !seen.includes("mss:"); turn++) {
      seen = await w.at("east").ask("run", "sh", "-c", "ss -Htnio state established");
      await sleep(100);
    }
    const mss = Number(/\bmss:(\d+)/.exec(seen)?.[1]);
    expect(mss).toBeGreaterThan(1_000);
    expect(mss).toBeLessThanOrEqual(1_420 - headers);
    await asking;
    await w.at("east").ask("run", "sh", "-c", `kill $(cat ${w.folder}/tcp)`);
  });

  it("counts policies, segments and SIDs, and goes on counting when the agent was away", async () => {
    const w = await world();
    await w.at("west").ask("startFlow", "2001:db8:a2::2", FLOW_PORT, 5);
    await sleep(300);
    const sent = BigInt(await w.at("west").ask("endFlow"));
    const before = await counted(w, await lastNumber(w));
    // IPv6 and UDP headers, and a digit at least.
    expect(octetsOf(before, "gold")).toBeGreaterThan(sent * 49n);
    expect(octetsOf(before, "out pop1/t>r1")).toBeGreaterThan(octetsOf(before, "gold"));
    expect(octetsOf(before, "fcbb:bb00:1:e001::")).toBeGreaterThan(sent * 49n);
    await w.at("pop1").ask("endAgent", "SIGKILL");
    const away = await lastNumber(w);
    await w.at("west").ask("startFlow", "2001:db8:a2::2", FLOW_PORT, 5);
    await sleep(300);
    const more = BigInt(await w.at("west").ask("endFlow"));
    await w.start("pop1");
    const after = await counted(w, away);
    expect(octetsOf(after, "gold") - octetsOf(before, "gold")).toBeGreaterThanOrEqual(more * 49n);
    expect(after.counters.filter(({ gapMs }) => gapMs > 0)).toEqual([]);
  });
});
