// The journal of a transaction, read after any cut.

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/support/outcome.ts";
import { folderJournals } from "./journal.ts";
import { type Head, readJournal, type Step } from "./record.ts";

const head: Head = {
  step: "begin",
  journal: "srwan.transaction",
  version: 1,
  id: "0123456789abcdef",
  atUs: "1800000000000000",
  confirmMs: 60_000,
  changes: [{ device: "sea", edit: "<a/>", expected: "<a/>", readBack: { kind: "subtree", elements: "<a/>" } }],
};
const committing: Step = { step: "committing", device: "sea", atUs: "1800000000000001", persist: "token" };
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

describe("the lines of a journal", () => {
  it("are what is known of each device, and half a line is none", () => {
    const text = line(head) + line(committing);
    for (const torn of ["", '{"step":"decis', line({ step: "decision", atUs: "1", keep: true }).trimEnd()]) {
      const state = readJournal(text + torn, "j");
      expect([state?.devices.get("sea")?.committing?.persist, state?.keep]).toEqual(["token", undefined]);
    }
    expect(readJournal(text + line({ step: "decision", atUs: "1", keep: true }), "j")?.keep).toBe(true);
    expect(readJournal('{"step":"begin"', "j")).toBeUndefined();
  });

  it.each([
    ["no JSON", `${line(head)}nonsense\n`, "j:2: is not JSON"],
    ["another beginning", line({ ...head, version: 2 }), "j:1: version"],
    ["a step nobody knows", line(head) + line({ step: "guess", atUs: "1" }), "j:2:"],
    ["a device that is not in it", line(head) + line({ ...committing, device: "chi" }), 'device = "chi"'],
  ])("are refused where they hold %s", (_what, text, said) => {
    expect(refusal("TRANSACTION_JOURNAL_INVALID", () => readJournal(text, "j")).message).toContain(said);
  });
});

describe("a folder of journals", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "journals-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps each transaction in a file that only we can read, until its end", () => {
    const store = folderJournals(folder);
    const journal = store.begin(head);
    journal.write(committing);
    const path = join(folder, `${head.id}.jsonl`);
    expect(readFileSync(path, "utf8")).toBe(line(head) + line(committing));
    expect(statSync(path).mode & 0o077).toBe(0);
    // While its process lives it is nobody else's to settle.
    expect(folderJournals(folder).open()).toEqual([]);
    journal.close();
    const [found] = store.open();
    expect(found?.state.devices.get("sea")?.committing).toEqual(committing);
    found?.write({ step: "end", atUs: "1800000000000002", outcome: null });
    found?.close();
    expect(store.open()).toEqual([]);
  });
});
