// Deltas lead where they should, for any two documents; messages come back as they went; what is none is refused by field.

import fc from "fast-check";
import { Compile } from "typebox/compile";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { applyDelta, deltaOf } from "./delta.ts";
import { PopDelta, type PopDesired } from "./desired.ts";
import { type FromAgent, readFromAgent, readFromService, writeMessage } from "./message.ts";
import { segmentName, segmentParts } from "./parts.ts";

const word = fc.constantFrom("sea", "chi", "fra", "lon", "a1", "b-2");
const peer = fc.record({
  segment: fc.tuple(word, word, word).map(([from, transit, to]) => segmentName({ from, transit, to })),
  address: fc.constantFrom("2001:db8::1", "2001:db8::2"),
  from: fc.constant("2001:db8::9"),
  port: fc.integer({ min: 1, max: 65_535 }),
  intervalMs: fc.constantFrom(100, 1_000),
  floorUs: fc.nat(20_000),
});
const tenant = fc.record({ name: word, table: fc.integer({ min: 1, max: 9 }) });
const sid = fc.record({
  sid: fc.constantFrom("fcbb:bb00:1::", "fcbb:bb00:1:e000::", "fcbb:bb00:1:d000::"),
  behavior: fc.constantFrom("End" as const, "End.DT46" as const),
});
const settings = fc.record({
  pop: fc.constant("sea"),
  group: fc.constant("core"),
  blocks: fc.constant<string[]>(["fcbb:bb00::/32"]),
  segments: fc.constant<string[]>(["eth1"]),
  tunnelSource: fc.constant("2001:db8:1::1"),
  near: fc.constant("2001:db8:1:ff::/64"),
  reportMs: fc.constantFrom(1_000, 2_000),
  drained: fc.boolean(),
});
const lists = fc.record({
  settings,
  tenants: fc.uniqueArray(tenant, { selector: (one) => one.name }),
  hmacKeys: fc.constant<PopDesired["hmacKeys"]>([]),
  localSids: fc.uniqueArray(sid, { selector: (one) => one.sid }),
  policies: fc.constant<PopDesired["policies"]>([]),
  peers: fc.uniqueArray(peer, { selector: (one) => one.segment }),
});
const document = (version: number) => lists.map((rest): PopDesired => ({ version, ...rest }));

const sorted = (one: PopDesired) => ({
  ...one,
  tenants: one.tenants.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  localSids: one.localSids.toSorted((a, b) => (a.sid < b.sid ? -1 : 1)),
  peers: one.peers.toSorted((a, b) => (a.segment < b.segment ? -1 : 1)),
});

describe("a delta", () => {
  it("leads from any document to any other, also by way of text", () => {
    const delta = Compile(PopDelta);
    fc.assert(
      fc.property(document(1), document(2), (from, to) => {
        const told = JSON.parse(JSON.stringify(deltaOf(from, to)));
        expect(delta.Check(told)).toBe(true);
        expect(sorted(applyDelta(from, told))).toEqual(sorted(to));
      }),
    );
  });

  it("says nothing of what is the same", () => {
    fc.assert(
      fc.property(document(1), (one) => {
        expect(deltaOf(one, { ...one, version: 2 })).toEqual({ base: 1, version: 2, set: {}, remove: {} });
      }),
    );
  });

  it("is refused by another version than the one it starts from", () => {
    fc.assert(
      fc.property(document(1), document(2), (from, to) => {
        const late = { ...from, version: 7 };
        expect(() => applyDelta(late, deltaOf(from, to))).toThrow(/from version 1 met version 7/);
      }),
      { numRuns: 5 },
    );
  });
});

describe("a message", () => {
  const heartbeat: FromAgent = { kind: "heartbeat", atMs: 1_800_000_000_000 };

  it("comes back as it went", () => {
    expect(readFromAgent(writeMessage(heartbeat))).toEqual(heartbeat);
    fc.assert(
      fc.property(document(3), (one) => {
        const told = { kind: "desired" as const, document: one };
        expect(readFromService(writeMessage(told))).toEqual(told);
      }),
    );
  });

  it.each([
    ["{", /no JSON/],
    ["[]", /kind undefined/],
    ['{"kind":"welcome","heard":0}', /of kind "welcome"/],
    ['{"kind":"heartbeat"}', /heartbeat.*atMs/],
    ['{"kind":"heartbeat","atMs":"now"}', /atMs = "now" must be integer/],
    ['{"kind":"heartbeat","atMs":1,"extra":2}', /extra is no field/],
    ['{"kind":"contradiction","number":1,"atMs":1,"member":"../etc","evidence":[]}', /member/],
    ["null", /kind undefined/],
  ])("%s is refused, and the field is named", (text, pattern) => {
    expect(() => readFromAgent(text)).toThrow(pattern);
    expect(() => readFromAgent(text)).toThrow(SrwanError);
  });

  it("of anything at all never ends in anything but a message or a coded refusal", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((one) => JSON.stringify({ kind: "hello", ...one })),
        ),
        (text) => {
          try {
            readFromAgent(text);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(SrwanError);
            expect((thrown as SrwanError).code).toBe("WIRE_INVALID");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

it("a segment's name holds its ends and its transit", () => {
  fc.assert(
    fc.property(word, word, word, (from, transit, to) => {
      expect(segmentParts(segmentName({ from, transit, to }))).toEqual({ from, transit, to });
    }),
  );
});
