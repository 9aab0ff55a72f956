// What help and pages say of the verbs that need nothing but files is run, from top to bottom; `SRWAN_REFRESH=1` writes the
// pages' answers anew.

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnswersHeard } from "../../test/support/answers.ts";
import { srwan } from "../../test/support/cli.ts";
import { answered } from "../../test/support/console.ts";
import { DEFAULTS } from "../topology/engine/decide/schema.ts";
import { KINDS } from "../topology/engine/sim/generate.ts";
import { VERBS } from "./verbs/index.ts";

const NAMES = ["paths", "simulate", "journal replay", "plan coverage"];
const PAGES = ["plan-paths", "plan-sites", "try-decisions"];

/** Where a reader stands, without what commands leave behind. */
const folder = mkdtempSync(join(tmpdir(), "srwan-offline-"));
const home = process.cwd();
beforeAll(() => {
  symlinkSync(resolve("labs"), join(folder, "labs"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const heard = new AnswersHeard();
const typed = (command: string) =>
  srwan(
    command
      .split(" ")
      .slice(1)
      .map((word) => word.replaceAll("'", "")),
    {},
    heard.listening,
  );

describe("each example in the help of", () => {
  it.each(NAMES)("srwan %s works, and answers as is published", async (name) => {
    const examples = VERBS.find((verb) => verb.name === name)?.examples ?? [];
    expect(examples.length).toBeGreaterThan(1);
    for (const { command } of examples) {
      const { exit, out, err } = await typed(command);
      expect([exit, err], command).toEqual([0, ""]);
      expect(out.length, command).toBeGreaterThan(0);
    }
    expect(heard.taken()).toEqual([]);
    expect(heard.verbs).toContain(name);
  });
});

describe("the page", () => {
  it.each(PAGES)("docs/how-to/%s.md shows what its commands answer", async (name) => {
    const path = join(home, "docs/how-to", `${name}.md`);
    const now = await answered(
      readFileSync(path, "utf8"),
      async (command) => {
        const { out, err } = await typed(command);
        return out + err;
      },
      (text) => text,
    );
    await expect(now).toMatchFileSnapshot(path);
    expect(heard.taken()).toEqual([]);
  });
});

describe("the comparison in docs/explanation/decisions.md", () => {
  const page = readFileSync("docs/explanation/decisions.md", "utf8");
  const rows = [
    ...page.matchAll(/^(\w+) +(default only|10 % \+ 1 s hold|10 ms and 10 %, 24 × 5 s|srwan) +\S+ +(\d+) /gm),
  ];

  it("has every kind of trace and every way, and none of ours above the cap", () => {
    expect(new Set(rows.map(([, kind]) => kind))).toEqual(new Set(KINDS));
    expect(rows).toHaveLength(KINDS.length * 4);
    const ours = rows.filter(([, , way]) => way === "srwan").map(([, , , most]) => Number(most));
    expect(Math.max(...ours)).toBeLessThanOrEqual(DEFAULTS.flipsPerHour);
  });
});
