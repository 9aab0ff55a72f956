// Carriers are walked as the nodes of RFC 9800 and RFC 8754 would walk them: exactly the waypoints of the path are met, in
// order, and nobody could do it with fewer carriers.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { formatIpv6 } from "./address.ts";
import { compress, fitsOneCarrier, parseWaypoint, type Waypoint } from "./compress.ts";
import type { Sid } from "./sid.ts";

const bitsOf = (sid: bigint): string => sid.toString(2).padStart(128, "0");
const sidOf = (bits: string): Sid => BigInt(`0b${bits}`) as Sid;
const hexBits = (hex: string): string =>
  [...hex].map((digit) => Number(`0x${digit}`).toString(2).padStart(4, "0")).join("");

/**
 * The SIDs that a packet meets on its way. Each address is looked up as a router would, longest prefix first, among what
 * the waypoints' nodes announce. A NEXT-CSID node shifts while its argument is not zero; any other takes the next carrier.
 */
function walk(carriers: readonly Sid[], path: readonly Waypoint[]): string[] {
  const met: string[] = [];
  for (const carrier of carriers) {
    let destination = bitsOf(carrier);
    for (let shifting = true; shifting; ) {
      const [node] = path.filter((one) => destination.startsWith(announced(one))).toSorted(byLength);
      if (!node) return [...met, `lost at ${formatIpv6(sidOf(destination))}`];
      met.push(formatIpv6(node.sid));
      const argument = node.nextCsid ? destination.slice(announced(node).length) : "";
      shifting = argument.includes("1");
      if (shifting) destination = (destination.slice(0, node.nextCsid?.blockBits) + argument).padEnd(128, "0");
    }
  }
  return met;
}

const byLength = (a: Waypoint, b: Waypoint): number => announced(b).length - announced(a).length;

function announced({ sid, nextCsid }: Waypoint): string {
  return bitsOf(sid).slice(0, nextCsid ? nextCsid.blockBits + nextCsid.nodeFunctionBits : 128);
}

const texts = (path: readonly Waypoint[]): string[] => path.map(({ sid }) => formatIpv6(sid));

/** The waypoints in one address if that can be, judged by walking it. */
function oneCarrier(waypoints: readonly Waypoint[], path: readonly Waypoint[]): Sid | undefined {
  const [first, ...others] = waypoints as [Waypoint, ...Waypoint[]];
  const block = first.nextCsid?.blockBits ?? 0;
  let bits = others.length === 0 ? bitsOf(first.sid) : announced(first);
  for (const [i, one] of others.entries())
    bits += (i === others.length - 1 ? bitsOf(one.sid) : announced(one)).slice(block);
  if (bits.slice(128).includes("1")) return undefined;
  const carrier = sidOf(bits.slice(0, 128).padEnd(128, "0"));
  return walk([carrier], path).join() === texts(waypoints).join() ? carrier : undefined;
}

/** The least number of carriers over all ways to cut the path. */
function fewest(path: readonly Waypoint[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let cuts = 0; cuts < 2 ** (path.length - 1); cuts++) {
    const ends = path.map((_, i) => i + 1).filter((end) => end === path.length || cuts & (1 << (end - 1)));
    const parts = ends.map((end, i) => path.slice(ends[i - 1] ?? 0, end));
    if (parts.every((part) => oneCarrier(part, path) !== undefined)) best = Math.min(best, parts.length);
  }
  return best;
}

const BLOCKS = ["fcbbbb00", "fcbbbb01", "fcbbb"];
/** Of another length, inside the first; its CSIDs begin as no other does there. */
const LONG_BLOCK = "fcbbbb00f000";

/** A node's first digit says how many digits it has; functions begin with digits that no node begins with. */
const csid = fc
  .constantFrom<readonly [number, number, number]>([1, 5, 4], [6, 8, 2], [9, 10, 6])
  .chain(([from, to, digits]) =>
    fc
      .tuple(
        fc.integer({ min: from, max: to }),
        fc.array(fc.constantFrom("0", "0", "1", "8", "f"), { minLength: digits - 1, maxLength: digits - 1 }),
      )
      .map(([head, tail]) => head.toString(16) + tail.join("")),
  );

const shifting = (block: string, own: string): Waypoint => ({
  sid: sidOf(hexBits(block + own).padEnd(128, "0")),
  nextCsid: { blockBits: 4 * block.length, nodeFunctionBits: 4 * own.length },
});
const plain = (hex: string): Waypoint => ({ sid: sidOf(hexBits(hex).padEnd(128, "0")) });

/** Few blocks and many waypoints in the first of them, so that carriers fill up. */
const block = fc.oneof(
  { weight: 5, arbitrary: fc.constant("fcbbbb00") },
  { weight: 1, arbitrary: fc.constantFrom(...BLOCKS, LONG_BLOCK) },
);
const waypoint: fc.Arbitrary<Waypoint> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(block, csid).map(([of, own]) => shifting(of, own)) },
  // A node's End.X as one longer CSID: the node's own number begins it.
  { weight: 2, arbitrary: fc.tuple(block, csid).map(([of, node]) => shifting(of, `${node}e001`)) },
  // A node's function that does no NEXT-CSID.
  {
    weight: 2,
    arbitrary: fc
      .tuple(block, csid, fc.constantFrom("d", "d001", "e0000001"))
      .map(([of, node, fn]) => plain(of + node + fn)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(plain("20010db8000000000000000000000001"), plain("fcbbbb00".padEnd(32, "f"))),
  },
);
const paths = fc.array(waypoint, { minLength: 1, maxLength: 8 });

const packed = (...path: readonly string[]): (readonly [string, number, string | undefined])[] =>
  compress(path.map((text) => parseWaypoint(text, 32))).map(({ sid, waypoints, ended }) => [
    formatIpv6(sid),
    waypoints,
    ended,
  ]);

describe("carriers", () => {
  it("force the path: its waypoints are met, in order, and no others", () => {
    fc.assert(
      fc.property(paths, (path) => {
        const carriers = compress(path);
        expect(
          walk(
            carriers.map(({ sid }) => sid),
            path,
          ),
        ).toEqual(texts(path));
        expect(carriers.reduce((sum, { waypoints }) => sum + waypoints, 0)).toBe(path.length);
      }),
      { numRuns: 400 },
    );
  });

  it("are the fewest that do", () => {
    const saved = new Set<number>();
    fc.assert(
      fc.property(paths, (path) => {
        const carriers = compress(path);
        expect(carriers.length).toBe(fewest(path));
        expect(fitsOneCarrier(path)).toBe(carriers.length === 1);
        saved.add(path.length - carriers.length);
      }),
      { numRuns: 250 },
    );
    expect(saved.size).toBeGreaterThan(3);
  });

  it("say why they end, all but the last", () => {
    fc.assert(
      fc.property(paths, (path) => {
        const reasons = compress(path).map(({ ended }) => ended);
        expect(reasons.at(-1)).toBeUndefined();
        for (const reason of reasons.slice(0, -1)) expect(reason).toMatch(/SID [1-8] /);
      }),
    );
  });
});

describe("a path", () => {
  const nodes = (...of: readonly string[]): string[] => of.map((node) => `fcbb:bb00:${node}::/48`);

  it("of six waypoints is one address, with a block of 32 bits and CSIDs of 16", () => {
    expect(packed(...nodes("11", "22", "33", "44", "55", "66"))).toEqual([
      ["fcbb:bb00:11:22:33:44:55:66", 6, undefined],
    ]);
  });

  it("of seven is two", () => {
    expect(packed(...nodes("1", "2", "3", "4", "5", "6", "7"))).toEqual([
      ["fcbb:bb00:1:2:3:4:5:6", 6, "16 bits of SID 7 are wanted and 0 are left"],
      ["fcbb:bb00:7::", 1, undefined],
    ]);
  });

  it("may end a carrier in a SID that does no NEXT-CSID, and goes on in another", () => {
    expect(packed(...nodes("1", "2"), "fcbb:bb00:3:d001::", ...nodes("4"))).toEqual([
      ["fcbb:bb00:1:2:3:d001::", 3, "SID 3 of the path does no NEXT-CSID, so nothing can follow it in a carrier"],
      ["fcbb:bb00:4::", 1, undefined],
    ]);
  });

  it("keeps a decapsulating SID whole where too few bits are left", () => {
    expect(packed(...nodes("1", "2", "3", "4", "5"), "fcbb:bb00:6:d001::")).toEqual([
      ["fcbb:bb00:1:2:3:4:5:0", 5, "32 bits of SID 6 are wanted and 16 are left"],
      ["fcbb:bb00:6:d001::", 1, undefined],
    ]);
  });

  it("with CSIDs of several lengths is cut where their bits end", () => {
    expect(packed("fcbb:bb00:6100::/40", "fcbb:bb00:9000:100::/56", "fcbb:bb00:1::/48")).toEqual([
      ["fcbb:bb00:6190:1:1::", 3, undefined],
    ]);
  });

  it("changes carrier with the block", () => {
    expect(packed("fcbb:bb00:1::/48", "fcbb:bb01:2::/48")).toEqual([
      ["fcbb:bb00:1::", 1, "SID 2 lies in another block"],
      ["fcbb:bb01:2::", 1, undefined],
    ]);
  });

  it("may end a carrier in a SID with a longer block, but not go on from it under the shorter", () => {
    const path = [shifting("fcbbbb00", "1000"), shifting("fcbbbb00f000", "2000"), shifting("fcbbbb00", "3000")];
    expect(compress(path).map(({ sid, ended }) => [formatIpv6(sid), ended])).toEqual([
      ["fcbb:bb00:1000:f000:2000::", "SID 2 has a block of another length"],
      ["fcbb:bb00:3000::", undefined],
    ]);
  });

  it("never packs a CSID of zero, which would end the carrier before its node is met", () => {
    const zero = "fcbb:bb00::/48";
    const one = "fcbb:bb00:1::/48";
    expect(packed(one, zero, one).map(([sid]) => sid)).toEqual(["fcbb:bb00:1::", "fcbb:bb00::", "fcbb:bb00:1::"]);
    expect(packed(one, "fcbb:bb00::").map(([, , ended]) => ended)).toEqual([
      "SID 2 is its block and nothing more, which ends a carrier",
      undefined,
    ]);
  });

  it("of nothing is no carrier", () => {
    expect(compress([])).toEqual([]);
  });
});

describe("refused", () => {
  it.each<[string, Waypoint]>([
    [
      "bits after the CSID, for its node would shift to them",
      { sid: plain("fcbbbb0000010002").sid, nextCsid: { blockBits: 32, nodeFunctionBits: 16 } },
    ],
    ["lengths that no address has", { sid: plain("fcbb").sid, nextCsid: { blockBits: 120, nodeFunctionBits: 16 } }],
    ["a CSID of no length", { sid: plain("fcbb").sid, nextCsid: { blockBits: 32, nodeFunctionBits: 0 } }],
  ])("%s", (_what, wrong) => {
    const path = [shifting("fcbbbb00", "1000"), wrong];
    for (const read of [compress, fitsOneCarrier]) {
      expect(refusal("VALUE_INVALID", () => read(path)).message).toContain("SID 2 of the path, fcbb:");
    }
  });
});
