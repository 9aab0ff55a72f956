// What is offered for a transaction that is stuck.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fees, higherFees } from "./fees.ts";

const fee = fc.bigInt({ min: 0n, max: 10n ** 12n });
const fees: fc.Arbitrary<Fees> = fc
  .tuple(fee, fee)
  .map(([a, b]) => (a > b ? { most: a, tip: b } : { most: b, tip: a }));

describe("a higher fee", () => {
  it("is one that a node takes for a replacement, and no less than what the chain asks now", () => {
    fc.assert(
      fc.property(fees, fees, (offered, asked) => {
        const { most, tip } = higherFees(offered, asked, 0) as Fees;
        expect(most * 10n).toBeGreaterThan(offered.most * 11n);
        expect(tip * 10n).toBeGreaterThan(offered.tip * 11n);
        expect(most >= asked.most && tip >= asked.tip && most >= tip).toBe(true);
      }),
    );
  });

  it("ends: no more than some eight times what the chain asks is ever offered", () => {
    const asked = { most: 1_000n, tip: 10n };
    let [offered, times]: [Fees | undefined, number] = [asked, 0];
    let last = asked;
    while (offered !== undefined) {
      last = offered;
      offered = higherFees(last, asked, times++);
    }
    expect(times).toBeGreaterThan(10);
    expect(last.most).toBeLessThan(10n * asked.most);
  });
});
