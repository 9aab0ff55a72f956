// What an epoch comes to here beside what the chain settled.

import { describe, expect, it } from "vitest";
import { attemptOn, type ChunkText, differsFrom, isOf, isWhole } from "./settled.ts";

const chunk = (place: number, more: Record<string, string> = {}): ChunkText => ({
  epoch: 9,
  chunk: place,
  batch: JSON.stringify({
    epoch: "9",
    chunk: `${place}`,
    chunks: "2",
    attempt: "1",
    ticketsRoot: "0xaa",
    ticketCount: "3",
    entriesHash: `0x0${place}`,
    fee: "5",
    ...more,
  }),
});
const both = [chunk(0), chunk(1)];

describe("an epoch made again", () => {
  it("is what the chain settled where every word of every chunk is", () => {
    expect(differsFrom(both, [chunk(1), chunk(0)])).toBeUndefined();
    expect([isWhole(both), attemptOn(both)]).toEqual([true, 1]);
  });

  it.each([
    ["ticketsRoot", "0xbb"],
    ["entriesHash", "0xcc"],
    ["ticketCount", "4"],
    ["fee", "6"],
    ["attempt", "2"],
  ])("is another where its %s is, and that is said", (field, value) => {
    const other = [chunk(0), chunk(1, { [field]: value })];
    const holds = (JSON.parse(chunk(1).batch) as Record<string, string>)[field];
    expect(differsFrom(both, other)).toBe(`chunk 1: it comes to ${field} ${value}, and the chain holds ${holds}`);
  });

  it("is another where it has fewer chunks, or none", () => {
    expect(differsFrom(both, [chunk(0)])).toBe("it comes to chunks 1, and the chain holds 2");
    expect(differsFrom(both, [])).toBe("it comes to chunks 0, and the chain holds 2");
  });

  it("is held to the chunks that are there where the chain's epoch stayed incomplete", () => {
    const part = [chunk(0)];
    expect(isWhole(part)).toBe(false);
    expect(differsFrom(part, both)).toBeUndefined();
    expect(differsFrom(part, [chunk(0, { fee: "6" }), chunk(1)])).toContain("fee 6");
  });

  it("contradicts nothing where the chain settled nothing", () => {
    expect(differsFrom([], both)).toBeUndefined();
    expect([isWhole([]), attemptOn([])]).toEqual([false, 0]);
  });
});

it("chunks are of the batch on the chain by its root and their number", () => {
  expect(isOf("0xaa", 2, both)).toBe(true);
  expect(isOf("0xbb", 2, both)).toBe(false);
  expect(isOf("0xaa", 3, both)).toBe(false);
});
