// A way of which only one direction died, as its sender, its receiver and a third member show it.

import { expect, it } from "vitest";
import { PulseGroup } from "../../../test/support/pulse-group.ts";
import type { Cell } from "../model.ts";

it.each([0, 1, 2])("a way that alone died ages, and then holds no delay and is all lost (held by %i)", (observer) => {
  const cut = { from: 1, to: 2, atS: 62 };
  const group = new PulseGroup({ seed: 9, size: 4, loss: 0, cuts: [cut], observers: [observer] });
  const cell = (from: number, to: number): Cell | undefined =>
    group.matrices
      .get(observer)
      ?.cells(group.clockNs(observer))
      .find((one) => one.from === group.members[from] && one.to === group.members[to]);
  const told = new Map<number, Cell | undefined>();
  group.run(110, (s) => told.set(s, cell(1, 2)));
  // Its receiver has no more rows of its sender, and knows by the silence.
  const [aged, gone] = [told.get(72), told.get(100)];
  if (observer !== 2) expect(aged?.ageMs).toBeGreaterThanOrEqual(9_000);
  expect(aged?.lossPpm).toBeGreaterThan(100_000);
  expect([gone?.p50Us, gone?.ageMs, gone?.lossPpm]).toEqual([undefined, undefined, 1_000_000]);
  // Of the way back it knows by answers alone, and none comes: not known, never zero.
  const back = observer === 2 ? undefined : 0;
  expect([cell(2, 1)?.lossPpm, cell(0, 1)?.lossPpm, cell(0, 2)?.lossPpm]).toEqual([back, 0, 0]);
  expect(group.matrices.get(observer)?.contradictions(group.clockNs(observer))).toEqual([]);
});
