// How long the controller takes to lead a policy away from a segment that becomes congested: the whole transatlantic lab,
// pulses once a second, one policy after another over segments that nobody congested before. Read from the kernel of the
// POP where traffic enters; the controller's word is not asked.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RealClock } from "../src/base/clock.ts";
import { until } from "../src/lab/demo/api.ts";
import { inNode } from "../src/lab/demo/see.ts";
import { World } from "../src/lab/demo/world.ts";
import { askKeeper } from "../src/lab/net/control.ts";
import { progress } from "./lib.ts";

const ROOT = join(import.meta.dirname, "..");
const TOPOLOGY = join(ROOT, "labs/containerlab/transatlantic/transatlantic.clab.yml");
const PULSE = { intervalMs: 1_000, reportMs: 1_000 } as const;
const CONGESTION_US = 60_000;
/** Until the detector knows what is usual. */
const WARM_MS = 90_000;
const [MATRIX_MS, PROGRAMMED_MS, REROUTED_MS, LOOK_MS] = [120_000, 30_000, 30_000, 30];

type Case = { readonly name: string; readonly from: string; readonly to: string; readonly address: string };

/** Each over one segment of its own: the congestion of one is nothing to another. */
const CASES: readonly Case[] = [
  ["sea", "sfo"],
  ["lax", "dal"],
  ["chi", "ewr"],
  ["atl", "ash"],
  ["lon", "ams"],
  ["par", "fra"],
  ["sfo", "lax"],
  ["dal", "chi"],
  ["ash", "ewr"],
  ["fra", "ams"],
].map(([from = "", to = ""], i) => ({ name: `${from}-${to}`, from, to, address: `2001:db8:f00:${i}::1` }));

/** From the moment that congestion begins to the kernel's other SID list, in milliseconds. */
export async function rerouteMs(): Promise<readonly number[]> {
  const abort = new AbortController();
  const world = await World.up({
    file: TOPOLOGY,
    rootless: process.getuid?.() !== 0,
    env: process.env,
    self: [process.execPath, join(ROOT, "src/cli/main.ts")],
    clock: new RealClock(),
    signal: abort.signal,
    port: 0,
    tell: progress,
    pulse: PULSE,
  });
  try {
    await world.startController();
    await world.startAgents();
    const total = world.segments().length;
    progress("reroute: waiting until every segment is measured");
    const isMeasured = async (): Promise<true | undefined> => {
      world.needAll();
      const known = (await world.api.segments()).filter(({ measured }) => measured?.p50Us != null);
      return known.length === total ? true : undefined;
    };
    if ((await until(isMeasured, MATRIX_MS, abort.signal)) === undefined) throw new Error("segments stay unmeasured");
    const cases = CASES.filter(({ from, to }) => world.record(from)?.segments.some((one) => one.to === to));
    for (const { name, from, to, address } of cases) {
      await world.api.stage({
        name,
        from,
        to,
        prefixes: [`${address.replace(/::1$/, "")}::/64`],
        intent: "lowest-latency",
      });
    }
    await world.api.commit("the figure");
    progress(`reroute: ${cases.length} policies; ${WARM_MS / 1_000} s until it is known what is usual`);
    await sleep(WARM_MS);
    const took: number[] = [];
    for (const one of cases) {
      const ms = await congest(world, one, abort.signal);
      progress(`reroute: ${one.name} after ${Math.round(ms)} ms`);
      took.push(ms);
    }
    return took;
  } finally {
    await world.down(false);
  }
}

async function congest(world: World, { name, from, address }: Case, signal: AbortSignal): Promise<number> {
  const status = await until(
    async () => {
      const now = await world.api.status(name);
      return now?.state === "PROGRAMMED" ? now : undefined;
    },
    PROGRAMMED_MS,
    signal,
  );
  const segments = status?.paths.find(({ role }) => role === "active")?.segments ?? [];
  const congested = segments.toSorted((a, b) => world.delayUs(b) - world.delayUs(a))[0];
  if (congested === undefined) throw new Error(`${name} is not programmed: ${status?.state}`);
  const sids = async (): Promise<string> => {
    const [route] = JSON.parse(await inNode(world.where, from, ["ip", "-6", "-j", "route", "get", address])) as [
      { readonly segs?: readonly string[] }?,
    ];
    return route?.segs?.join(" ") ?? "";
  };
  const before = await sids();
  // Pulses are not in step with us.
  await sleep(Math.random() * 1_000);
  const { folder, record } = world.where;
  const delayUs = world.delayUs(congested) + CONGESTION_US;
  const began = performance.now();
  await askKeeper(folder, record, { ask: "impair", ends: [world.endOf(congested)], change: { delayUs } });
  const moved = async (): Promise<true | undefined> => ((await sids()) === before ? undefined : true);
  const hasMoved = await until(moved, REROUTED_MS, signal, LOOK_MS);
  // Given up, it took that long at least.
  return hasMoved === undefined ? REROUTED_MS : performance.now() - began;
}
