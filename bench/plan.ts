// The difference between 100,000 wanted and 100,000 actual routes, and the memory it takes. The peer is what any
// difference must do: give each object of both sides its name and put it into a map.

import type { KernelRoute } from "../src/srv6/linux/objects.ts";
import { plan } from "../src/srv6/linux/plan.ts";
import { identity } from "../src/srv6/linux/text.ts";
import { atMost, type Figure, median } from "./lib.ts";

const COUNT = 100_000;

const route = (i: number, id: number): KernelRoute => ({
  kind: "route",
  prefix: { family: 6, address: (0xfd000000n << 96n) | (BigInt(i) << 64n), length: 64 },
  table: 254,
  metric: 64,
  protocol: 196,
  target: { kind: "nexthop", id },
});

export const planFigure: Figure = {
  name: "plan",
  about: `the difference of ${COUNT.toLocaleString("en-US")} wanted and as many actual routes, one in ten changed`,
  measure: async (rounds) => {
    const wanted = Array.from({ length: COUNT }, (_, i) => route(i, 1));
    const ours = Array.from({ length: COUNT }, (_, i) => route(i, i % 10 === 0 ? 2 : 1));
    const [took, named, memory]: [number[], number[], number[]] = [[], [], []];
    for (let round = -1; round < rounds; round++) {
      const before = process.memoryUsage().heapUsed;
      const started = performance.now();
      const { steps } = plan(wanted, { ours, others: [] });
      const planned = performance.now();
      const after = process.memoryUsage().heapUsed;
      const names = [wanted, ours].map((side) => new Map(side.map((object) => [identity(object), object])));
      const done = performance.now();
      if (steps.length !== COUNT / 10 || names.some((map) => map.size !== COUNT)) throw new Error("the plan is wrong");
      if (round < 0) continue;
      took.push(planned - started);
      named.push(done - planned);
      memory.push(Math.max(0, after - before) / 1e6);
    }
    return {
      figures: { planMs: median(took), namesMs: median(named), memoryMB: median(memory) },
      goals: [atMost("against naming both sides", median(took) / median(named), "×", 4)],
    };
  },
};
