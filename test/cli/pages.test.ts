// Every command of every page is run, in the page's order, against what it speaks of: a controller with a WAN, an agent's
// socket, a router, reflectors, a chain. What a page shows as an answer is compared; SRWAN_REFRESH=1 writes it anew. A block
// that cannot run here says so in its fence (test/house/docs.test.ts counts those). In the same world run the examples that the
// help of every verb shows, and every answer is held to what is published of it.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANSWERS } from "../../scripts/answers.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import { answered, commandLines, shellBlocks, shownFiles } from "../support/console.ts";
import { pagesWithCommands, RUN_ELSEWHERE } from "../support/pages.ts";
import { StandIns } from "../support/standins.ts";
import { EXAMPLES_CANNOT, EXAMPLES_ELSEWHERE, SCENES, type Scene } from "../support/verb-examples.ts";

/** Pages have folders of their own to stand in. */
const ROOT = process.cwd();
let all: StandIns;
beforeAll(async () => {
  all = await StandIns.open();
}, 60_000);
afterAll(() => all?.close());

const mask = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");

/** The page says that these may be refused, and so they are here. */
const REFUSED = new Map([
  ["srwan escrow withdraw --earned", "there is nothing to move"],
  ["srwan dividends name self", "DividendPool.nominate"],
  ["srwan tickets --verify", "the store holds no tickets"],
  ["srwan settle simulate", "the store holds no tickets"],
]);
/** Exits 1 while something is not as it should be: pages before this one joined POPs whose agents never came. */
const TELLS_TROUBLE = /^srwan conditions\b/;
/** Time that the page says has passed. */
const LATER = new Map([["srwan escrow withdraw", 6 * 3_600 + 3_600]]);

/** What is asked there runs meanwhile. */
const BESIDE = new Map([
  [
    "http://127.0.0.1:7178",
    "srwan validator --store ./v.db --listen 127.0.0.1:7178 --deployment srwan-chain.json --keystore v1.json --password-file v1.pw",
  ],
]);

/** Runbooks ask the same questions again and again; one answer is enough. */
const asked = new Set<string>();

/** One shell where lines hold on to each other; else one command after the other. */
const stepsOf = (text: string): string[] => {
  const lines = commandLines(text);
  return lines.every((line) => /^(srwan|\() /.test(line)) ? lines : [lines.join("\n")];
};

async function failureOf(step: string): Promise<string | undefined> {
  await all.chain?.pass(LATER.get(step) ?? 0);
  const besides = [...BESIDE].find(([name]) => step.includes(name))?.[1];
  const { exit, out, err } = await (besides === undefined ? all.run(step) : all.beside(besides, () => all.run(step)));
  const refusal = REFUSED.get(step);
  const isAnswer = exit === 0 || (exit === 1 && TELLS_TROUBLE.test(step));
  const isRight = refusal === undefined ? isAnswer : exit !== 0 && err.includes(refusal);
  return isRight ? undefined : `${step}\n  exit ${exit}: ${err}${out}`;
}

const pages = pagesWithCommands().filter((path) => !RUN_ELSEWHERE.has(path));

describe("the commands of", () => {
  it.each(pages.map((name) => [name, resolve(name)]))("%s", { timeout: 120_000 }, async (name, path) => {
    const page = readFileSync(path, "utf8");
    await all.enter(name, shownFiles(page));
    const failed: string[] = [];
    for (const { kind, mark, text } of shellBlocks(page)) {
      if (kind !== "sh" || mark !== undefined) continue;
      for (const step of stepsOf(text)) {
        if (asked.has(step) || all.lacks(step) !== undefined) continue;
        const failure = await failureOf(step);
        if (failure !== undefined) failed.push(failure);
        else if (name.startsWith("docs/runbooks/")) asked.add(step);
      }
    }
    expect(failed.join("\n")).toBe("");
    expect(all.heard.taken()).toEqual([]);
    const now = await answered(
      page,
      async (line) => {
        const { out, err } = await all.run(line);
        return out + err;
      },
      mask,
    );
    await expect(now).toMatchFileSnapshot(path);
  });
});

const shown = VERBS.filter(({ hidden }) => hidden !== true);
const examplesOf = (verb: string): string[] =>
  (shown.find(({ name }) => name === verb)?.examples ?? []).map(({ command }) => command);
const cannot = Object.values(EXAMPLES_CANNOT).flat();

/** What is wrong with how a command ended, if anything is. */
async function tried(scene: Scene, command: string): Promise<string | undefined> {
  if (all.lacks(command) !== undefined) return undefined;
  for (const step of scene.before?.[command] ?? []) {
    const { exit, out, err } = await all.run(step);
    if (exit !== 0) return `before ${command}: ${step}\n  exit ${exit}: ${err}${out}`;
  }
  await all.chain?.pass(scene.later?.[command] ?? 0);
  const { exit, out, err } = await all.run(command);
  const end = scene.ends?.[command];
  const isRight = typeof end === "string" ? exit !== 0 && err.includes(end) : exit === 0 || exit === end;
  return isRight ? undefined : `${command}\n  exit ${exit}: ${err}${out}`;
}

describe("the examples in help", () => {
  it("are each run somewhere, or cannot be for a reason that is written down", () => {
    const run = SCENES.flatMap(({ verbs }) => verbs);
    expect([...run, ...EXAMPLES_ELSEWHERE.keys()].toSorted()).toEqual(shown.map(({ name }) => name).toSorted());
    for (const by of EXAMPLES_ELSEWHERE.values())
      expect(readFileSync(join(ROOT, by), "utf8").length).toBeGreaterThan(0);
    const known = new Set(shown.flatMap(({ name }) => examplesOf(name)));
    const named = SCENES.flatMap(({ before, ends, later }) =>
      [before, ends, later].flatMap((one) => Object.keys(one ?? {})),
    );
    expect([...named, ...cannot].filter((command) => !known.has(command))).toEqual([]);
    expect(cannot.length).toBeLessThanOrEqual(3);
  });

  it.each(SCENES.map((scene) => [scene.name, scene] as const))("of %s", { timeout: 300_000 }, async (name, scene) => {
    const { verbs, files, beside, also = [] } = scene;
    if (all.lacks(`srwan ${verbs[0]}`) !== undefined) return;
    await all.enter(`examples of ${name}`, await files?.(all));
    const failed: string[] = [];
    for (const verb of verbs) {
      const besides = beside?.[verb];
      for (const command of examplesOf(verb).filter((one) => !cannot.includes(one))) {
        const one = () => tried(scene, command);
        const failure = await (besides === undefined ? one() : all.beside(besides, one));
        if (failure !== undefined) failed.push(failure);
      }
    }
    for (const command of also) {
      const failure = await tried(scene, command);
      if (failure !== undefined) failed.push(failure);
    }
    expect(failed.join("\n")).toBe("");
    expect(all.heard.taken()).toEqual([]);
  });

  it("had every verb answer with what is published of it", ({ skip }) => {
    const lack = all.lacks("srwan lab up") ?? all.lacks("srwan chain status");
    if (lack !== undefined) skip(lack);
    const unheard = Object.keys(ANSWERS).filter((verb) => !all.heard.verbs.has(verb) && !EXAMPLES_ELSEWHERE.has(verb));
    expect(unheard).toEqual(["device apply"]);
  });
});
