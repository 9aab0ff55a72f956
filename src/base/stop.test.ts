// Parts close in reverse order, once, within one deadline; one that fails or hangs keeps no other open.

import { describe, expect, it } from "vitest";
import { ManualClock } from "./clock.ts";
import { Stopper } from "./stop.ts";

describe("Stopper", () => {
  it("closes in reverse order, once, and aborts its signal first", async () => {
    const stopper = new Stopper(new ManualClock());
    const closed: string[] = [];
    stopper.onStop("store", () => void closed.push(`store ${stopper.signal.aborted}`));
    stopper.onStop("server", async () => void closed.push(`server ${stopper.signal.aborted}`));
    const [first, second] = [stopper.stop(), stopper.stop()];
    expect(await first).toEqual([{ part: "server" }, { part: "store" }]);
    expect(await second).toBe(await first);
    expect(closed).toEqual(["server true", "store true"]);
  });

  it("reports a part that fails and goes on", async () => {
    const stopper = new Stopper(new ManualClock());
    stopper.onStop("store", () => undefined);
    stopper.onStop("server", () => {
      throw new Error("port lost");
    });
    const [server, store] = await stopper.stop();
    expect(server?.error).toMatchObject({ code: "INTERNAL", message: "server failed to stop: port lost" });
    expect(store).toEqual({ part: "store" });
  });

  it("cuts a part that hangs, and still closes the others", async () => {
    const clock = new ManualClock();
    const stopper = new Stopper(clock, 500);
    let closed = false;
    stopper.onStop("store", () => {
      closed = true;
    });
    stopper.onStop("server", () => new Promise<void>(() => undefined));
    const report = stopper.stop();
    await clock.advanceMs(500);
    await clock.advanceMs(1);
    expect((await report)[0]?.error).toMatchObject({ code: "STOP_TIMEOUT" });
    expect(closed).toBe(true);
  });
});
