// How long `srwan --version` takes from the shell, against a Node that does nothing, and a verb that reads settings, against
// itself where each library is the hundreds of files it comes as. All with warm file caches.

import { atLeast, atMost, type Figure, interleaved, processMs } from "./lib.ts";

export const cliStart: Figure = {
  name: "cli-start",
  about:
    "`srwan --version` from shell to exit, against `node -e 0`; `srwan config show`, against the same with libraries as they come",
  measure: async (rounds) => {
    const { ours, node, verb, manyFiles } = await interleaved(
      {
        ours: () => processMs("bin/srwan", ["--version"]),
        node: () => processMs(process.execPath, ["-e", "0"]),
        verb: () => processMs("bin/srwan", ["config", "show"]),
        manyFiles: () => processMs(process.execPath, ["src/cli/main.ts", "config", "show"]),
      },
      rounds,
    );
    return {
      figures: { oursMs: ours, nodeMs: node, verbMs: verb, verbOfManyFilesMs: manyFiles },
      goals: [
        atMost("start", ours, "ms", Math.max(150, 2 * node)),
        atLeast("a verb, against libraries as they come", manyFiles / verb, "×", 1.5),
      ],
    };
  },
};
