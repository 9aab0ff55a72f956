// The manual pages: every verb has one, a formatter that is not ours finds nothing wrong, and it reads well at 80 columns.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { manPages, writeManPages } from "../../scripts/man.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import { widest } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-man-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("there is a page for every verb", () => {
  const wanted = VERBS.filter(({ hidden }) => !hidden).map(({ name }) => `srwan-${name.replaceAll(" ", "-")}.1`);
  expect([...manPages().keys()].toSorted()).toEqual(["srwan.1", ...wanted].toSorted());
});

it("mandoc finds nothing to warn of", ({ skip }) => {
  if (spawnSync("mandoc", ["-Tlint", "/dev/null"]).error) skip("mandoc is not installed (make setup installs it)");
  const files = writeManPages(join(folder, "pages")).map((name) => join(folder, "pages", name));
  const { stdout } = spawnSync("mandoc", ["-Tlint", "-Wwarning", ...files], { encoding: "utf8" });
  // Pages have no date, so that the same source makes the same page.
  const warnings = stdout.split("\n").filter((line) => line !== "" && !line.includes("WARNING: missing date"));
  expect(warnings).toEqual([]);
});

it("a page reads as help does", ({ skip }) => {
  if (spawnSync("mandoc", ["-Tlint", "/dev/null"]).error) skip("mandoc is not installed (make setup installs it)");
  const input = manPages().get("srwan-explain.1") ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bold as typewriters made it
  const text = spawnSync("mandoc", ["-Tascii"], { encoding: "utf8", input }).stdout.replaceAll(/.\u0008/g, "");
  expect(text).toMatch(/^NAME\n +srwan-explain - why a policy is where it is/m);
  expect(text).toMatch(/^ +srwan explain POLICY \[flags\]$/m);
  expect(widest(text)).toBeLessThanOrEqual(80);
});
