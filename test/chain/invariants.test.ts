// What must hold whatever anybody calls in whatever order: a hundred thousand random calls, from seeds that are printed. The
// numbers in a failure's text are those of docs/explanation/settlement.md.

import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Block, Campaign } from "./campaign.ts";
import { compileHandler } from "./compiled.ts";
import { whyNoChain } from "./world.ts";

const RUNS = 100;
const BLOCKS = 20;
const CALLS_IN_BLOCK = 50;

const why = whyNoChain();
let campaign: Campaign;

beforeAll(async () => {
  if (why === undefined) campaign = await Campaign.start(compileHandler());
});
afterAll(() => campaign?.world.end());
beforeEach(({ skip }) => {
  if (why !== undefined) skip(why);
});

/** A moment, part of an epoch, past a batch window, past a round, past everything. */
const gap = fc.constantFrom(1, 97, 211, 601, 607, 1_300, 5_000, 50_000);
const block: fc.Arbitrary<Block> = fc.record({ gapSeconds: gap, seed: fc.bigInt({ min: 0n, max: 2n ** 64n }) });

describe("whatever is called", () => {
  it(`what must hold holds, in ${RUNS * BLOCKS * CALLS_IN_BLOCK} calls`, { timeout: 900_000 }, async () => {
    const seed = Number(process.hrtime.bigint() % 2_147_483_647n);
    process.stdout.write(`invariants: seed ${seed}\n`);
    const succeeded = new Map<string, bigint>();
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: BLOCKS, maxLength: BLOCKS }), async (blocks) => {
        const back = await campaign.world.snapshot();
        try {
          await campaign.run(blocks, CALLS_IN_BLOCK);
          expect(await campaign.everybodyLeaves()).toBeGreaterThan(0n);
          for (const [what, times] of await campaign.done()) succeeded.set(what, (succeeded.get(what) ?? 0n) + times);
        } finally {
          await back();
        }
      }),
      { numRuns: RUNS, seed, endOnFailure: true },
    );
    const never = [...succeeded].filter(([, times]) => times === 0n).map(([what]) => what);
    expect(never, "calls that never succeeded prove nothing").toEqual([]);
    process.stdout.write(`invariants: ${[...succeeded].map(([what, times]) => `${what} ${times}`).join(", ")}\n`);
  });
});
