// What a group file may say and what it may not; what floors and lab clocks come to.

import { describe, expect, it } from "vitest";
import { SrwanError } from "../../base/errors.ts";
import { skewed, skewFrom } from "../clock-skew.ts";
import type { PeerId } from "../model.ts";
import { groupOf } from "./group.ts";
import { floorsOf, type Group } from "./model.ts";
import { neighbourPlan, reflectorPlans } from "./plans.ts";

const MEMBERS = `members:
  - {name: sea, address: "2001:db8:1::1", place: {lat: 47.61, lon: -122.33}}
  - {name: lon, address: "2001:db8:9::1", port: 20862, place: {lat: 51.51, lon: -0.13}}
  - {name: fra, address: "2001:db8:b::1"}
`;
const KEY = "0f".repeat(16);

const read = (text: string, key = KEY): Group => groupOf(`version: 1\nname: core\n${text}`, "core.yaml", () => key);

function refusal(text: string): { message: string; remedy: string } {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SrwanError) return { message: `${error.code} ${error.message}`, remedy: error.remedy };
  }
  throw new Error("it was taken");
}

describe("a group file", () => {
  it("needs to name its members and nothing else", () => {
    const group = read(MEMBERS);
    expect(group).toMatchObject({ name: "core", intervalMs: 1_000, fastIntervalMs: 100, key: undefined });
    expect(group.members.map(({ id, port }) => [id, port])).toEqual([
      ["sea", 862],
      ["lon", 20_862],
      ["fra", 862],
    ]);
  });

  it("gives the interval, the clocks' word and the key", () => {
    const group = read(`interval: 200ms\nfastInterval: 50ms\nclocksWithin: 500us\nkeyFile: core.key\n${MEMBERS}`);
    expect(group).toMatchObject({ intervalMs: 200, fastIntervalMs: 50, clocksWithinUs: 500 });
    expect(group.key).toHaveLength(16);
  });

  it.each([
    [MEMBERS.replace("name: lon", "name: sea"), "core.yaml:5", 'repeats the name "sea"'],
    [MEMBERS.replace("2001:db8:9::1", "2001:db8:1:0::1"), "core.yaml:5", "repeats the address"],
    [MEMBERS.replace("2001:db8:9::1", "192.0.2.1"), "core.yaml:5", "another family"],
    [MEMBERS.replace("2001:db8:9::1", "lon.example.net"), "core.yaml:5", "no IP address"],
    [`interval: 10ms\n${MEMBERS}`, "core.yaml:3", "out of range"],
    [`intervall: 1s\n${MEMBERS}`, "core.yaml:3", "intervall"],
    ["members:\n  - {name: sea, address: 192.0.2.1}\n", "core.yaml:3", "members"],
    [MEMBERS.replace("name: fra", 'name: "fra one"'), "core.yaml:6", "name"],
  ])("is refused with its line: %#", (text, line, what) => {
    const { message, remedy } = refusal(text);
    expect(message).toContain("GROUP_INVALID");
    expect(message).toContain(line);
    expect(message).toContain(what);
    expect(remedy).not.toBe("");
  });

  it("is refused with a key that guards nothing, and never shows it", () => {
    expect(() => read(`keyFile: core.key\n${MEMBERS}`, "secret")).toThrow(/core.yaml:3.*keyFile/);
    expect(() => read(`keyFile: core.key\n${MEMBERS}`, "secret")).not.toThrow(/secret/);
  });
});

it("no delay between two places is below that of light in glass, and unknown places bound nothing", () => {
  const floorUs = floorsOf(read(MEMBERS));
  const [sea, lon, fra] = ["sea", "lon", "fra"] as PeerId[] as [PeerId, PeerId, PeerId];
  // 7,690 km.
  expect(floorUs(sea, lon)).toBeGreaterThan(38_000);
  expect(floorUs(sea, lon)).toBeLessThan(39_000);
  expect(floorUs(lon, sea)).toBe(floorUs(sea, lon));
  expect(floorUs(sea, fra)).toBe(0);
});

it("a member signs and checks all with the group's key, and answers its neighbours only", () => {
  const group = read(`keyFile: core.key\n${MEMBERS}`);
  const [sea, lon] = group.members;
  if (sea === undefined || lon === undefined) throw new Error("no members");
  const probes = { namespace: "probe", port: 862 };
  expect(neighbourPlan(group, sea, lon, 100, {})).toMatchObject({
    mode: "authenticated",
    greets: true,
    intervalMs: 100,
  });
  const reflectors = reflectorPlans(group, sea, { probes });
  expect(reflectors.map(({ namespace }) => namespace)).toEqual([undefined, "probe", "probe"]);
  for (const reflector of reflectors) expect(reflector).toMatchObject({ mode: "authenticated", sources: "neighbours" });
});

it("a lab's clock goes wrong by its offset and by its drift since the lab came up", () => {
  const sinceUs = 1_700_000_000_000_000;
  const env = { SRWAN_CLOCK_OFFSET_US: "-500000", SRWAN_CLOCK_DRIFT_PPM: "50", SRWAN_CLOCK_SINCE_US: String(sinceUs) };
  const skew = skewFrom(env);
  if (skew === undefined) throw new Error("the clock is true");
  const startNs = BigInt(sinceUs) * 1_000n;
  expect(skewed(startNs, skew) - startNs).toBe(-500_000_000n);
  const laterNs = startNs + 60_000_000_000n;
  expect(skewed(laterNs, skew) - laterNs).toBe(-500_000_000n + 3_000_000n);
  expect(skewFrom({})).toBeUndefined();
  expect(() => skewFrom({ SRWAN_CLOCK_DRIFT_PPM: "much" })).toThrow(/SRWAN_CLOCK_DRIFT_PPM/);
});
