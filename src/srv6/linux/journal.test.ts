// The journal as a file: what was claimed survives, a torn line does not count, and settling lets the rest go.

import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { fileJournal } from "./journal.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-journal-"));
const path = join(folder, "deep", "owned");
const claimed = (): string[] => [...fileJournal(path).claimed()].sort();

afterEach(() => rmSync(join(folder, "deep"), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the ownership journal", () => {
  it("knows what an earlier process claimed", () => {
    fileJournal(path).claim(["hmac 1", "route a"]);
    fileJournal(path).claim(["hmac 2"]);
    expect(claimed()).toEqual(["hmac 1", "hmac 2", "route a"]);
  });

  it("keeps only what is settled, and goes on from there", () => {
    const journal = fileJournal(path);
    journal.claim(["hmac 1", "hmac 2"]);
    journal.settle(["hmac 2"]);
    journal.claim(["hmac 3"]);
    expect(claimed()).toEqual(["hmac 2", "hmac 3"]);
  });

  it("does not believe a line that a crash cut off", () => {
    fileJournal(path).claim(["hmac 1"]);
    appendFileSync(path, "hmac 22");
    expect(claimed()).toEqual(["hmac 1"]);
  });

  it("goes on after a line that a crash cut off", () => {
    fileJournal(path).claim(["hmac 1"]);
    appendFileSync(path, "hmac 2");
    fileJournal(path).claim(["hmac 3"]);
    expect(claimed()).toContain("hmac 3");
  });

  it("is nobody else's to read", () => {
    fileJournal(path).claim(["hmac 1"]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });
});
