// Which pages show commands, and who runs them.

import { readdirSync, readFileSync } from "node:fs";
import { shellBlocks } from "./console.ts";

/** Each with the test that runs it from top to bottom. */
export const RUN_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["README.md", "test/cli/tutorial.test.ts"],
  ["docs/tutorial/README.md", "test/cli/tutorial.test.ts"],
  ...["transatlantic", "triangle", "two-as", "vendors"].map(
    (lab) => [`labs/containerlab/${lab}/README.md`, "test/lab/pages.test.ts"] as const,
  ),
  ["docs/how-to/route-without-controller.md", "test/cli/how-to.test.ts"],
]);

const FOLDERS = [
  "docs/tutorial",
  "docs/how-to",
  "docs/explanation",
  "docs/runbooks",
  "docs/reference",
  "docs",
  "deploy",
  "labs/containerlab",
];

export const pagesWithCommands = (): string[] =>
  ["README.md", ...FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))]
    .filter((path) => path.endsWith(".md"))
    .filter((path) => shellBlocks(readFileSync(path, "utf8")).length > 0);
