// Every srwan command that a page or an example shows is one that exists: its verb, its flags, its arguments. Those in blocks
// of shell are run, too: by test/cli/pages.test.ts, or by whoever the block names; what cannot be run is counted here.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { globalFlagsOf, longAndShort } from "../../src/cli/complete.ts";
import type { Verb } from "../../src/cli/verb.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import { shellBlocks } from "../support/console.ts";
import { pagesWithCommands, RUN_ELSEWHERE } from "../support/pages.ts";
import { readTree } from "./tree.ts";

/** A line of shell as lists of words, one a command: quotes kept together, comments left out. */
function commandsIn(line: string): string[][] {
  const inner = [...line.matchAll(/[$<]\(([^()]*)\)/g)].flatMap(([, inside = ""]) => commandsIn(inside));
  const words = line.replaceAll(/[$<]\([^()]*\)/g, "X").match(/&&|\|\|?|;|(?:"[^"]*"|'[^']*'|[^\s"'|;])+/g) ?? [];
  const found: string[][] = [[]];
  for (const word of words) {
    if (word.startsWith("#")) break;
    if (/^(&&|\|\|?|;|&|then|do|if|!)$/.test(word)) found.push([]);
    else found.at(-1)?.push(word);
  }
  return [...found, ...inner];
}

/** Words after `srwan`, where the command is one of ours. */
function ours(words: readonly string[]): readonly string[] | undefined {
  const at = words.findIndex((word) => /^(\.?\/?bin\/)?srwan$/.test(word));
  if (
    at < 0 ||
    !words
      .slice(0, at)
      .every((word) => /^([A-Z_]+=.*|sudo|time|timeout|\d+|env|exec|unshare|-\w+|npx|--no-install)$/.test(word))
  )
    return undefined;
  const end = words.findIndex((word, i) => i > at && /^(\d?>|2>|<|>>|&$)/.test(word));
  return words.slice(at + 1, end < 0 ? undefined : end);
}

const verbOf = (words: readonly string[]): Verb | undefined =>
  VERBS.filter(({ name }) => name.split(" ").every((part, i) => words[i] === part)).toSorted(
    (a, b) => b.name.length - a.name.length,
  )[0];

/** What is wrong with a command, or nothing. */
function wrong(words: readonly string[]): string | undefined {
  if (words.length === 0 || ["--version", "--help", "-h"].includes(words[0] ?? "")) return undefined;
  const verb = verbOf(words);
  if (verb === undefined) return "no such verb";
  const flags = [...(verb.flags ?? []), ...globalFlagsOf(verb)];
  const rest = words.slice(verb.name.split(" ").length);
  let given = 0;
  for (let i = 0; i < rest.length; i++) {
    const [word = "", value] = (rest[i] ?? "").split("=", 2);
    // What stands after is not ours, or left out.
    if (rest[i] === "--" || rest[i] === "…") return undefined;
    if (!/^--?[a-z]/.test(word)) {
      given++;
      continue;
    }
    if (word === "--help" || word === "-h") return undefined;
    const flag = flags.find(
      (one) => longAndShort(one).includes(word) || (/^-o\w/.test(word) && one.name.startsWith("-o")),
    );
    if (flag === undefined) return `no such flag ${word}`;
    if (flag.value !== undefined && value === undefined && !/^-o\w/.test(word)) i++;
  }
  const arguments_ = verb.arguments ?? [];
  const least = arguments_.filter(({ optional }) => !optional).length;
  if (given < least) return `${given} of ${least} arguments`;
  if (given > arguments_.length && arguments_.at(-1)?.variadic !== true) return "too many arguments";
  return undefined;
}

const said = (where: string, line: string): string[] =>
  commandsIn(line.replace(/^\$ /, ""))
    .map(ours)
    .flatMap((words) => {
      const what = words === undefined ? undefined : wrong(words);
      return what === undefined ? [] : [`${where}: ${what}: ${line.trim()}`];
    });

/** Lines of shell in a page: a line that ends in a backslash goes on. */
function shellLines(page: string): string[] {
  const blocks = [...page.matchAll(/^```(?:sh|console|bash)(?: \([^)\n]*\))?\n([\s\S]*?)^```$/gm)].map(
    ([block, text = ""]) => {
      const lines = text.replaceAll("\\\n", " ").split("\n");
      return block.startsWith("```console") ? lines.filter((line) => line.startsWith("$ ")) : lines;
    },
  );
  return blocks.flat();
}

describe("commands in the pages", () => {
  const pages = readTree().filter(({ path }) => path.endsWith(".md"));

  it("exist, with their flags and arguments", () => {
    const checked = pages.flatMap(({ path, text }) => shellLines(text).map((line) => [path, line] as const));
    expect(checked.filter(([, line]) => line.includes("srwan")).length).toBeGreaterThan(150);
    expect(checked.flatMap(([path, line]) => said(path, line))).toEqual([]);
  });

  it("exist in running text too", () => {
    const inline = pages.flatMap(({ path, text }) =>
      [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/`(srwan [a-z][^`]*)`/g)].map(
        ([, line = ""]) => [path, line.replaceAll("\n", " ")] as const,
      ),
    );
    const isGroup = (line: string) => VERBS.some(({ name }) => name.startsWith(`${line.replace("srwan ", "")} `));
    const verbs = inline.filter(([, line]) => !/[|…]|\b[A-Z]{2,}\b/.test(line) && !isGroup(line));
    expect(verbs.length).toBeGreaterThan(50);
    // A verb named alone stands for itself, without its arguments.
    const wrongs = verbs.flatMap(([path, line]) => said(path, line));
    expect(wrongs.filter((line) => !/\d of \d arguments/.test(line))).toEqual([]);
  });

  it("exist in every example of a verb", () => {
    const wrongs = VERBS.flatMap(({ name, examples }) =>
      examples.flatMap(({ command }) => said(name, command.replace(/^unshare \S+ /, ""))),
    );
    expect(wrongs).toEqual([]);
  });

  it("are found wrong where they are", () => {
    const lines = [
      "srwan polices list",
      "srwan status --watsh",
      "sudo srwan pop remove",
      "x=$(srwan pops a b c)",
      "srwan diff -o json; srwan nope",
    ];
    expect(lines.flatMap((line) => said("here", line)).map((line) => line.split(": ")[1])).toEqual([
      "no such verb",
      "no such flag --watsh",
      "0 of 1 arguments",
      "too many arguments",
      "no such verb",
    ]);
  });
});

/** What no test here can have; each lets so many blocks go unrun, and no more. */
const CANNOT_RUN: Readonly<Record<string, number>> = {
  "needs a router": 1,
  "needs Docker": 5,
  "changes machines": 12,
  "needs a tunnel": 2,
  "plays for a while": 3,
  "needs a way that has just died": 1,
};

describe("blocks of shell", () => {
  const shell = readTree()
    .filter(({ path }) => path.endsWith(".md"))
    .map(({ path, text }) => ({ path, text, blocks: shellBlocks(text) }))
    .filter(({ blocks }) => blocks.length > 0);
  const marks = shell.flatMap(({ path, blocks }) =>
    blocks.flatMap(({ mark }) => (mark === undefined ? [] : [{ path, mark }])),
  );

  it("are all run: by the test of pages, or by one that they name", () => {
    const elsewhere = marks.flatMap(({ path, mark }) => {
      const by = /^run by (\S+)$/.exec(mark)?.[1];
      return by === undefined ? [] : [{ path, by }];
    });
    expect(elsewhere.length).toBeGreaterThan(3);
    expect(elsewhere.filter(({ by }) => !existsSync(by))).toEqual([]);
    for (const by of RUN_ELSEWHERE.values()) expect(existsSync(by), by).toBe(true);
  });

  it("go unrun for a reason from a closed list, and so often at most", () => {
    const unrun = marks.filter(({ mark }) => !mark.startsWith("run by "));
    expect(unrun.filter(({ mark }) => CANNOT_RUN[mark.replace("not run: ", "")] === undefined)).toEqual([]);
    for (const [reason, most] of Object.entries(CANNOT_RUN))
      expect(unrun.filter(({ mark }) => mark === `not run: ${reason}`).length, reason).toBeLessThanOrEqual(most);
  });

  it("stand in pages that are known to be run", () => {
    const known = new Set([...pagesWithCommands(), ...RUN_ELSEWHERE.keys()]);
    const contributor = /^(CONTRIBUTING|ARCHITECTURE)\.md$|^(scripts|src|test|bench|yang|web)\//;
    const unknown = shell.filter(
      ({ path, blocks }) =>
        blocks.some(({ mark }) => mark === undefined) &&
        !known.has(path) &&
        !contributor.test(path) &&
        !path.startsWith("docs/reference/cli/"),
    );
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });
});

describe("the reader's way", () => {
  it("leads from each index to every page beside it", () => {
    const tree = readTree().map(({ path }) => path);
    const missing = ["docs/how-to", "docs/explanation", "docs/tutorial", "docs/runbooks"].flatMap((folder) => {
      const index = readFileSync(`${folder}/README.md`, "utf8");
      const names = tree.filter((path) => path.startsWith(`${folder}/`) && path.endsWith(".md"));
      return names
        .map((path) => path.slice(folder.length + 1))
        .filter((name) => name !== "README.md" && !index.includes(`](${name})`))
        .map((name) => `${folder}/${name}`);
    });
    expect(missing).toEqual([]);
  });
});
