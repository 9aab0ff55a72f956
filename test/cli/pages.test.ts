// Every command of every page is run, in the page's order, against what it speaks of: a controller with a WAN, an agent's
// socket, a router, reflectors, a chain. What a page shows as an answer is compared; SRWAN_REFRESH=1 writes it anew. A block
// that cannot run here says so in its fence (test/house/docs.test.ts counts those).

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answered, commandLines, shellBlocks, shownFiles } from "../support/console.ts";
import { pagesWithCommands, RUN_ELSEWHERE } from "../support/pages.ts";
import { StandIns } from "../support/standins.ts";

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
