// The house as it stands: every rule holds over every file of the project.

import { describe, expect, it } from "vitest";
import { NOT_FROM_CODE, referencePages, verbPath } from "../../scripts/reference.ts";
import { ERRORS } from "../../src/base/errors.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import * as rules from "./rules.ts";
import { breachText, isTest, type Rule, readTree } from "./tree.ts";

const tree = readTree();
const text = (path: string): string => tree.find((file) => file.path === path)?.text ?? "";

describe("the house", () => {
  const all = Object.entries(rules) as [string, Rule][];
  it.each(all)("keeps the rule %s", (_name, rule) => {
    expect(rule(tree).map(breachText)).toEqual([]);
  });

  it("has a reference page for every verb", () => {
    const missing = VERBS.filter((verb) => !verb.hidden && text(verbPath(verb)) === "").map((verb) => verb.name);
    expect(missing, "run `make docs`").toEqual([]);
  });

  it("has reference pages that say what the code says", async () => {
    const pages = await referencePages();
    const drifted = [...pages].filter(([path, page]) => text(path) !== page).map(([path]) => path);
    const orphans = tree
      .map((file) => file.path)
      .filter((path) => path.startsWith("docs/reference/") && !pages.has(path) && !NOT_FROM_CODE.includes(path));
    expect({ drifted, orphans }, "run `make docs`, and remove pages of what is gone").toEqual({
      drifted: [],
      orphans: [],
    });
  });

  it("raises every error code somewhere", () => {
    const source = tree.filter(
      (file) => file.path.startsWith("src/") && !isTest(file.path) && file.path.endsWith(".ts"),
    );
    const code = source.filter((file) => file.path !== "src/base/errors.ts");
    const self = text("src/base/errors.ts").split("/** Anything thrown")[1] ?? "";
    const unused = Object.keys(ERRORS).filter(
      (name) => !code.some((file) => file.text.includes(`"${name}"`)) && !self.includes(`"${name}"`),
    );
    expect(unused, "remove the code from src/base/errors.ts, or raise it").toEqual([]);
  });

  it("lists every dependency with its reason, and no other", () => {
    const manifest = JSON.parse(text("package.json"));
    const used = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((k) =>
      Object.keys(manifest[k] ?? {}),
    );
    const listed = [...text("docs/dependencies.md").matchAll(/^\| `([^`]+)` \|[^|]*\| *\S[^|]*\|$/gm)].map((m) => m[1]);
    expect(listed.toSorted()).toEqual(used.toSorted());
  });

  it("pins every dependency to one exact version", () => {
    const manifest = JSON.parse(text("package.json"));
    const versions = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((k) =>
      Object.entries(manifest[k] ?? {}),
    );
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });
});
