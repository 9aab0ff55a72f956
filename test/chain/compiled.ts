// Contracts that only tests know, compiled with the project's own.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compiled, compileFiles, projectSources, type Sources } from "../../scripts/solidity.ts";

const FOLDER = join(import.meta.dirname, "solidity");

/** Ours, and the tests' in a folder beside them. */
export const testSources = (): Sources => ({
  ...projectSources(),
  ...Object.fromEntries(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith(".sol"))
      .map((name) => [`test/${name}`, readFileSync(join(FOLDER, name), "utf8")]),
  ),
});

export const compileHandler = (): Compiled => {
  const made = compileFiles(testSources(), ["test/Handler.sol"]).find(({ name }) => name === "Handler");
  if (made === undefined) throw new Error("the handler has no code");
  return made.compiled;
};
