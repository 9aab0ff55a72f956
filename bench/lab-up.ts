// How long `srwan lab up` takes for twelve POPs with two transits each, from shell to a lab that stands: as root (where
// that is allowed) and inside a user namespace.

import { spawnSync } from "node:child_process";
import { atMost, type Figure, interleaved, processMs } from "./lib.ts";

const FILE = "labs/containerlab/transatlantic/transatlantic.clab.yml";

export const labUp: Figure = {
  name: "lab-up",
  about: "`srwan lab up` of twelve POPs and their links, until they stand; `down` is not counted",
  measure: async (rounds) => {
    const up = (flags: readonly string[]) => () => {
      const took = processMs("bin/srwan", ["lab", "up", FILE, ...flags]);
      processMs("bin/srwan", ["lab", "down", FILE]);
      return took;
    };
    const isRoot = process.getuid?.() === 0;
    const allowsRootless = spawnSync("unshare", ["-Urnm", "true"]).status === 0;
    const ways: Record<string, () => number> = {
      ...(isRoot ? { rootMs: up([]) } : {}),
      ...(allowsRootless ? { rootlessMs: up(["--rootless"]) } : {}),
    };
    const found = await interleaved(ways, rounds);
    return { figures: found, goals: Object.entries(found).map(([id, ms]) => atMost(id, ms, "ms", 10_000)) };
  },
};
