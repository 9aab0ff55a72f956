// The sum of a session: each loss on the way it happened, and nothing told that is not known.

import { describe, expect, it } from "vitest";
import type { PeerId, PulseSample, ReplySample, SentSample } from "./model.ts";
import { summarize } from "./summary.ts";

const peer = "b" as PeerId;
const T = 1_700_000_000_000_000_000n;
const sent = (sequence: number): SentSample => ({ kind: "sent", peer, sequence, t1Ns: T, t1ErrorNs: 1_000 });
const reply = (
  sequence: number,
  reflectorSequence: number | undefined,
  more: Partial<ReplySample> = {},
): ReplySample => ({
  kind: "reply",
  peer,
  sequence,
  reflectorSequence,
  t1Ns: T,
  t2Ns: T + 510_000_000n,
  t3Ns: T + 510_100_000n,
  t4Ns: T + 40_100_000n,
  t1ErrorNs: 2_000,
  t2ErrorNs: 3_000,
  t3ErrorNs: 3_000,
  t4ErrorNs: 1_000,
  flags: { stampSource: "kernel", peerSynchronised: false, authenticated: false, reflectorStayUnknown: false },
  ...more,
});
const allSent = (count: number): PulseSample[] => Array.from({ length: count }, (_, i) => sent(i));

describe("a session", () => {
  it("tells the ways apart, with the clocks' difference in each and none in their sum", () => {
    const { out, back, roundTrip } = summarize([...allSent(1), reply(0, 0)]);
    expect([out?.p50Us, back?.p50Us, roundTrip?.p50Us]).toEqual([510_000, -470_000, 40_000]);
    expect([out?.errorUs, back?.errorUs, roundTrip?.errorUs]).toEqual([5, 4, 9]);
  });

  it("puts each loss on its way by the reflector's count", () => {
    // 1 was lost on the way out, 3 on the way back; nobody knows of 5.
    const { lost, answered } = summarize([...allSent(6), reply(0, 0), reply(2, 1), reply(4, 3)]);
    expect({ lost, answered }).toEqual({ lost: { out: 1, back: 1, unknown: 1 }, answered: 3 });
  });

  it("does not say where a loss was when the reflector does not count", () => {
    const { lost } = summarize([...allSent(4), reply(0, undefined), reply(3, undefined)]);
    expect(lost).toEqual({ out: undefined, back: undefined, unknown: 2 });
  });

  it("knows duplicates and replies out of order", () => {
    const told = summarize([...allSent(3), reply(1, 1), reply(0, 0), reply(0, 0), reply(2, 2)]);
    expect(told).toMatchObject({ answered: 3, duplicates: 1, reordered: 1, lost: { out: 0, back: 0, unknown: 0 } });
  });

  it("has no one-way delay where the reflector's stay is not told, and none at all where nothing answered", () => {
    const { flags } = reply(0, 0);
    const light = reply(0, undefined, { flags: { ...flags, reflectorStayUnknown: true }, t3Ns: T + 510_000_000n });
    expect(summarize([...allSent(1), light])).toMatchObject({
      out: undefined,
      back: undefined,
      roundTrip: { p50Us: 40_100 },
    });
    expect(summarize(allSent(2))).toMatchObject({ sent: 2, answered: 0, roundTrip: undefined });
  });
});
