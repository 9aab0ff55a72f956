// The arithmetic under every published figure.

import { expect, it } from "vitest";
import { atLeast, atMost, interleaved, median, processMs } from "./lib.ts";

it("takes the middle, or the mean of the two in the middle", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
});

it("runs contenders in turn and does not count the first round", async () => {
  const order: string[] = [];
  const values = { a: [100, 1, 2, 3], b: [100, 4, 5, 6] };
  const take = (name: "a" | "b") => () => {
    order.push(name);
    return values[name].shift() ?? Number.NaN;
  };
  expect(await interleaved({ a: take("a"), b: take("b") }, 3)).toEqual({ a: 2, b: 5 });
  expect(order.join("")).toBe("abababab");
});

it("says of a goal whether it holds, at the limit too", () => {
  expect([atMost("x", 10, "ms", 10).holds, atMost("x", 10.1, "ms", 10).holds]).toEqual([true, false]);
  expect([atLeast("x", 2.5, "×", 2.5).holds, atLeast("x", 2.4, "×", 2.5).holds]).toEqual([true, false]);
});

it("does not take a process that failed for a fast one", () => {
  expect(() => processMs("sh", ["-c", "exit 3"])).toThrow(/ended with 3/);
});
