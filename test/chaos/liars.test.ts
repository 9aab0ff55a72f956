// Sixty agents at once, of which six lie; the same with a thousand for five minutes is `node bench/soak-agents.ts`.

import { expect, it } from "vitest";
import { ServiceProcess } from "../support/service-process.ts";
import { apart, Crowd, listed, movedByRows } from "./crowd.ts";

it("a crowd that joins at once, flaps and lies moves no policy by its lies, and the liars are set apart with evidence", async () => {
  const service = await ServiceProcess.start();
  const crowd = new Crowd(service, { agents: 60, groupSize: 30, liarEvery: 10, reportMs: 200, breakMs: 150 });
  try {
    await crowd.join();
    crowd.begin();
    await crowd.policies();
    const named = async () => (await apart(service)).map(({ pop }) => pop).sort();
    await expect.poll(named, { timeout: 60_000, interval: 250 }).toEqual(crowd.liars.sort());
    for (const { evidence } of await apart(service)) {
      expect(evidence.join("\n")).toMatch(/are together not there and back/);
    }
    expect(await movedByRows(service)).toEqual([]);
    const events = await listed<{ subject: string }>(service, "/api/v1/events?type=quarantined");
    expect(events.map(({ subject }) => subject).sort()).toEqual(crowd.liars.sort());
    expect(crowd.broke).toBeGreaterThan(20);
    // What was told over lines that broke is kept all the same.
    await expect.poll(() => crowd.waiting, { timeout: 10_000, interval: 10 }).toBeLessThan(60);
  } finally {
    crowd.end();
    await service.stop();
  }
});
