// Spoiled packets, noise, and what has been cut: nothing fails, and every refusal has its reason.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authenticated, HERE, Pair, THERE } from "../../test/support/pulse-pair.ts";
import { encodeGreeting } from "./row-tlv.ts";
import {
  accessReport,
  askClassOfService,
  askFollowUp,
  askLocation,
  askTimestampInformation,
  directMeasurement,
  extraPadding,
} from "./stamp-extensions.ts";
import { destinationNode, returnPath } from "./stamp-sr.ts";
import { TLV, tlv } from "./stamp-tlv.ts";

describe("200,000 spoiled packets", () => {
  const EACH = 25_000;
  const all = [
    askLocation(),
    askTimestampInformation(),
    askClassOfService(3),
    directMeasurement(9),
    accessReport("3gpp", true),
    askFollowUp(),
    destinationNode(THERE),
    returnPath({ kind: "path", address: HERE, sids: [THERE] }),
    extraPadding(5),
    tlv(TLV.row, encodeGreeting(true)),
  ];
  const policy = { own: () => true, mayReturnTo: () => true, maySteer: () => true };
  /** Octets changed, then cut: what a fault, a liar or another protocol on the port may send. */
  const spoil = fc.tuple(
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.option(fc.nat(), { nil: undefined, freq: 3 }),
    fc.array(fc.constantFrom(...all), { maxLength: 4 }),
    fc.uint8Array({ maxLength: 12 }),
  );
  type Spoil = typeof spoil extends fc.Arbitrary<infer One> ? One : never;

  function spoiled(octets: Uint8Array, [changes, cut, , tail]: Spoil): Uint8Array {
    const made = new Uint8Array([...octets, ...tail]);
    for (const [at, value] of changes) made[at % made.length] = value;
    return cut === undefined ? made : made.subarray(0, cut % (made.length + 1));
  }

  it.each([
    ["open", {}],
    ["authenticated", authenticated],
  ] as const)(
    "make no %s reflector or sender fail, and each refusal has its reason",
    (_name, setup) => {
      const counters = new Map<string, number>();
      const count = (what: string): void => void counters.set(what, (counters.get(what) ?? 0) + 1);
      const pair = new Pair(setup, { policy });
      fc.assert(
        fc.property(spoil, (one) => {
          const done = pair.answer(spoiled(pair.pulse(one[2]), one));
          count(done.kind === "refused" ? done.why : done.integrity === "failed" ? "tlv-integrity" : "answered");
        }),
        { numRuns: 2 * EACH },
      );
      fc.assert(
        fc.property(spoil, (one) => {
          const { reply } = pair.round(one[2]);
          const got = pair.take(spoiled(reply, one));
          count(got.kind === "refused" ? got.why : got.extensions);
        }),
        { numRuns: EACH },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
          const done = pair.answer(octets);
          const got = pair.take(octets);
          count(`noise ${done.kind === "refused" ? done.why : "answered"}`);
          count(`noise ${got.kind === "refused" ? got.why : "taken"}`);
        }),
        { numRuns: EACH },
      );
      expect([...counters.values()].reduce((sum, n) => sum + n, 0)).toBe(5 * EACH);
      // Noise is never taken for a reply of ours, and never authentic.
      expect(counters.get("noise taken")).toBeUndefined();
      const reasons =
        setup === authenticated ? ["hmac", "reply-hmac", "too-short"] : ["tlv-malformed", "reply-not-ours"];
      for (const reason of reasons) expect(counters.get(reason) ?? 0).toBeGreaterThan(0);
      if (setup === authenticated) expect(counters.get("noise answered")).toBeUndefined();
    },
    120_000,
  );
});
