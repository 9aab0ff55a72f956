// Totals of what the edge refused: over tables that are put in anew, and over looks that failed.

import { describe, expect, it } from "vitest";
import { Refusals } from "./refusals.ts";

const read = (header: bigint, source: bigint) => new Map(Object.entries({ header, source }));

describe("packets that the edge refused", () => {
  it("count from the first look on, each kind from nothing", () => {
    const refusals = new Refusals();
    refusals.take(read(500n, 0n));
    expect([...refusals.totals]).toEqual([...read(0n, 0n)]);
    refusals.take(read(507n, 2n));
    expect([...refusals.totals]).toEqual([...read(7n, 2n)]);
  });

  it("never go back when the table is put in anew, nor when it cannot be read", () => {
    const refusals = new Refusals();
    for (const seen of [read(0n, 0n), read(9n, 1n), undefined, read(4n, 0n), read(5n, 0n)]) refusals.take(seen);
    expect([...refusals.totals]).toEqual([...read(14n, 1n)]);
  });
});
