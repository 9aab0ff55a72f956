// Each house rule fires on a tree that breaks it, and its line names the rule, the file and the mend.

import { describe, expect, it } from "vitest";
import * as rules from "./rules.ts";
import { breachText, codeOnly, importsOf, type Rule } from "./tree.ts";

const said = (rule: Rule, path: string, text: string): string[] => rule([{ path, text }]).map(breachText);
const top = "// What it is for.\n";

describe("a broken house", () => {
  it("names an import from srv6 to topology", () => {
    const [line] = said(
      rules.importDirection,
      "src/srv6/sid.ts",
      `${top}import { best } from "../topology/engine/paths.ts";`,
    );
    expect(line).toBe(
      "import-direction: src/srv6/sid.ts:2: srv6 imports topology (../topology/engine/paths.ts). " +
        "Mend: srv6 may use only base: move what is shared down, or pass it in",
    );
  });

  it("sees imports written over several lines, dynamic ones, and those of types only", () => {
    const text = `${top}import {\n  a,\n} from "../cli/a.ts";\nimport type { B } from "../cli/b.ts";\nawait import("../cli/c.ts");\nexport { d } from "../cli/d.ts";`;
    expect(said(rules.importDirection, "src/wire/x.ts", text)).toHaveLength(4);
  });

  it("lets a room use itself and the rooms below", () => {
    const text = `${top}import { a } from "./a.ts";\nimport { b } from "../../base/b.ts";\nimport { c } from "../sid.ts";`;
    expect(said(rules.importDirection, "src/srv6/linux/plan.ts", text)).toEqual([]);
  });

  it("names code of the service in the dashboard, and lets types pass", () => {
    const text = `${top}import { decide } from "../../src/topology/engine/decide/decide.ts";\nimport type { PolicySpec } from "../../src/wire/policy.ts";`;
    expect(said(rules.webTakesTypesOnly, "web/src/app.tsx", text)).toHaveLength(1);
  });

  it("names a file outside every room", () => {
    expect(said(rules.importDirection, "src/misc/a.ts", top)[0]).toContain("misc is no room of the house");
  });

  it.each([
    ["fetch", "await fetch(url);"],
    ["Date.now", "const t = Date.now();"],
    ["Math.random", "Math.random();"],
    ["setTimeout", "setTimeout(f, 1);"],
    ["process", "process.env.HOME;"],
  ])("names a %s in the engine", (word, code) => {
    const [line] = said(rules.purity, "src/topology/engine/paths.ts", `${top}${code}`);
    expect(line).toContain(
      `purity: src/topology/engine/paths.ts:2: a pure file uses ${word}. Mend: take it as a parameter`,
    );
  });

  it("names an import of I/O in a pure file, and of our own edges", () => {
    const text = `${top}import { readFileSync } from "node:fs";\nimport { RealClock } from "../../base/clock.ts";`;
    expect(said(rules.purity, "src/topology/engine/paths.ts", text)).toHaveLength(2);
  });

  it("does not take prose, strings or types for use", () => {
    const text = `${top}// Date.now() is not for us\nconst s = "fetch(x)";\nimport type { Clock } from "../../base/clock.ts";`;
    expect(said(rules.purity, "src/topology/engine/paths.ts", text)).toEqual([]);
  });

  it("names a file without a purpose comment, and a folder without a README", () => {
    const lines = said(rules.purpose, "src/wire/hello.ts", "export const a = 1;\n");
    expect(lines[0]).toContain("purpose: src/wire/hello.ts:1: the file does not begin with a comment");
    expect(lines[1]).toContain("Mend: write src/wire/README.md");
  });

  it("names a file that is too long, unless it says why", () => {
    const long = `${top}${"x;\n".repeat(400)}`;
    expect(said(rules.fileSize, "src/wire/a.ts", long)[0]).toContain("401 lines, more than 400");
    expect(said(rules.fileSize, "src/wire/a.ts", `// Long because: one table.\n${long}`)).toEqual([]);
  });

  it("names machine paths and registry hosts, in the lock file too", () => {
    expect(said(rules.noMachinePath, "docs/a.md", `see /${"home"}/ann/srwan`)).toHaveLength(1);
    expect(said(rules.noRegistryHost, "package-lock.json", `"resolved": "${"https"}://x/y.tgz"`)).toHaveLength(1);
    expect(said(rules.noRegistryHost, ".npmrc", `registry=https://${"registry.npmjs"}.org/`)).toHaveLength(1);
    expect(said(rules.noMachinePath, "docs/a.md", "GET /api/v1/work and a/home/b")).toEqual([]);
  });

  it("names a link that leads nowhere", () => {
    expect(said(rules.links, "docs/a.md", "# A\n[b](b.md) [web](https://example.net) [top](#a)")).toHaveLength(1);
  });

  it("names a link to a heading that is not there, on this page or another", () => {
    const page = "# A\n\n## The `fee`, and why\n\n## Out\n\n## Out\n\n```sh\n# no heading\n```\n";
    const other = { path: "docs/a.md", text: page };
    const from = (links: string) => rules.links([other, { path: "docs/b.md", text: `# B\n${links}` }]).map(breachText);
    expect(from("[1](a.md#the-fee-and-why) [2](a.md#out-1) [3](#b) [4](a.md)")).toEqual([]);
    expect(from("[1](a.md#the-fee)")[0]).toContain("links to a.md#the-fee, and docs/a.md has no such heading");
    expect(from("[2](a.md#out-2) [3](#c) [4](a.md#no-heading)")).toHaveLength(3);
  });
});

describe("reading code", () => {
  it("keeps line numbers when it blanks comments and strings", () => {
    expect(codeOnly('a /* one\ntwo */ b\n"c" // d\ne').split("\n")).toEqual(["a ", " b", '"" ', "e"]);
  });

  it("finds specifiers", () => {
    expect(importsOf('import "./a.ts";\nimport b from "b";').map((found) => found.from)).toEqual(["./a.ts", "b"]);
  });
});
