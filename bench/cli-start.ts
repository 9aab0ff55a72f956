// How long `srwan --version` takes from the shell, against a Node that does nothing. Both with warm file caches.

import { atMost, type Figure, interleaved, processMs } from "./lib.ts";

export const cliStart: Figure = {
  name: "cli-start",
  about: "`srwan --version` from shell to exit, against `node -e 0`",
  measure: async (rounds) => {
    const { ours, node } = await interleaved(
      {
        ours: () => processMs("bin/srwan", ["--version"]),
        node: () => processMs(process.execPath, ["-e", "0"]),
      },
      rounds,
    );
    return { figures: { oursMs: ours, nodeMs: node }, goals: [atMost("start", ours, "ms", Math.max(150, 2 * node))] };
  },
};
