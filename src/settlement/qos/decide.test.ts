// What may be done for an order, whatever is known of it: tried over every mixture of facts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../base/seal.ts";
import type { OutcomeDocument } from "../../wire/outcome.ts";
import { decide, type Facts, ORDER_STATES } from "./decide.ts";
import { installed, removed } from "./proof.ts";
import { configText } from "./terms.ts";

const [DEADLINE, UNTIL, GRACE] = [1_000n, 2_000n, 100n];
const second = fc.constantFrom(0n, 999n, 1_000n, 1_001n, 1_100n, 1_101n, 1_999n, 2_000n, 2_100n, 2_101n, 9_000n);
const onChain = fc.record({ state: fc.constantFrom(...ORDER_STATES), held: fc.constantFrom(0n, 4n) });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });

const facts: fc.Arbitrary<Facts> = fc.record({
  nowSeconds: second,
  graceSeconds: fc.constant(GRACE),
  deadline: fc.constant(DEADLINE),
  until: fc.constant(UNTIL),
  latest: onChain,
  deep: fc.record({ state: fc.constantFrom(...ORDER_STATES), held: fc.constantFrom(0n, 4n), seconds: second }),
  verdict: maybe(fc.constant("no")),
  isCancelled: fc.boolean(),
  isOpening: fc.boolean(),
  isTouched: fc.boolean(),
  outcome: maybe(fc.record({ kind: fc.constantFrom("APPLIED" as const, "NOT_APPLIED" as const), provedAt: second })),
  removedAt: maybe(second),
  goneAt: maybe(second),
});

const always = (what: string, holds: (f: Facts, did: string) => boolean) =>
  it(what, () => {
    fc.assert(
      fc.property(facts, (f) => holds(f, decide(f).do)),
      { numRuns: 3_000 },
    );
  });
const isLate = (f: Facts) => f.nowSeconds > DEADLINE + GRACE;

describe("the next thing to do for an order", () => {
  always("money is bound only for what is wanted and can still be configured", (f, did) =>
    did !== "open" ? true : f.latest.state === "None" && !f.isCancelled && !f.verdict && f.nowSeconds < DEADLINE,
  );
  always("a router is configured only for money that is bound for good, in time, and once", (f, did) =>
    did !== "install"
      ? true
      : f.latest.state === "Open" && f.deep.state === "Open" && f.nowSeconds <= DEADLINE && f.outcome === undefined,
  );
  always("a provider is paid only for what was proved by the deadline", (f, did) =>
    did !== "accept" ? true : f.outcome?.kind === "APPLIED" && f.outcome.provedAt <= DEADLINE && !isLate(f),
  );
  always("what was proved in time is never refunded while it can be paid", (f, did) =>
    did === "fail" ? !(f.outcome?.kind === "APPLIED" && f.outcome.provedAt <= DEADLINE) : true,
  );
  always("an open order whose time is over is refunded, and none before", (f, did) =>
    f.latest.state === "Open" ? (did === "time-out") === isLate(f) : did !== "time-out",
  );
  always("a queue that is paid for and wanted is not taken away before its end", (f, did) =>
    did === "remove" && f.latest.state === "Released"
      ? f.nowSeconds >= UNTIL || f.isCancelled || f.goneAt !== undefined
      : true,
  );
  always("nothing is over while money is bound or held, or a router may hold what nobody pays for", (f, did) =>
    did !== "done"
      ? true
      : f.latest.state !== "Open" &&
        f.latest.held * BigInt(f.latest.state === "Released" ? 1 : 0) === 0n &&
        (!f.isTouched || f.removedAt !== undefined || f.outcome?.kind === "NOT_APPLIED"),
  );
});

describe("what an outcome proves", () => {
  const device: OutcomeDocument["devices"][number] = {
    device: "sea-r1",
    address: null,
    hostKey: null,
    outcome: "APPLIED",
    guarantee: "persist",
    edit: "11".repeat(32),
    expected: "22".repeat(32),
    before: null,
    after: null,
    commitReply: null,
    proofReply: null,
    provedAtUs: "7900000",
    problem: null,
  };
  const document = (more: Partial<OutcomeDocument> = {}): OutcomeDocument => ({
    schema: "srwan.outcome/1",
    transaction: "12345678",
    reference: "0xaa",
    outcome: "APPLIED",
    startedAtUs: "1",
    endedAtUs: "8000000",
    devices: [device],
    ...more,
  });
  const order = { configHash: `0x${sha256Hex(configText(device))}` as const };
  const of = (more: Partial<OutcomeDocument> = {}) => installed(document(more), "0xaa", order, sha256Hex);

  it("is of this order, this router, this edit and this expectation, or nothing", () => {
    expect(of()).toEqual({ kind: "APPLIED", provedAt: 7n });
    expect(of({ outcome: "NOT_APPLIED" })?.kind).toBe("NOT_APPLIED");
    expect(of({ outcome: "UNKNOWN" })).toBeUndefined();
    expect(of({ reference: "0xab" })).toBeUndefined();
    expect(of({ devices: [device, { ...device, device: "fra-r1" }] })).toBeUndefined();
    for (const other of [{ device: "fra-r1" }, { edit: "33".repeat(32) }, { expected: "33".repeat(32) }]) {
      expect(of({ devices: [{ ...device, ...other }] })).toBeUndefined();
    }
    expect(of({ devices: [{ ...device, provedAtUs: null }] })).toBeUndefined();
  });

  it("a removal is proved by the removal's own outcome alone", () => {
    const gone = document({ reference: "0xaa/removed" });
    expect(removed(gone, "0xaa", "sea-r1")).toBe(7n);
    expect(removed(document(), "0xaa", "sea-r1")).toBeUndefined();
    expect(removed({ ...gone, outcome: "NOT_APPLIED" }, "0xaa", "sea-r1")).toBeUndefined();
    expect(removed(gone, "0xaa", "fra-r1")).toBeUndefined();
  });
});
