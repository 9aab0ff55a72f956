// What links do to packets is what they were told: delay in each direction, loss, rate, for as long as was said.

import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { labsFolder } from "../../src/lab/net/folder.ts";
import { misfits } from "../support/answers.ts";
import { anyMode, Labs, PAIR, srwan } from "./labs.ts";

const labs = new Labs();
const flags = anyMode();
const { name, file } = labs.write("links", PAIR);

beforeAll(() => {
  if (flags) expect(srwan("lab", "up", file, ...flags)).toMatchObject({ status: 0, stderr: "" });
});
beforeEach(({ skip }) => {
  if (flags === undefined) skip("needs root or user namespaces");
});
afterAll(() => labs.end());

type Report = { flows: { name: string; sent: number; lost: number; latency: { p50Us: number } }[]; ownLoss: number };

/** Plays on the lab that is up. */
function play(scenario: string): Report {
  const { status, stdout, stderr } = srwan("lab", "run", file, "--scenario", labs.scenario(scenario), "-o", "json");
  expect([status, stderr]).toEqual([0, ""]);
  const said: Report = JSON.parse(stdout);
  expect(misfits("lab run", said)).toEqual([]);
  return said;
}

const now = () =>
  JSON.parse(srwan("lab", "inspect", name, "-o", "json").stdout).directions as {
    end: string;
    passing: boolean;
    does: { delayUs: number; lossPpm: number };
    counters: { sent: number; lost: number; full: number };
  }[];

describe("a link", () => {
  it("delays each direction as its file says, within a millisecond (median)", () => {
    const { flows, ownLoss } = play(`duration: 3s
traffic:
  - {name: there, from: near, to: far, pps: 200}
  - {name: back, from: far, to: near, pps: 200}
`);
    expect(ownLoss).toBe(0);
    const [there, back] = flows;
    expect([there?.lost, back?.lost]).toEqual([0, 0]);
    expect(Math.abs((there?.latency.p50Us ?? 0) - 30_000)).toBeLessThanOrEqual(1_000);
    expect(Math.abs((back?.latency.p50Us ?? 0) - 12_000)).toBeLessThanOrEqual(1_000);
  });

  it("loses within five standard deviations of its chance, in the direction it was told and no other", () => {
    const { flows, ownLoss } = play(`duration: 4s
impairments:
  - {at: 0s, link: "near:eth1", loss: 5%}
traffic:
  - {name: there, from: near, to: far, pps: 1000, at: 100ms}
  - {name: back, from: far, to: near, pps: 200, at: 100ms}
`);
    expect(ownLoss).toBe(0);
    const [there, back] = flows;
    const sent = there?.sent ?? 0;
    expect(sent).toBe(3_900);
    expect(Math.abs((there?.lost ?? 0) - sent * 0.05)).toBeLessThanOrEqual(5 * Math.sqrt(sent * 0.05 * 0.95));
    expect(back?.lost).toBe(0);
  });

  // Again where the machine stood still: what it then sends in one burst no queue of 50 ms takes.
  it("lets through what its rate allows", { retry: 2 }, () => {
    // 250 packets a second of 1,062 octets with their headers are 2.1 Mbit/s.
    const { flows } = play(`duration: 3s
impairments:
  - {at: 0s, link: "near:eth1", rate: 1062kbit}
traffic:
  - {name: there, from: near, to: far, pps: 250, size: 1000, at: 100ms}
`);
    const [{ sent, lost } = { sent: 0, lost: 0 }] = flows;
    expect(sent).toBe(725);
    // Half of them and what waits in the queue: 50 ms of it.
    expect(Math.abs(sent - lost - 362)).toBeLessThanOrEqual(25);
  });

  it("is impaired for as long as was said, though nobody is there to end it", async () => {
    const told = srwan("lab", "impair", name, "near:eth1", "--delay", "80ms", "--loss", "2%", "--for", "3s");
    expect(told).toMatchObject({ status: 0, stdout: expect.stringContaining("for a while") });
    expect(now()[0]).toMatchObject({ end: "near:eth1", passing: true, does: { delayUs: 80_000, lossPpm: 20_000 } });
    expect(now()[1]).toMatchObject({ end: "far:eth1", passing: false, does: { delayUs: 12_000, lossPpm: 0 } });
    while (now()[0]?.passing) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(now()[0]?.does).toMatchObject({ delayUs: 30_000, lossPpm: 0 });
  });

  it("stays changed where no end was given, is cut by --down, and mended by --reset", () => {
    expect(srwan("lab", "impair", name, "near:eth1", "--both", "--down").status).toBe(0);
    expect(srwan("lab", "impair", name, "far:eth1", "--delay", "1ms").status).toBe(0);
    expect(now().map(({ does }) => does)).toMatchObject([
      { delayUs: 30_000, lossPpm: 1_000_000 },
      { delayUs: 1_000, lossPpm: 1_000_000 },
    ]);
    expect(srwan("lab", "impair", name, "near:eth1", "--both", "--reset").status).toBe(0);
    expect(now().map(({ does }) => does)).toMatchObject([
      { delayUs: 30_000, lossPpm: 0 },
      { delayUs: 12_000, lossPpm: 0 },
    ]);
  });

  it("is kept whatever is said on the control socket", async () => {
    const path = join(labsFolder(process.env), name, "control");
    for (const said of ["", "{", "{}\n", '{"ask":"impair","ends":[]}\n', '{"ask":"reset","ends":["x"]}\n{"ask":']) {
      const socket = connect(path).on("error", () => undefined);
      await once(socket, "connect");
      socket.write(said);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    }
    expect(now()).toHaveLength(2);
  });

  it.each([
    [["near:eth2", "--loss", "1%"], 3, "Did you mean near:eth1?"],
    [["near:eth1", "--delay", "80"], 2, "80ms"],
    [["near:eth1", "--loss", "101%"], 2, "0% to 100%"],
    [["near:eth1"], 2, "--delay"],
    [["near:eth1", "--delay", "11s"], 2, "10s or less"],
  ])("refuses %j", (words, status, says) => {
    expect(srwan("lab", "impair", name, ...words)).toMatchObject({ status, stderr: expect.stringContaining(says) });
  });
});

describe("a scenario", () => {
  it("repeats from its seed: the same packets are lost", () => {
    const scenario = `duration: 2s
impairments:
  - {at: 0s, link: "near:eth1", loss: 10%}
traffic:
  - {name: there, from: near, to: far, pps: 100, at: 500ms}
`;
    const [first, second] = [play(scenario), play(scenario)];
    expect(first.flows[0]?.lost).toBeGreaterThan(0);
    expect(second.flows[0]?.lost).toBe(first.flows[0]?.lost);
  });

  it("fails, and says what it saw, when what it expects does not come true", () => {
    const text = `duration: 1s
traffic:
  - {name: there, from: near, to: far, pps: 50}
expect:
  - {flow: there, p50: {is: 12ms, within: 1ms}}
`;
    const ran = srwan("lab", "run", file, "--scenario", labs.scenario(text));
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringMatching(/^FAIL there delay p50 \d/m) });
  });

  it("marks a flow's packets with its class", () => {
    srwan(
      "lab",
      "exec",
      name,
      "far",
      "--",
      "nft",
      "add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c ip6 dscp ef counter",
    );
    play("duration: 1s\ntraffic:\n  - {name: there, from: near, to: far, pps: 50, dscp: 46}\n");
    // And the one ahead of the flow, by which every node on the way learns its neighbour.
    const { stdout } = srwan("lab", "exec", name, "far", "--", "nft", "list", "table", "inet", "t");
    expect(stdout).toContain("packets 51 ");
    expect(srwan("lab", "exec", name, "near", "--", "nft", "list", "tables").stdout).toBe("");
  });
});
