// The pages of the libraries are run: each example prints what stands below it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as netconf from "../../src/netconf/index.ts";
import * as srv6 from "../../src/srv6/index.ts";
import { workedExamples } from "../support/examples.ts";

describe.each([
  { name: "srv6", library: srv6, worked: 3, named: 20 },
  { name: "netconf", library: netconf, worked: 3, named: 25 },
])("docs/reference/$name-library.md", ({ name, library, worked, named }) => {
  const page = readFileSync(`docs/reference/${name}-library.md`, "utf8");
  const examples = workedExamples(page);

  it("has its three examples", () => {
    expect(examples.map(({ title }) => title)).toHaveLength(worked);
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
    const functions = [...table.matchAll(/`([A-Za-z]\w+)`/g)].map(([, word = ""]) => word);
    const values = functions.filter((word) => /^[a-z]/.test(word));
    expect(values.filter((word) => !(word in library))).toEqual([]);
    expect(values.length).toBeGreaterThan(named);
  });
});
