import { afterAll, describe, expect, it } from "vitest";
import { World } from "./world.ts";

let opened: Promise<World> | undefined;
const world = () => (opened ??= World.open());
afterAll(async () => (await opened)?.close());
describe("x", () => {
  it("y", async () => {
    const w = await world();
    const t = performance.now();
    const lost = await w.lostDuring(async () => {
      await w.controller.kill();
      await w.controller.start();
      console.log(performance.now() - t);
      await w.agrees();
      console.log(performance.now() - t);
    });
    expect(lost).toEqual({ gold: 0, side: 0 });
  });
});
