// Whatever the loop saw, the other thread sees the same.

import fc from "fast-check";
import { expect, it } from "vitest";
import type { PeerId, PulseSample } from "./model.ts";
import { readSamples, SampleBatch } from "./sample-batch.ts";

const ns = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
const error = fc.nat();
const base = { peer: fc.constantFrom("sea", "lon", "path upper").map((name) => name as PeerId), sequence: fc.nat() };
const flags = fc.record({
  stampSource: fc.constantFrom("kernel", "handler"),
  peerSynchronised: fc.boolean(),
  authenticated: fc.boolean(),
  reflectorStayUnknown: fc.boolean(),
});
const sample: fc.Arbitrary<PulseSample> = fc.oneof(
  fc.record({ kind: fc.constant("sent"), ...base, t1Ns: ns, t1ErrorNs: error }),
  fc.record({ kind: fc.constant("heard"), ...base, t1Ns: ns, t2Ns: ns, t1ErrorNs: error, t2ErrorNs: error, flags }),
  fc.record({
    kind: fc.constant("reply"),
    ...base,
    reflectorSequence: fc.option(fc.nat(), { nil: undefined }),
    t1Ns: ns,
    t2Ns: ns,
    t3Ns: ns,
    t4Ns: ns,
    t1ErrorNs: error,
    t2ErrorNs: error,
    t3ErrorNs: error,
    t4ErrorNs: error,
    flags,
  }),
) as fc.Arbitrary<PulseSample>;

it("samples cross as they are, batch after batch", () => {
  fc.assert(
    fc.property(fc.array(fc.array(sample, { maxLength: 150 }), { maxLength: 3 }), (batches) => {
      const batch = new SampleBatch();
      for (const samples of batches) {
        for (const one of samples) batch.add(one);
        expect(readSamples(batch.take())).toEqual(samples);
      }
    }),
    { numRuns: 60 },
  );
});
