// What was told is told until it is kept, also by the next start; numbers never repeat; the bound holds and events outlive
// measurements.

import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Spool, type Told } from "./spool.ts";
import { StateFolder } from "./state-folder.ts";

let path = "";
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "srwan-spool-"));
});
afterEach(() => rmSync(path, { recursive: true }));

const open = (maxOctets?: number): Spool => new Spool(new StateFolder(path), maxOctets);
const event = (text: string): Told => ({ kind: "event", atMs: 1, type: "started", subject: "sea", text, data: {} });
const measured = (atMs: number): Told => ({ kind: "measured", atMs, intervalMs: 1_000, cells: [], paths: [] });
const numbers = (spool: Spool): number[] => [...spool.after(0)].map(({ number }) => number);

it("gives each telling the next number, and forgets what is kept", () => {
  const spool = open();
  for (const text of ["a", "b", "c"]) spool.add(event(text));
  expect(numbers(spool)).toEqual([1, 2, 3]);
  spool.kept(2);
  expect([numbers(spool), spool.last]).toEqual([[3], 3]);
  expect(JSON.parse([...spool.after(0)][0]?.text ?? "")).toMatchObject({ kind: "event", number: 3, text: "c" });
});

it("goes on after a kill, a torn line and all", () => {
  const spool = open();
  spool.add(event("a"));
  spool.add(event("b"));
  appendFileSync(join(path, "spool.jsonl"), '{"kind":"event","numb');
  const next = open();
  expect([numbers(next), next.last]).toEqual([[1, 2], 2]);
  next.add(event("c"));
  expect(numbers(open())).toEqual([1, 2, 3]);
});

it("goes on from the number that the service knows, where its own disk was lost", () => {
  const spool = open();
  spool.kept(41);
  spool.add(event("a"));
  expect(numbers(spool)).toEqual([42]);
});

it("stays within its bound: old measurements go first, and no event while there are others", () => {
  const spool = open(2_000);
  spool.add(event("first"));
  for (let i = 0; i < 200; i++) spool.add(measured(i));
  spool.add(event("last"));
  const all = [...spool.after(0)].map(({ text }) => JSON.parse(text));
  expect(all.reduce((sum, one) => sum + JSON.stringify(one).length, 0)).toBeLessThanOrEqual(2_000);
  expect(all.filter(({ kind }) => kind === "event").map(({ text }) => text)).toEqual(["first", "last"]);
  expect([all.at(-2)?.atMs, spool.dropped > 100]).toEqual([199, true]);
});

it("keeps its last number when nothing is left and the file was written anew", () => {
  const spool = open();
  for (let i = 0; i < 20_000; i++) spool.add(measured(i));
  spool.kept(20_000);
  const next = open();
  expect([next.last, next.waiting]).toEqual([20_000, 0]);
});
