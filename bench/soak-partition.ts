// `node bench/soak-partition.ts [SECONDS]` (120): a POP is cut off from the service for so long while a segment it uses dies.
// Prints what was seen; ends with 0 only where nothing was lost but by the cut itself, and the service told the truth after.

import { partitioned } from "../test/chaos/partition.ts";
import { World } from "../test/chaos/world.ts";

const [seconds = 120] = process.argv.slice(2).map(Number);
const world = await World.open();
try {
  const seen = await partitioned(world, seconds * 1_000);
  process.stdout.write(`${JSON.stringify(seen, undefined, 2)}\n`);
  const { lostBeside, lostMoved, unknown, told } = seen;
  process.exitCode =
    lostBeside + lostMoved === 0 && unknown === "POP-AWAY" && ["FAILED-OVER", "PROGRAMMED"].includes(told) ? 0 : 1;
} finally {
  await world.close();
}
