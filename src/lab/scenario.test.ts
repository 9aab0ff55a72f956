// A scenario is read or refused with its line; its timeline is in order and puts everything back; its verdicts are those
// a person would give.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { directions, endText, type Impairment, type Lab } from "./model.ts";
import { readScenario, type Scenario } from "./scenario.ts";
import { timeline } from "./timeline.ts";
import { readLab } from "./topology.ts";
import { judge } from "./verdict.ts";

const lab = readLab(
  `name: pair
topology:
  defaults: {kind: linux}
  nodes:
    ams: {labels: {srwan.address: "fc00::1"}}
    fra: {labels: {srwan.address: "fc00::2"}}
    bare:
  links:
    - endpoints: ["ams:eth1", "fra:eth1"]
      vars: {srwan.delay: 35ms/41ms, srwan.rate: 1gbit}
    - endpoints: ["ams:eth2", "fra:eth2"]
`,
  "pair.clab.yml",
);

const HEAD = "version: 1\nseed: 7\nduration: 60s\n";
const FLOW = "traffic:\n  - {name: voice, from: ams, to: fra, pps: 50}\n";
const read = (text: string): Scenario => readScenario(HEAD + text, "s.yml", lab);

function refused(text: string): SrwanError {
  try {
    readScenario(text, "s.yml", lab);
  } catch (error) {
    if (error instanceof SrwanError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a scenario file", () => {
  it("is read with times from its start", () => {
    const scenario = read(`impairments:
  - {at: 10s, for: 30s, link: "ams:eth1", delay: 80ms, loss: 2%}
${FLOW}  - {name: bulk, from: fra, to: ams, pps: 1000, size: 1400, dscp: 8, at: 5s, for: 10s}
expect:
  - {flow: voice, from: 10s, until: 40s, lost: {atMost: 4%, atLeast: 3}, p50: {is: 80ms, within: 1ms}, p99: {atMost: 90ms}}
`);
    expect(scenario.impairments).toEqual([
      {
        fromUs: 10_000_000,
        untilUs: 40_000_000,
        end: { node: "ams", interface: "eth1" },
        change: { delayUs: 80_000, lossPpm: 20_000 },
        down: false,
      },
    ]);
    expect(scenario.flows.map((flow) => [flow.name, flow.fromUs, flow.untilUs, flow.payloadOctets])).toEqual([
      ["voice", 0, 60_000_000, 200],
      ["bulk", 5_000_000, 15_000_000, 1_400],
    ]);
    expect(scenario.expectations[0]).toEqual({
      flow: "voice",
      fromUs: 10_000_000,
      untilUs: 40_000_000,
      lostAtMost: { ppm: 40_000 },
      lostAtLeast: { packets: 3 },
      delays: [
        { percentile: 50, lowUs: 79_000, highUs: 81_000 },
        { percentile: 99, highUs: 90_000 },
      ],
    });
  });

  it.each([
    ["no seed", "version: 1\nduration: 60s\n", "s.yml:1: the file", "Losses and jitter"],
    ["a duration without unit", "version: 1\nseed: 7\nduration: '60'\n", 's.yml:3: duration: duration "60"', "80ms"],
    [
      "an unknown end",
      `${HEAD}impairments:\n  - {at: 1s, link: "ams:eth3", loss: 1%}\n`,
      "s.yml:5: impairments[0].link = ams:eth3 is no link end of lab pair",
      "Did you mean ams:eth1?",
    ],
    [
      "nothing to change",
      `${HEAD}impairments:\n  - {at: 1s, link: "ams:eth1"}\n`,
      "s.yml:5: impairments[0] changes nothing",
      "down: true",
    ],
    [
      "a begin after the end",
      `${HEAD}impairments:\n  - {at: 60s, link: "ams:eth1", loss: 1%}\n`,
      "s.yml:5: impairments[0].at = 60s",
      "longer duration",
    ],
    [
      "an end after the end",
      `${HEAD}impairments:\n  - {at: 50s, for: 11s, link: "ams:eth1", loss: 1%}\n`,
      "s.yml:5: impairments[0].for = 11s",
      "longer duration",
    ],
    [
      "no time at all",
      `${HEAD}impairments:\n  - {at: 50s, for: 0s, link: "ams:eth1", loss: 1%}\n`,
      "= 0s is no time",
      "1us or more",
    ],
    [
      "an unknown node",
      `${HEAD}traffic:\n  - {name: v, from: amz, to: fra, pps: 1}\n`,
      "traffic[0].from = amz is no node of lab pair",
      "Did you mean ams?",
    ],
    [
      "a flow to itself",
      `${HEAD}traffic:\n  - {name: v, from: ams, to: ams, pps: 1}\n`,
      "ams is its sender",
      "another node",
    ],
    [
      "two flows of one name",
      `${HEAD}${FLOW}  - {name: voice, from: fra, to: ams, pps: 1}\n`,
      's.yml:6: traffic[1] repeats the name "voice"',
      "of its own",
    ],
    [
      "too many packets",
      `version: 1\nseed: 7\nduration: 1h\ntraffic:\n  - {name: v, from: ams, to: fra, pps: 20000}\n`,
      "s.yml:4: traffic sends 72000000 packets",
      "fewer a second",
    ],
    [
      "an unknown flow",
      `${HEAD}${FLOW}expect:\n  - {flow: voic, lost: {atMost: 0}}\n`,
      "expect[0].flow = voic is no flow of this file",
      "Did you mean voice?",
    ],
    ["nothing expected", `${HEAD}${FLOW}expect:\n  - {flow: voice}\n`, "expect[0] expects nothing", "p50"],
    [
      "half a delay",
      `${HEAD}${FLOW}expect:\n  - {flow: voice, p50: {is: 3ms}}\n`,
      "expect[0].p50 says too little",
      "within",
    ],
    [
      "a look outside the flow",
      `${HEAD}${FLOW}expect:\n  - {flow: voice, until: 61s, lost: {atMost: 0}}\n`,
      "looks where flow voice does not send",
      "inside the flow's time",
    ],
    [
      "a field by a typing slip",
      `${HEAD}impairment: []\n`,
      "s.yml:4: impairment is no field",
      "Did you mean impairments?",
    ],
  ])("with %s is refused", (_what, text, message, remedy) => {
    const error = refused(text);
    expect(error.code).toBe("LAB_INVALID");
    expect(error.message).toContain(message);
    expect(error.remedy).toContain(remedy);
  });
});

describe("a timeline", () => {
  it("says what each direction does from each moment on, and ends what began", () => {
    const scenario = read(`impairments:
  - {at: 10s, for: 30s, link: "ams:eth1", delay: 80ms}
  - {at: 20s, for: 10s, link: "ams:eth1", delay: 90ms, rate: 5mbit}
${FLOW}`);
    const own = lab.links[0]?.aToB as Impairment;
    const events = timeline(scenario, lab).map((event) =>
      event.kind === "impair" ? [event.atUs, endText(event.end), event.does] : [event.atUs, event.kind],
    );
    expect(events).toEqual([
      [0, "flow-start"],
      [10_000_000, "ams:eth1", { ...own, delayUs: 80_000 }],
      [20_000_000, "ams:eth1", { ...own, delayUs: 90_000, rateBps: 5_000_000 }],
      [30_000_000, "ams:eth1", { ...own, delayUs: 80_000 }],
      [40_000_000, "ams:eth1", own],
      [60_000_000, "flow-end"],
      [60_000_000, "end"],
    ]);
  });

  it("cuts both directions, whatever else is said of them", () => {
    const scenario = read(`impairments:
  - {at: 10s, for: 30s, link: "ams:eth1", down: true}
  - {at: 20s, for: 5s, link: "fra:eth1", loss: 1%}
`);
    const losses = timeline(scenario, lab).flatMap((event) =>
      event.kind === "impair" ? [[event.atUs / 1e6, endText(event.end), event.does.lossPpm]] : [],
    );
    expect(losses).toEqual([
      [10, "ams:eth1", 1_000_000],
      [10, "fra:eth1", 1_000_000],
      [40, "ams:eth1", 0],
      [40, "fra:eth1", 0],
    ]);
  });

  const us = (max: number) => fc.integer({ min: 0, max });
  const impairment = fc.record({
    end: fc.constantFrom(...directions(lab).map(({ from }) => from)),
    fromUs: us(50),
    lastsUs: fc.integer({ min: 1, max: 50 }),
    change: fc.record({ delayUs: us(9), lossPpm: us(9) }, { requiredKeys: [] }),
    down: fc.boolean(),
  });
  const scenarios = fc.array(impairment, { maxLength: 8 }).map(
    (entries): Scenario => ({
      seed: 1,
      durationUs: 100,
      impairments: entries.map(({ lastsUs, ...entry }) => ({ ...entry, untilUs: entry.fromUs + lastsUs })),
      flows: [],
      expectations: [],
    }),
  );

  it("is in order, ends once, and leaves every direction as the lab has it", () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const events = timeline(scenario, lab);
        const times = events.map(({ atUs }) => atUs);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(events.filter(({ kind }) => kind === "end")).toEqual([{ atUs: 100, kind: "end" }]);
        expect(stateAfter(events, lab, Number.POSITIVE_INFINITY)).toEqual(stateAfter([], lab, 0));
      }),
    );
  });

  it("does nothing outside the time of its impairments", () => {
    fc.assert(
      fc.property(scenarios, us(100), (scenario, atUs) => {
        const touched = scenario.impairments.filter(({ fromUs, untilUs }) => fromUs <= atUs && atUs < untilUs);
        fc.pre(touched.length === 0);
        expect(stateAfter(timeline(scenario, lab), lab, atUs)).toEqual(stateAfter([], lab, 0));
      }),
    );
  });
});

/** What a runner that plays the events would have each direction do at a moment. */
function stateAfter(events: ReturnType<typeof timeline>, of: Lab, atUs: number): Record<string, Impairment> {
  const state = Object.fromEntries(directions(of).map(({ from, does }) => [endText(from), does]));
  for (const event of events) if (event.kind === "impair" && event.atUs <= atUs) state[endText(event.end)] = event.does;
  return state;
}

describe("a verdict", () => {
  const [expectation] = read(`${FLOW}expect:
  - {flow: voice, from: 10s, until: 20s, lost: {atMost: 20%, atLeast: 1}, p50: {is: 35ms, within: 1ms}, p99: {atMost: 40ms}}
`).expectations;
  if (!expectation) throw new Error("no expectation");
  const packets = (count: number, lost: number, latencyUs: number) =>
    Array.from({ length: count }, (_, i) => {
      const sentUs = 10_000_000 + i;
      return i < lost ? { sentUs } : { sentUs, latencyUs: latencyUs + i };
    });

  it("holds when all holds, and says what was seen", () => {
    const outside = [{ sentUs: 9_999_999 }, { sentUs: 20_000_000 }];
    const verdict = judge(expectation, [...packets(10, 2, 35_000), ...outside]);
    expect(verdict.holds).toBe(true);
    expect(verdict.lines).toEqual([
      "ok voice lost 2 of 10, expected ≤ 20%",
      "ok voice lost 2 of 10, expected ≥ 1",
      "ok voice delay p50 35.0 ms, expected 34.0 ms to 36.0 ms",
      "ok voice delay p99 35.0 ms, expected ≤ 40.0 ms",
    ]);
  });

  it.each([
    ["too much is lost", packets(10, 3, 35_000), "FAIL voice lost 3 of 10, expected ≤ 20%"],
    ["too little is lost", packets(10, 0, 35_000), "FAIL voice lost 0 of 10, expected ≥ 1"],
    ["it is too quick", packets(10, 1, 33_000), "FAIL voice delay p50 33.0 ms, expected 34.0 ms to 36.0 ms"],
    [
      "the slowest is too slow",
      [...packets(10, 1, 35_000), { sentUs: 11e6, latencyUs: 41_000 }],
      "FAIL voice delay p99 41.0 ms, expected ≤ 40.0 ms",
    ],
    ["nothing was sent", [], "FAIL voice lost 0 of 0, expected ≤ 20%"],
    [
      "nothing arrived",
      packets(4, 4, 0),
      "FAIL voice delay p50 of nothing, for none arrived, expected 34.0 ms to 36.0 ms",
    ],
  ])("fails when %s", (_what, seen, line) => {
    const verdict = judge(expectation, seen);
    expect(verdict.holds).toBe(false);
    expect(verdict.lines).toContain(line);
  });
});
