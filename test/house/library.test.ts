// The page of the library is run: each example prints what stands below it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as srv6 from "../../src/srv6/index.ts";
import { workedExamples } from "../support/examples.ts";

const page = readFileSync("docs/reference/srv6-library.md", "utf8");

describe("docs/reference/srv6-library.md", () => {
  const examples = workedExamples(page);

  it("has its three examples", () => {
    expect(examples.map(({ title }) => title)).toHaveLength(3);
  });

  it.each(examples)("prints what it says: $title", ({ code, output }) => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", code], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(output);
  });

  it("names nothing that the library lacks", () => {
    const table = page.slice(page.indexOf("| what |"), page.indexOf("\n\n", page.indexOf("| what |")));
    const functions = [...table.matchAll(/`([a-z]\w+)`/g)].map(([, name = ""]) => name);
    expect(functions.filter((name) => !(name in srv6))).toEqual([]);
    expect(functions.length).toBeGreaterThan(20);
  });
});
