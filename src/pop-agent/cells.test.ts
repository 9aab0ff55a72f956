// What an interval says of a segment: a median, a loss, or nothing; never a zero for what is not known.

import { describe, expect, it } from "vitest";
import type { PeerId, PulseSample } from "../pulse/model.ts";
import { Interval, segmentReport } from "./cells.ts";

const peer = "sea/alder>chi" as PeerId;
const MS = 1_000_000n;
const sent = (sequence: number, atMs: bigint): PulseSample => ({
  kind: "sent",
  peer,
  sequence,
  t1Ns: atMs * MS,
  t1ErrorNs: 0,
});
const reply = (sequence: number, atMs: bigint, outMs: bigint): PulseSample => ({
  kind: "reply",
  peer,
  sequence,
  reflectorSequence: sequence,
  t1Ns: atMs * MS,
  t2Ns: (atMs + outMs) * MS,
  t3Ns: (atMs + outMs + 1n) * MS,
  t4Ns: (atMs + outMs + 11n) * MS,
  t1ErrorNs: 0,
  t2ErrorNs: 0,
  t3ErrorNs: 0,
  t4ErrorNs: 0,
  flags: { stampSource: "kernel", peerSynchronised: false, authenticated: false, reflectorStayUnknown: false },
});

describe("an interval", () => {
  it("tells the median out and there and back, then begins anew", () => {
    const interval = new Interval();
    for (const [i, out] of [30n, 10n, 20n].entries()) {
      interval.take(sent(i, BigInt(i) * 100n));
      interval.take(reply(i, BigInt(i) * 100n, out));
    }
    expect(interval.close(1_000n * MS)).toEqual({ sampleUs: 20_000, roundTripUs: 30_000 });
    expect(interval.close(2_000n * MS)).toEqual({ sampleUs: null, roundTripUs: null });
  });

  it("is lost when pulses left in time and none was answered, and says nothing of one that is under way", () => {
    const interval = new Interval();
    interval.take(sent(0, 900n));
    expect(interval.close(1_000n * MS).sampleUs).toBeNull();
    expect(interval.close(2_000n * MS).sampleUs).toBe("lost");
    expect(interval.close(3_000n * MS).sampleUs).toBeNull();
  });
});

it("a segment that nothing is known of is told with nulls", () => {
  const report = segmentReport(peer, undefined, { sampleUs: null, roundTripUs: null }, 5_000);
  expect(report).toMatchObject({ p50Us: null, delayUs: null, lossPpm: null, samples: 0 });
});
