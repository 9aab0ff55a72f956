// The pages of the labs are run from top to bottom, each in its lab; SRWAN_REFRESH=1 writes their answers anew.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { answered, commandLines, pagesEnv } from "../support/console.ts";
import { whyNoNamespace } from "../support/namespace.ts";
import { RUN_ELSEWHERE } from "../support/pages.ts";

/** Its own, so that a lab of the same name on this machine stays as it is. */
const folder = mkdtempSync(join(tmpdir(), "srwan-lab-pages-"));
const env = pagesEnv({ PATH: `${resolve("bin")}:${process.env.PATH}`, SRWAN_LAB_FOLDER: folder });
afterAll(() => rmSync(folder, { recursive: true }));

/** Times, counts, and who made it. */
const mask = (text: string): string =>
  text
    .replaceAll(/is up .*$/gm, "is up")
    .replaceAll(/( +\d+){3}$/gm, "")
    .replaceAll(/(DELAY .*?) +SENT.*$/gm, "$1");

const pages = [...RUN_ELSEWHERE].filter(([, by]) => by === "test/lab/pages.test.ts").map(([page]) => page);

it.for(pages)("%s does as it says", async (page, { skip }) => {
  const why = whyNoNamespace();
  if (why !== undefined) skip(why);
  const text = readFileSync(page, "utf8");
  const type = (line: string) => {
    const typed = line.replace("/tmp/", `${folder}/`).replace("ping -c 3", "ping -c 3 -i 0.2");
    const { status, stdout, stderr } = spawnSync("sh", ["-ec", typed], { cwd: dirname(page), env, encoding: "utf8" });
    return { status, stdout: stdout.replaceAll(`${resolve(".")}/`, ""), stderr };
  };
  const failed: string[] = [];
  const now: string[] = [];
  try {
    for (const part of text.split(/(^```sh\n[\s\S]*?^```$)/m)) {
      now.push(part.startsWith("```sh\n") ? part : await answered(part, async (line) => type(line).stdout, mask));
      if (!part.startsWith("```sh\n")) continue;
      for (const line of commandLines(part.slice(6, -3)).filter((one) => !one.startsWith("cd "))) {
        const { status, stdout, stderr } = type(line);
        if (status !== 0) failed.push(`${line}: ${status} ${stderr}${stdout}`);
      }
    }
  } finally {
    for (const name of ["transatlantic", "triangle", "two-as", "vendors"]) type(`srwan lab down ${name}`);
  }
  expect(failed.join("\n")).toBe("");
  await expect(now.join("")).toMatchFileSnapshot(resolve(page));
});
