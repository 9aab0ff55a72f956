// The running median is the median of the last values, whatever comes.

import fc from "fast-check";
import { expect, it } from "vitest";
import { MedianWindows } from "./windows.ts";

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] as number;

it("gives the lower median of each segment's last values, however they come mixed", () => {
  const pushes = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: -20, max: 20 })), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), pushes, (width, all) => {
      const windows = new MedianWindows(3, width);
      const seen: number[][] = [[], [], []];
      for (const [segment, value] of all) {
        windows.push(segment, value);
        seen[segment]?.push(value);
        expect(windows.median(segment)).toBe(medianOf((seen[segment] as number[]).slice(-width)));
      }
    }),
  );
});

it("has no median where there is no value, and forgets what it is told to", () => {
  const windows = new MedianWindows(2, 3);
  windows.push(0, 7);
  expect(windows.median(1)).toBeNaN();
  windows.clear(0);
  expect(windows.median(0)).toBeNaN();
  windows.push(0, 9);
  expect(windows.median(0)).toBe(9);
});
