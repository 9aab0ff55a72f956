// The row: it fits, it says what it was given as nearly as it claims, and it refuses what is not a row of this group.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DirectionStats, PeerId, Row, RowCell } from "./model.ts";
import { ageRow, decodeRow, encodeRow, readRowHeader, rowOctets } from "./row-tlv.ts";

const group = (count: number): PeerId[] => Array.from({ length: count }, (_, i) => `pop-${i}` as PeerId);
const NOW = 1_800_000_000_000_000_000n;

const loss = fc.oneof(fc.constant(0), fc.constant(1_000_000), fc.integer({ min: 1, max: 999_999 }));
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });

const stats: fc.Arbitrary<DirectionStats> = fc
  .record({
    minUs: fc.integer({ min: -33_000_000, max: 33_000_000 }),
    p5: fc.integer({ min: 0, max: 20_000 }),
    p50: fc.integer({ min: 0, max: 200_000 }),
    p95: fc.integer({ min: 0, max: 1_000_000 }),
    jitterUs: fc.integer({ min: 0, max: 500_000 }),
    lossPpm: maybe(loss),
    ageMs: fc.integer({ min: 0, max: 60_000 }),
    samples: fc.integer({ min: 1, max: 5_000 }),
    stampErrorUs: fc.integer({ min: 1, max: 100_000 }),
  })
  .map(({ minUs, p5, p50, p95, ...rest }) => ({
    ...rest,
    minUs,
    p5Us: minUs + p5,
    p50Us: minUs + p5 + p50,
    p95Us: minUs + p5 + p50 + p95,
    reorderedPpm: undefined,
    duplicatedPpm: undefined,
  }));

const cell: fc.Arbitrary<RowCell> = fc
  .record({
    out: maybe(stats),
    lossOnly: maybe(loss),
    back: fc.integer({ min: 100, max: 2_000_000 }),
    inLossPpm: maybe(loss),
  })
  .map(({ out, lossOnly, back, inLossPpm }) => ({
    out,
    outLossPpm: out === undefined ? lossOnly : out.lossPpm,
    // What the way back shows is its own delay less the same offset.
    inMinUs: out === undefined ? undefined : back - out.minUs,
    inLossPpm,
  }));

function rowOf(cells: readonly RowCell[], members: readonly PeerId[], owner: number): Row {
  const peers = members.filter((_, i) => i !== owner);
  const told = peers.map((peer, i): [PeerId, RowCell | undefined] => [peer, cells[i]]);
  return {
    member: members[owner] as PeerId,
    sequence: 1_700_000_001,
    madeNs: NOW,
    cells: new Map(told.filter((entry): entry is [PeerId, RowCell] => entry[1] !== undefined)),
  };
}

const near = (told: number, given: number, share: number, unit: number): boolean =>
  Math.abs(told - given) <= Math.abs(given) * share + unit;

describe("a row", () => {
  it("towards 99 peers fits an authenticated packet of 1,232 octets with its HMAC", () => {
    const base = 112;
    const guard = 4 + 16;
    expect(base + 4 + rowOctets(100) + guard).toBeLessThanOrEqual(1_232);
  });

  it("says what it was given, each number as nearly as its width lets it", () => {
    const members = group(12);
    fc.assert(
      fc.property(fc.array(cell, { minLength: 11, maxLength: 11 }), fc.nat(11), (cells, owner) => {
        const row = rowOf(cells, members, owner);
        const octets = encodeRow(row, members, true);
        ageRow(octets, 1_500);
        const read = decodeRow(octets, members, NOW);
        if (typeof read === "string") throw new Error(read);
        expect(read).toMatchObject({ member: row.member, sequence: row.sequence, madeNs: NOW - 1_500_000_000n });
        for (const [peer, given] of row.cells) expectNear(read.cells.get(peer), given);
      }),
    );
  });

  it("leaves out what is missing, and never tells it as zero", () => {
    const members = group(3);
    const row = rowOf([{ out: undefined, outLossPpm: 1_000_000, inMinUs: undefined, inLossPpm: 0 }], members, 0);
    const read = decodeRow(encodeRow(row, members, true), members, NOW);
    expect(typeof read !== "string" && [...read.cells]).toEqual([
      ["pop-1", { out: undefined, outLossPpm: 1_000_000, inMinUs: undefined, inLossPpm: 0 }],
    ]);
  });

  it("leaves a delay out where the clocks are too far apart for its field", () => {
    const members = group(2);
    const far = fc.sample(stats, 1)[0] as DirectionStats;
    const row = rowOf(
      [{ out: { ...far, minUs: 40_000_000 }, outLossPpm: 5, inMinUs: -39_000_000, inLossPpm: 0 }],
      members,
      0,
    );
    const read = decodeRow(encodeRow(row, members, true), members, NOW);
    expect(typeof read !== "string" && read.cells.get("pop-1" as PeerId)?.out).toBeUndefined();
  });

  it("is refused by a member that knows the group otherwise", () => {
    const members = group(4);
    const octets = encodeRow(rowOf([], members, 1), members, true);
    expect(decodeRow(octets, [...members].reverse(), NOW)).toBe("row-group");
    expect(decodeRow(octets, group(5), NOW)).toBe("row-group");
    expect(decodeRow(octets.subarray(0, -1), members, NOW)).toBe("row-length");
    expect(decodeRow(octets.with(0, 9), members, NOW)).toBe("row-version");
    expect(decodeRow(octets.with(10, 200), members, NOW)).toBe("row-group");
  });

  it("is read from any octets without a fault", () => {
    const members = group(100);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_300 }), (octets) => {
        readRowHeader(octets);
        decodeRow(octets, members, NOW);
      }),
    );
  });
});

function expectNear(read: RowCell | undefined, given: RowCell): void {
  if (given.out === undefined && given.outLossPpm === undefined && given.inLossPpm === undefined) {
    expect(read).toBeUndefined();
    return;
  }
  expectLoss(read?.outLossPpm, given.outLossPpm, 1 / 16, 4);
  expectLoss(read?.inLossPpm, given.inLossPpm, 1 / 2, 32);
  const [told, out] = [read?.out, given.out];
  if (out === undefined || told === undefined) {
    expect(told).toBe(out);
    return;
  }
  expect(told.minUs).toBe(out.minUs);
  const above = (us: number): number => us - out.minUs;
  expect(near(above(told.p50Us), above(out.p50Us), 1 / 32, 2)).toBe(true);
  expect(near(above(told.p95Us), above(out.p95Us), 1 / 16, 4)).toBe(true);
  expect(near(told.jitterUs, out.jitterUs, 1 / 16, 4)).toBe(true);
  expect(told.p5Us).toBeLessThanOrEqual(told.p50Us);
  expect(told.ageMs).toBeGreaterThanOrEqual(out.ageMs);
  expect(told.samples).toBeLessThanOrEqual(out.samples);
  // The bound of the median holds what was rounded away.
  expect(told.stampErrorUs).toBeGreaterThanOrEqual(out.stampErrorUs);
  expect(told.p50RoundedUs).toBeGreaterThanOrEqual(Math.abs(told.p50Us - out.p50Us) - 1);
  const roundTrip = (given.inMinUs ?? 0) + out.minUs;
  expect(near((read?.inMinUs ?? 0) + told.minUs, roundTrip, 1 / 512, 1)).toBe(true);
}

function expectLoss(told: number | undefined, given: number | undefined, share: number, unit: number): void {
  if (given === undefined || given === 0 || given === 1_000_000) expect(told).toBe(given);
  else {
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(1_000_000);
    // Past the largest step but one, some loss is told as that step.
    if (given < 750_000) expect(near(told ?? 0, given, share, unit)).toBe(true);
  }
}
