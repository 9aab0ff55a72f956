// The model and its reader: what is missing stays missing, order changes nothing, and every error says where.

import { describe, expect, it } from "vitest";
import { SrwanError } from "../../base/errors.ts";
import { Matrix } from "./matrix.ts";
import { readMatrix } from "./matrix-file.ts";
import type { MatrixFile, SegmentSpec } from "./matrix-schema.ts";

const pops = ["nyc", "fra", "sin"].map((name) => ({ name }));
const segment = (from: string, transit: string, to: string, rest: Partial<SegmentSpec> = {}): SegmentSpec => ({
  from,
  transit,
  to,
  ...rest,
});
const fileOf = (segments: readonly SegmentSpec[]): MatrixFile => ({ version: 1, pops, segments: [...segments] });
const read = (value: unknown) => readMatrix(JSON.stringify(value), "m.json");

function refusal(value: unknown): { message: string; remedy: string } {
  try {
    read(value);
  } catch (error) {
    if (error instanceof SrwanError && error.code === "MATRIX_INVALID") return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("the matrix", () => {
  it("keeps what was not measured as missing, null and left out alike, and a zero delay too", () => {
    const m = read(
      fileOf([
        segment("fra", "a", "nyc"),
        segment("fra", "b", "nyc", { delayUs: null, lossPpm: null, priceMicroPerGB: null }),
        segment("fra", "c", "nyc", { delayUs: 0, boundUs: 5 }),
      ]),
    );
    for (const id of [0, 1, 2]) {
      expect([m.delayUs(id), m.boundUs(id), m.jitterUs(id), m.lossPpm(id)]).toEqual(Array(4).fill(undefined));
      expect([m.availableBps(id), m.residualBps(id), m.priceMicroPerGB(id)]).toEqual(Array(3).fill(undefined));
    }
  });

  it("gives back what was written, a loss of zero and a negative delay too", () => {
    const m = read(
      fileOf([
        segment("fra", "a", "nyc", {
          delayUs: -9_000_000,
          boundUs: 12,
          lossPpm: 0,
          availableBps: 1e9,
          reservedBps: 4e8,
          priceMicroPerGB: "infinity",
          riskGroups: ["duct-7"],
        }),
      ]),
    );
    expect([m.delayUs(0), m.boundUs(0), m.lossPpm(0), m.residualBps(0), m.priceMicroPerGB(0)]).toEqual([
      -9_000_000,
      12,
      0,
      6e8,
      "infinity",
    ]);
    expect(m.traitsOf(0).riskGroups).toEqual(["duct-7"]);
  });

  it("numbers segments by name whatever the order of the file, and finds them", () => {
    const segments = [segment("sin", "b", "fra"), segment("fra", "b", "nyc"), segment("fra", "a", "nyc")];
    const names = (m: Matrix) => Array.from({ length: m.segmentCount }, (_, id) => m.segmentName(id));
    const m = new Matrix(fileOf(segments));
    expect(names(m)).toEqual(["fra/a>nyc", "fra/b>nyc", "sin/b>fra"]);
    expect(names(new Matrix({ pops: [...pops].reverse(), segments: [...segments].reverse() }))).toEqual(names(m));
    const [fra = -1, nyc = -1, sin = -1] = ["fra", "nyc", "sin"].map((name) => m.popId(name));
    expect([m.segmentsBetween(fra, nyc), m.segmentsBetween(nyc, fra), m.segmentsBetween(sin, fra)]).toEqual([
      [0, 1],
      [],
      [2],
    ]);
    expect([...m.inSegment.slice(m.inStart[fra], m.inStart[fra + 1])]).toEqual([2]);
  });

  it("forgets what a new measurement does not say", () => {
    const m = new Matrix(fileOf([segment("fra", "a", "nyc", { delayUs: 40_000, boundUs: 10, lossPpm: 3 })]));
    m.record(0, { delayUs: 41_000, boundUs: 12 });
    expect([m.delayUs(0), m.boundUs(0), m.lossPpm(0)]).toEqual([41_000, 12, undefined]);
  });

  it.each([
    [
      "a misspelt field",
      { segments: [{ from: "fra", transit: "a", to: "nyc", delayus: 4 }] },
      "segments[0].delayus",
      "delayUs",
    ],
    ["a POP that is not there", { segments: [segment("fra", "a", "nyx")] }, "segments[0].to = nyx", "nyc"],
    ["a segment to itself", { segments: [segment("fra", "a", "fra")] }, "ends where it begins", "Leave it out"],
    [
      "a delay without a bound",
      { segments: [segment("fra", "a", "nyc", { delayUs: 5 })] },
      "segments[0].boundUs",
      "exact",
    ],
    [
      "a segment twice",
      { segments: [segment("fra", "a", "nyc"), segment("fra", "a", "nyc")] },
      "fra/a>nyc",
      "Keep one",
    ],
    ["a POP twice", { pops: [{ name: "fra" }, { name: "fra" }] }, '"fra" is there twice', "name of its own"],
    ["a country in words", { pops: [{ name: "fra", country: "Germany" }] }, 'pops[0].country = "Germany"', "ISO 3166"],
  ])("refuses %s, saying where and what to do", (_what, part, where, remedy) => {
    const refused = refusal({ ...fileOf([]), ...part });
    expect(refused.message).toContain(where);
    expect(refused.message).toContain("m.json");
    expect(refused.remedy).toContain(remedy);
  });

  it("refuses what is no JSON", () => {
    expect(() => readMatrix("{", "m.json")).toThrow(/m\.json:1: neither YAML nor JSON/);
  });
});
