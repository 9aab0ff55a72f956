// What comes faster than it is read waits, and is not lost.

import { describe, expect, it } from "vitest";
import { Flow } from "./flow.ts";

describe("a flow", () => {
  it("gives what was put, in order, before and after it was asked for", async () => {
    const flow = new Flow<number>({ high: 10 });
    const first = flow.next();
    flow.put(1);
    flow.put(2);
    flow.end();
    expect([await first, await flow.next(), await flow.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it("makes its source wait while its reader is slow, and never for good", async () => {
    const told: string[] = [];
    const flow = new Flow<number>({ high: 4, full: () => told.push("full"), drained: () => told.push("drained") });
    for (let i = 0; i < 6; i++) flow.put(i);
    expect(told).toEqual(["full"]);
    while (flow.waiting > 1) await flow.next();
    expect(told).toEqual(["full", "drained"]);
    for (let i = 0; i < 6; i++) flow.put(i);
    await flow.return();
    expect(told).toEqual(["full", "drained", "full", "drained"]);
  });

  it("tells an error once, after what came before it", async () => {
    const flow = new Flow<number>({ high: 4 });
    flow.put(1);
    flow.end(new Error("lost"));
    flow.put(2);
    expect(await flow.next()).toEqual({ done: false, value: 1 });
    await expect(flow.next()).rejects.toThrow("lost");
    expect(await flow.next()).toEqual({ done: true, value: undefined });
  });
});
