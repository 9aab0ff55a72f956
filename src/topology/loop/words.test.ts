// A path that was left and lives again is called back after a while, later each time, and never while it is dead.

import { expect, it } from "vitest";
import type { Applied } from "../../wire/report.ts";
import { Words } from "./words.ts";

const told = (active: "paths" | "backup", state: Applied["policies"][number]["paths"][number]["state"]) => ({
  policies: [{ name: "gold", active, paths: [{ name: "p", state, actualUs: null, why: "" }] }],
});

it("gives its word when the path has been proved for ten seconds, and not before", () => {
  const words = new Words();
  words.take(told("backup", "unproved"), 0);
  expect(words.tick(60_000)).toBe(false);
  words.take(told("backup", "proved"), 60_000);
  expect([words.tick(69_999), words.of("gold")]).toEqual([false, undefined]);
  expect([words.tick(70_000), words.of("gold")]).toEqual([true, 70]);
  expect(words.tick(200_000)).toBe(false);
});

it("begins anew when the path dies meanwhile, and waits longer after each return that did not last", () => {
  const words = new Words();
  words.take(told("backup", "proved"), 0);
  words.take(told("backup", "unproved"), 5_000);
  words.take(told("backup", "proved"), 6_000);
  expect([words.tick(15_999), words.tick(16_000)]).toEqual([false, true]);
  words.take(told("paths", "carrying"), 17_000);
  words.take(told("backup", "proved"), 20_000);
  expect([words.tick(39_999), words.tick(40_000)]).toEqual([false, true]);
  words.take(told("backup", "proved"), 1_000_000);
  expect(words.tick(1_010_000)).toBe(true);
});
