// A sender's session and a reflector face to face without a network: what each extension says after the round, what is
// refused and why.

// Long because: rounds, extensions, ways back and noise share one reflector and one session.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authenticated, HERE, Pair, T1, THERE } from "../../test/support/pulse-pair.ts";
import { parseAddress } from "./address.ts";
import { encodeGreeting } from "./row-tlv.ts";
import type { Received } from "./session.ts";
import { Sessions } from "./sessions.ts";
import {
  accessReport,
  askClassOfService,
  askFollowUp,
  askLocation,
  askTimestampInformation,
  directMeasurement,
  extraPadding,
  readExtension,
} from "./stamp-extensions.ts";
import { destinationNode, NO_RETURN_PATHS, readReturnPath, returnHeader, returnPath } from "./stamp-sr.ts";
import { FLAG, TLV, tlv, walkTlvs } from "./stamp-tlv.ts";

const flagsOf = (reply: Uint8Array, base = 44): number[] => walkTlvs(reply, base).tlvs.map(({ flags }) => flags);
const told = (got: Received): unknown[] =>
  got.kind === "reply" ? got.tlvs.flatMap((one) => readExtension(one, "ntp", T1) ?? []) : [];

describe("a round", () => {
  it.each([
    ["open", {}],
    ["authenticated", authenticated],
    ["open with PTP timestamps", { format: "ptp" }],
  ] as const)("gives a sample of both legs: %s", (_name, setup) => {
    const { got } = new Pair(setup, { format: "format" in setup ? "ptp" : "ntp" }).round([
      tlv(TLV.row, encodeGreeting(true)),
    ]);
    expect(got).toMatchObject({
      kind: "reply",
      duplicate: false,
      senderTtl: 251,
      lacks: [],
      sample: {
        sequence: 0,
        reflectorSequence: 0,
        t1Ns: T1,
        t2Ns: T1 + 20_000_000n,
        t3Ns: T1 + 20_100_000n,
        t4Ns: T1 + 45_000_000n,
        t1ErrorNs: 2_000,
        flags: { authenticated: setup === authenticated, reflectorStayUnknown: false },
      },
    });
  });

  it("tells the legs of a loss apart where the reflector counts, and does not where it does not", () => {
    const counts = new Pair();
    counts.pulse();
    expect(counts.round().got).toMatchObject({ sample: { sequence: 1, reflectorSequence: 0 } });
    const copies = new Pair({}, { stateful: false });
    copies.pulse();
    expect(copies.round().got).toMatchObject({ sample: { sequence: 1, reflectorSequence: undefined } });
  });

  it("is of the size of the request (RFC 8762 §4.3), and of the base packet where that was shorter", () => {
    expect(new Pair().round([extraPadding(300)]).reply).toHaveLength(44 + 304);
    const short = new Pair().answer(new Pair().pulse().subarray(0, 14));
    expect(short.kind === "answered" && short.reply).toHaveLength(44);
  });

  it("marks a duplicate, and refuses what answers nothing of ours", () => {
    const pair = new Pair();
    const { reply } = pair.round();
    expect(pair.take(reply)).toMatchObject({ kind: "reply", duplicate: true });
    expect(pair.take(reply.with(33, 99))).toEqual({ kind: "refused", why: "reply-not-ours" });
    expect(pair.take(reply.with(27, 9))).toEqual({ kind: "refused", why: "reply-not-ours" });
    expect(pair.take(reply.with(15, 9))).toEqual({ kind: "refused", why: "reply-ssid" });
    expect(pair.take(reply.subarray(0, 30))).toEqual({ kind: "refused", why: "reply-too-short" });
  });

  it("says what a TWAMP-Light reflector lacks", () => {
    const { reply } = new Pair().round();
    const light = reply.slice(0, 38);
    light.fill(0, 12, 16);
    light.copyWithin(4, 16, 24);
    const pair = new Pair();
    pair.pulse();
    expect(pair.take(light)).toMatchObject({
      kind: "reply",
      lacks: ["ssid", "sender-ttl", "t2-equals-t3", "error-estimate"],
      sample: { flags: { reflectorStayUnknown: true } },
    });
  });
});

describe("extensions", () => {
  it("are filled in and read back", () => {
    const pair = new Pair();
    pair.round();
    const { reply, got } = pair.round([
      askLocation(),
      askTimestampInformation(),
      askClassOfService(10),
      directMeasurement(2),
      accessReport("non-3gpp", true),
      askFollowUp(),
      extraPadding(8),
    ]);
    expect(flagsOf(reply)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(told(got)).toEqual([
      { kind: "location", destinationPort: 862, sourcePort: 40_000, source: HERE, destination: THERE },
      { kind: "timestamps", syncSourceIn: 5, methodIn: 2, syncSourceOut: 5, methodOut: 2 },
      { kind: "class-of-service", asked: 10, arrived: 46, ecn: 1, refused: false },
      { kind: "direct-measurement", sent: 2, received: 2, reflected: 2 },
      { kind: "access-report", network: 2, code: 1 },
      { kind: "follow-up", sequence: 0, ns: T1 + 20_100_000n, method: 2 },
      { kind: "padding", octets: 8 },
    ]);
  });

  it("have the octets of RFC 8972's figures", () => {
    const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
    expect(hex(askClassOfService(46))).toBe("80040004b8000000");
    expect(hex(directMeasurement(258))).toBe("8005000c000001020000000000000000");
    expect(hex(accessReport("3gpp", false))).toBe("8006000410020000");
    expect(hex(destinationNode(THERE))).toBe("8009001020010db8000000000000000000000002");
    expect(hex(returnPath({ kind: "same-link" }))).toBe("800a00088001000400000001");
    expect(hex(returnPath({ kind: "path", sids: [THERE] }))).toBe("800a00148004001020010db8000000000000000000000002");
  });

  it("follow the reflector's policy on DSCP: the request's own comes back, and RP says so", () => {
    const pair = new Pair({}, { mayUseDscp: (dscp) => dscp === 0 });
    const done = pair.answer(pair.pulse([askClassOfService(10)]));
    expect(done).toMatchObject({ dscp: 46 });
    expect(told(pair.take((done as { reply: Uint8Array }).reply))).toMatchObject([{ refused: true }]);
  });

  it("that are not known come back with U, wrong lengths with M and nothing after them touched", () => {
    const { reply } = new Pair().round([
      tlv(200, new Uint8Array(4)),
      tlv(TLV.classOfService, new Uint8Array(3)),
      askFollowUp(),
    ]);
    expect(flagsOf(reply)).toEqual([FLAG.unrecognised, FLAG.malformed, FLAG.unrecognised]);
  });

  it("that run past the end are marked M, and what came before is used", () => {
    const pair = new Pair();
    const octets = pair.pulse([askTimestampInformation(), tlv(TLV.extraPadding, new Uint8Array(8))]).slice(0, -4);
    const done = pair.answer(octets);
    expect(done.kind === "answered" && Buffer.from(done.reply?.subarray(44) ?? []).toString("hex")).toBe(
      "0003000405020502" + "4001000800000000",
    );
  });

  it("are guarded by their HMAC: a spoiled one is marked I all over, and no row is taken from it", () => {
    const pair = new Pair(authenticated);
    const octets = pair.pulse([tlv(TLV.row, encodeGreeting(true)), askTimestampInformation()]);
    const spoiled = octets.slice();
    spoiled[118] = 0x55;
    const done = pair.answer(spoiled);
    expect(done).toMatchObject({ kind: "answered", integrity: "failed", row: undefined });
    const reply = (done as { reply: Uint8Array }).reply;
    expect(flagsOf(reply, 112)).toEqual([FLAG.integrity, FLAG.integrity, FLAG.integrity]);
    expect(pair.take(reply)).toMatchObject({ kind: "reply", extensions: "tlv-integrity", tlvs: [] });
    expect(pair.answer(octets)).toMatchObject({ integrity: "genuine", row: encodeGreeting(true) });
  });

  it("must be guarded in the authenticated mode, but for one extra padding (RFC 8972 §4.8)", () => {
    const pair = new Pair({ ...authenticated, signsTlvs: false });
    expect(pair.answer(pair.pulse([askFollowUp()]))).toMatchObject({ integrity: "failed" });
    expect(pair.answer(pair.pulse([extraPadding(4)]))).toMatchObject({ integrity: "none" });
  });

  it("leave the padding of a TWAMP-Light sender as it is", () => {
    const pair = new Pair();
    const padded = new Uint8Array(200);
    padded.set(pair.pulse());
    padded[120] = 7;
    const done = pair.answer(padded);
    expect(done.kind === "answered" && done.reply?.subarray(44)).toEqual(padded.subarray(44));
  });
});

describe("the way back (RFC 9503)", () => {
  const sids = [parseAddress("fd00:1::e"), parseAddress("fd00:2::e")];

  it("is refused with U unless the reflector's owner allows it", () => {
    const asked = [returnPath({ kind: "path", sids }), returnPath({ kind: "path", address: HERE })];
    for (const one of asked) expect(flagsOf(new Pair().round([one]).reply)).toEqual([FLAG.unrecognised]);
    const policy = { own: () => true, mayReturnTo: () => true, maySteer: () => true };
    const pair = new Pair({}, { policy });
    const done = pair.answer(pair.pulse([returnPath({ kind: "path", address: HERE, sids })]));
    expect(done).toMatchObject({ path: { kind: "path", address: HERE, sids } });
    expect(flagsOf((done as { reply: Uint8Array }).reply)).toEqual([0]);
  });

  it("is none at all where the sender says so", () => {
    const pair = new Pair();
    expect(pair.answer(pair.pulse([returnPath({ kind: "none" })]))).toMatchObject({
      kind: "answered",
      reply: undefined,
    });
  });

  it("is read back as it was written, and not from wrong lengths", () => {
    const paths = fc.oneof(
      fc.constantFrom({ kind: "none" } as const, { kind: "same-link" } as const),
      fc
        .record({
          address: fc.option(fc.constantFrom(HERE, parseAddress("192.0.2.1")), { nil: undefined }),
          sids: fc.option(fc.array(fc.constantFrom(...sids), { minLength: 1, maxLength: 5 }), { nil: undefined }),
        })
        .filter(({ address, sids }) => address !== undefined || sids !== undefined)
        .map(({ address, sids }) => ({ kind: "path" as const, ...(address && { address }), ...(sids && { sids }) })),
    );
    fc.assert(
      fc.property(paths, (path) => {
        expect(readReturnPath(returnPath(path).subarray(4))).toEqual(path);
      }),
    );
    expect(readReturnPath(tlv(4, new Uint8Array(15)))).toBeUndefined();
    expect(readReturnPath(tlv(4, new Uint8Array(0)))).toBeUndefined();
  });

  it("becomes a routing header whose list runs backwards to the sender (RFC 8754 §2)", () => {
    const header = returnHeader(sids, HERE);
    expect([...header.subarray(0, 8)]).toEqual([0, 6, 4, 2, 2, 0, 0, 0]);
    expect(header.subarray(8, 24)).toEqual(HERE);
    expect(header.subarray(40)).toEqual(sids[0]);
  });

  it("says with U that a probe has come to the wrong node", () => {
    const policy = { ...NO_RETURN_PATHS, own: (address: Uint8Array) => address[15] === 2 };
    expect(flagsOf(new Pair({}, { policy }).round([destinationNode(THERE)]).reply)).toEqual([0]);
    expect(flagsOf(new Pair({}, { policy }).round([destinationNode(HERE)]).reply)).toEqual([FLAG.unrecognised]);
  });
});

describe("a reflector's table", () => {
  it("refuses new senders when it is full of living ones, and gives up the oldest idle one", () => {
    const sessions = new Sessions(2, 1_000);
    const first = sessions.of("a", 1, 0);
    sessions.of("b", 1, 900);
    expect(sessions.of("c", 1, 950)).toBeUndefined();
    expect(sessions.of("a", 1, 950)).toBe(first);
    expect(sessions.of("c", 1, 1_100)).toBeDefined();
    expect(sessions.of("a", 1, 1_200)).toBeUndefined();
    expect(sessions.size).toBe(2);
  });
});
