// Every command of every page is run, in the page's order, against what it speaks of: a controller with a WAN, an agent's
// socket, reflectors, a chain. What a page shows as an answer is compared; SRWAN_REFRESH=1 writes it anew. A block that
// cannot run here says so in its fence (test/house/docs.test.ts counts those).

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answered, commandLines, shellBlocks, shownFiles } from "../support/console.ts";
import { pagesWithCommands, RUN_ELSEWHERE } from "../support/pages.ts";
import { StandIns } from "../support/standins.ts";

let stage: StandIns;
beforeAll(async () => {
  stage = await StandIns.open();
}, 60_000);
afterAll(() => stage?.close());

const mask = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");

/** One shell where lines hold on to each other; else one command after the other. */
const isScript = (text: string): boolean => /^(?!srwan )/m.test(commandLines(text).join("\n"));

describe("every command of", () => {
  it.each(
    pagesWithCommands()
      .filter((path) => !RUN_ELSEWHERE.has(path))
      .map((path) => [path, resolve(path)]),
  )("%s", { timeout: 60_000 }, async (name, path) => {
    const page = readFileSync(path, "utf8");
    stage.enter(name, shownFiles(page));
    const failed: string[] = [];
    for (const { kind, mark, text } of shellBlocks(page)) {
      if (kind !== "sh" || mark !== undefined) continue;
      const lines = commandLines(text);
      for (const line of isScript(text) ? [lines.join("\n")] : lines) {
        const { exit, out, err } = await stage.run(line);
        if (exit !== 0) failed.push(`${line}\n  exit ${exit} ${err || out}`);
      }
    }
    expect(failed.join("\n")).toBe("");
    const now = await answered(
      page,
      async (line) => {
        const { out, err } = await stage.run(line);
        return out + err;
      },
      mask,
    );
    await expect(now).toMatchFileSnapshot(path);
  });
});
