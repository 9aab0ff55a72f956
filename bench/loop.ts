// The closed loop as a POP sees it: how long traffic stands still when the path it is on dies, near and far, and what a
// planned move loses; what an agent costs that does nothing but measure. Two POPs and two relays on this kernel.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { documentOf, peersOf, policy } from "../test/agent/plan.ts";
import { FLOW_PORT, World } from "../test/agent/world.ts";
import { atMost, type Figure, type Goal, type Measured, progress } from "./lib.ts";
import { rerouteMs } from "./loop-reroute.ts";
import { shippedMain } from "./netns.ts";
import { cpuOf } from "./proc.ts";

const RUNS = Number(process.env.LOOP_RUNS ?? 50);
const MOVES = 20;
const [FLOW_MS, IDLE_S] = [2, 20];
/** What V8 compiles in its first minute is no part of what months cost. */
const WARM_S = 60;
const PEERS = 99;

type Place = "near" | "far";

class Loop {
  readonly #world: World;
  #version = 1;

  constructor(world: World) {
    this.#world = world;
  }

  async begin(): Promise<void> {
    const w = this.#world;
    for (const relay of ["r1", "r2"] as const) await w.at(relay).ask("reflect");
    await Promise.all([w.begin("pop1"), w.begin("pop2")]);
    await w.desire("pop2", documentOf("pop2", 1, [policy("pop2", "home", "lower")]));
    await this.desire(100);
  }

  /** The upper path, called back, with everything pulsed at this interval. */
  async desire(intervalMs: number): Promise<void> {
    const version = ++this.#version;
    const gold = policy("pop1", "gold", "upper", { word: version, probeMs: intervalMs });
    await this.#world.desire("pop1", { ...documentOf("pop1", version, [gold]), peers: peersOf("pop1", intervalMs) });
    await this.#world.until("pop1", ({ paths, segments }) => {
      const upper = paths.find(({ path }) => path === "upper");
      const all = paths.length === 2 && paths.every(({ state }) => state === "carrying" || state === "proved");
      return upper?.carries === true && all && segments.every(({ state }) => state === "up");
    });
    // What the kernel knows of its neighbours is as fresh as in service.
    await sleep(300 + Math.random() * intervalMs);
  }

  /** The longest time without a datagram after the path died in both directions, in milliseconds. */
  async outageMs(place: Place, intervalMs: number): Promise<number> {
    const w = this.#world;
    await w.at("east").ask("heard");
    await w.at("west").ask("startFlow", "2001:db8:a2::2", FLOW_PORT, FLOW_MS);
    await sleep(100);
    await w.at("r1").ask("run", "nft", ...cutWords(place));
    await w.carries("pop1", "gold", "lower");
    await sleep(100);
    await w.at("west").ask("endFlow");
    const arrivals = (await w.at("east").ask("heard")).map(({ atMs }) => atMs);
    await w.at("r1").ask("run", "nft", "delete", "table", "inet", "cut");
    await this.desire(intervalMs);
    return arrivals.reduce((longest, at, i) => Math.max(longest, at - (arrivals[i - 1] ?? at)), 0);
  }

  async plannedLoss(): Promise<number> {
    const w = this.#world;
    const lost = await w.lostDuring(async () => {
      for (let i = 0; i < MOVES; i++) {
        const to = i % 2 === 0 ? "lower" : "upper";
        await w.desire("pop1", documentOf("pop1", ++this.#version, [policy("pop1", "gold", to)]));
        await w.carries("pop1", "gold", to);
      }
    });
    return lost.length;
  }

  /** Share of a core and memory of an agent that measures, with no policy. */
  async idle(): Promise<{ readonly cpuShare: number; readonly rssMiB: number }> {
    const w = this.#world;
    const peers = Array.from({ length: PEERS }, (_, i) => ({
      ...(peersOf("pop1", 1_000)[i % 2] as ReturnType<typeof peersOf>[number]),
      segment: `pop1/t${i}>r${1 + (i % 2)}`,
    }));
    await w.desire("pop1", { ...documentOf("pop1", ++this.#version, []), peers });
    await sleep(WARM_S * 1_000);
    const pid = await w.at("pop1").ask("agentPid");
    const before = cpuOf(pid).ownMs;
    await sleep(IDLE_S * 1_000);
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
    return { cpuShare: (cpuOf(pid).ownMs - before) / 1_000 / IDLE_S, rssMiB: rss };
  }
}

/** Nothing crosses one of the relay's interfaces any more, in either direction, and nobody is told. */
function cutWords(place: Place): string[] {
  const device = place === "near" ? "to-pop1" : "to-pop2";
  const chain = (name: string, hook: string, key: string): string =>
    `chain ${name} { type filter hook ${hook} priority -400; ${key} "${device}" drop; }`;
  return [`table inet cut { ${chain("in", "prerouting", "iifname")}; ${chain("out", "postrouting", "oifname")}; }`];
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

const PARTS = ["failover", "moves", "idle", "reroute"] as const;
type Part = (typeof PARTS)[number];
/** One alone, for whoever works at it: LOOP_PART=idle. */
const CHOSEN = PARTS.filter((part) => (process.env.LOOP_PART ?? part) === part);

export const loop: Figure = {
  name: "loop",
  about: `traffic that stands still when its path dies (${RUNS} runs each), planned moves, congestion that is left, an agent that only measures`,
  measure: async () => {
    const figures: Record<string, number> = {};
    const goals: Goal[] = [];
    const inSmallWorld = CHOSEN.filter((part) => part !== "reroute");
    if (inSmallWorld.length > 0) {
      // A Node that strips types itself takes more memory than what is shipped does.
      process.env.AGENT_MAIN ??= shippedMain();
      const world = await World.open();
      try {
        const it = new Loop(world);
        await it.begin();
        for (const part of inSmallWorld) {
          const measured = await MEASURE[part](it);
          Object.assign(figures, measured.figures);
          goals.push(...measured.goals);
        }
      } finally {
        await world.close();
      }
    }
    if (CHOSEN.includes("reroute")) {
      const took = await rerouteMs();
      Object.assign(figures, { reroute_p50_ms: quantile(took, 0.5), reroute_max_ms: Math.max(...took) });
      goals.push(
        atMost("reroute from congestion p50", quantile(took, 0.5), "ms", 3_000),
        atMost(`reroute from congestion, slowest of ${took.length}`, Math.max(...took), "ms", 3_000),
      );
    }
    return { figures, goals };
  },
};

const MEASURE: Readonly<Record<Exclude<Part, "reroute">, (it: Loop) => Promise<Measured>>> = {
  failover: async (it) => {
    const figures: Record<string, number> = {};
    for (const [mode, intervalMs] of [
      ["", 100],
      ["fast_", 30],
    ] as const) {
      await it.desire(intervalMs);
      for (const place of ["near", "far"] as const) {
        const outages: number[] = [];
        for (let run = 0; run < RUNS; run++) {
          outages.push(await it.outageMs(place, intervalMs));
          if ((run + 1) % 10 === 0 || run + 1 === RUNS) {
            const [p50, most] = [quantile(outages, 0.5), Math.max(...outages)].map(Math.round);
            progress(`failover ${place} at ${intervalMs} ms: ${run + 1} of ${RUNS}, p50 ${p50} ms, most ${most} ms`);
          }
        }
        figures[`${mode}${place}_p50_ms`] = quantile(outages, 0.5);
        figures[`${mode}${place}_p99_ms`] = quantile(outages, 0.99);
      }
    }
    const at = (name: string): number => figures[name] ?? Number.NaN;
    const goals = (["near", "far"] as const).flatMap((place) => [
      atMost(`failover ${place} p50`, at(`${place}_p50_ms`), "ms", 500),
      atMost(`failover ${place} p99`, at(`${place}_p99_ms`), "ms", 800),
      atMost(`failover ${place} p99, fast`, at(`fast_${place}_p99_ms`), "ms", 300),
    ]);
    return { figures, goals };
  },
  moves: async (it) => {
    const lost = await it.plannedLoss();
    progress(`${MOVES} planned moves: ${lost} packets lost`);
    return {
      figures: { planned_lost: lost },
      goals: [atMost(`lost in ${MOVES} planned moves`, lost, "packets", 0)],
    };
  },
  idle: async (it) => {
    progress(`an agent with ${PEERS} peers at 1 s, for ${IDLE_S} s`);
    const { cpuShare, rssMiB } = await it.idle();
    return {
      figures: { idle_cpu_percent: cpuShare * 100, idle_rss_mib: rssMiB },
      goals: [
        atMost(`idle with ${PEERS} peers at 1 s`, cpuShare * 100, "% of a core", 3),
        atMost("idle memory", rssMiB, "MiB", 120),
      ],
    };
  },
};
