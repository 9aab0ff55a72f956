// Completion offers what may come next, and nothing else; abbreviations never guess.

import { describe, expect, it } from "vitest";
import { expandVerb } from "./abbreviate.ts";
import { complete } from "./complete.ts";
import { VERBS } from "./verbs/index.ts";

describe("complete", () => {
  it.each<[string, string[], string[]]>([
    ["a verb", ["doc"], ["doctor"]],
    ["the word after config", ["config", ""], ["show"]],
    ["an argument's choices", ["completion", ""], ["bash", "fish", "zsh"]],
    ["a flag's choices", ["doctor", "-o", "j"], ["json"]],
    ["flags of the verb and of all verbs", ["config", "show", "--o"], ["--origin", "--output"]],
    ["nothing after a complete line", ["doctor", ""], []],
    ["nothing hidden", ["__"], []],
  ])("offers %s", (_what, words, expected) => {
    expect(complete(words, VERBS)).toEqual(expected);
  });

  it("offers every shown verb at the beginning", () => {
    const first = VERBS.filter((verb) => !verb.hidden).map((verb) => verb.name.split(" ")[0]);
    expect(complete([""], VERBS)).toEqual([...new Set(first)].sort());
  });
});

describe("expandVerb", () => {
  const names = ["config show", "config check", "completion", "doctor"];
  it.each<[string, string]>([
    ["doc", "doctor"],
    ["conf sh", "config show"],
    ["conf sh --role cli", "config show --role cli"],
    ["co", "co"],
    ["config c", "config check"],
    ["doctor doc", "doctor doc"],
    ["-o json doc", "-o json doc"],
    ["xyz", "xyz"],
  ])("%s → %s", (typed, meant) => {
    expect(expandVerb(typed.split(" "), names).join(" ")).toBe(meant);
  });

  it("prefers the word itself to longer ones that begin like it", () => {
    expect(expandVerb(["path"], ["path", "paths"])).toEqual(["path"]);
  });
});
