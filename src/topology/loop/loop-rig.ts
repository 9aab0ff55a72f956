// The loop of a group over a small WAN whose POPs answer, for tests: documents, statuses and moves as they come.

import type { PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import type { DocumentBody } from "./documents.ts";
import { GroupLoop, type LoopNews } from "./group-loop.ts";
import { SimWan } from "./wan-sim.ts";

export const POLICY: PolicySpec = {
  name: "sea-fra",
  from: "sea",
  to: "fra",
  prefixes: ["2001:db8:fa::/48"],
  intent: "lowest-latency",
};
export const START_MS = 1_800_000_000_000;

/** sea ─ chi ─ ash ─ fra is the quickest; sea ─ lax ─ ash and chi ─ lon ─ fra are ways around. */
export const atlantic = () =>
  new SimWan(
    ["sea", "lax", "chi", "ash", "lon", "fra"],
    [
      ["sea", "chi", 20_000],
      ["sea", "lax", 12_000],
      ["lax", "ash", 30_000],
      ["chi", "ash", 10_000],
      ["ash", "fra", 40_000],
      ["chi", "lon", 45_000],
      ["lon", "fra", 6_000],
    ],
  );

/** A service and its agents, as far as the loop can see them. */
export class Rig {
  readonly sim: SimWan;
  loop: GroupLoop;
  nowMs = START_MS;
  readonly documents = new Map<string, DocumentBody>();
  readonly statuses = new Map<string, PolicyStatus>();
  readonly journal: string[] = [];
  readonly moves: LoopNews["moves"][number][] = [];
  quarantine: LoopNews["quarantine"] = [];
  changes = 0;
  answers = true;
  readonly silent = new Set<string>();

  constructor(sim: SimWan, policies: readonly PolicySpec[] = [POLICY]) {
    this.sim = sim;
    this.loop = new GroupLoop("core");
    this.loop.configure(sim.wan(policies), this.nowMs);
  }

  run(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.nowMs += 1_000;
      for (const pop of this.sim.names) {
        if (!this.silent.has(pop)) this.loop.take(pop, this.sim.measured(pop, this.nowMs), this.nowMs);
      }
      const news = this.loop.tick(this.nowMs);
      for (const [pop, body] of news.documents) {
        this.changes++;
        this.documents.set(pop, body);
        if (this.answers) this.loop.take(pop, this.sim.applied(body, this.changes, this.nowMs), this.nowMs);
      }
      for (const status of news.statuses) this.statuses.set(status.name, status);
      this.journal.push(...news.journal);
      this.moves.push(...news.moves);
      this.quarantine = news.quarantine;
    }
  }

  carrying(policy = POLICY.name): readonly string[] | undefined {
    return this.documents.get(POLICY.from)?.policies.find(({ name }) => name === policy)?.paths[0]?.segments;
  }
}

export const BEST = ["sea/t>chi", "chi/t>ash", "ash/t>fra"];
export const AROUND = ["sea/t>chi", "chi/t>lon", "lon/t>fra"];
