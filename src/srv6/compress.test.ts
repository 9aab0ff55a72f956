// NEXT-CSID carriers: never more than brute force needs, and followed hop by hop they visit the path and nothing else.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv6 } from "./address.ts";
import { type Carrier, compress, fitsOneCarrier, type Waypoint } from "./compress.ts";
import { parseSid, type Sid } from "./sid.ts";

const BLOCKS = [0xfcbbbb00n, 0xfcbbbb01n];

/** A POP's End (16 bits after the block), an End.X behind it (32), or a SID that does no NEXT-CSID. */
const waypoint: fc.Arbitrary<Waypoint> = fc
  .record({
    block: fc.constantFrom(...BLOCKS, BLOCKS[0] as bigint),
    node: fc.integer({ min: 1, max: 5 }),
    form: fc.constantFrom(
      "end" as const,
      "endX" as const,
      "plain" as const,
      "plainFunction" as const,
      "argument" as const,
    ),
  })
  .map(({ block, node, form }) => {
    const locator = (block << 96n) | (BigInt(node) << 80n);
    const sid = (form === "endX" || form === "plainFunction" ? locator | (0xe001n << 64n) : locator) as Sid;
    if (form === "end") return { sid, nextCsid: { blockBits: 32, nodeFunctionBits: 16 } };
    if (form === "endX") return { sid, nextCsid: { blockBits: 32, nodeFunctionBits: 32 } };
    return form === "argument" ? { sid: (sid | 1n) as Sid } : { sid };
  });

const path = fc.array(waypoint, { minLength: 1, maxLength: 9 });

/** The fewest carriers over every way to cut the path into runs. */
function fewest(waypoints: readonly Waypoint[]): number {
  let best = waypoints.length;
  for (let cuts = 0; cuts < 1 << (waypoints.length - 1); cuts++) {
    const runs: Waypoint[][] = [[]];
    for (const [i, one] of waypoints.entries()) {
      if (i > 0 && cuts & (1 << (i - 1))) runs.push([]);
      runs.at(-1)?.push(one);
    }
    if (runs.every(fitsOneCarrier)) best = Math.min(best, runs.length);
  }
  return best;
}

/**
 * What nodes do with the carriers: the longest prefix that is a SID of the path takes the packet; a NEXT-CSID one with
 * something after its CSID shifts (RFC 9800 §4.1), any other goes on with the next carrier (RFC 8986 §4.1).
 */
function visited(carriers: readonly Carrier[], waypoints: readonly Waypoint[]): Sid[] {
  const seen: Sid[] = [];
  const lengthOf = ({ nextCsid }: Waypoint): number =>
    nextCsid ? nextCsid.blockBits + nextCsid.nodeFunctionBits : 128;
  for (const { sid } of carriers) {
    let destination: bigint = sid;
    for (let hops = 0; hops < 20; hops++) {
      const here = waypoints
        .filter((one) => destination >> BigInt(128 - lengthOf(one)) === one.sid >> BigInt(128 - lengthOf(one)))
        .sort((a, b) => lengthOf(b) - lengthOf(a))[0];
      if (!here) throw new Error(`${formatIpv6(destination as Sid)} is nobody's`);
      seen.push(here.sid);
      const shape = here.nextCsid;
      const argument = shape ? BigInt.asUintN(128 - lengthOf(here), destination) : 0n;
      if (!shape || argument === 0n) break;
      const block = BigInt(128 - shape.blockBits);
      destination = ((destination >> block) << block) | (argument << BigInt(shape.nodeFunctionBits));
    }
  }
  return seen;
}

describe("carriers", () => {
  it("are as few as can be", () => {
    fc.assert(
      fc.property(path, (waypoints) => {
        expect(compress(waypoints).length).toBe(fewest(waypoints));
      }),
      {
        numRuns: 500,
      },
    );
  });

  it("force the path, and only the path", () => {
    fc.assert(
      fc.property(path, (waypoints) => {
        expect(visited(compress(waypoints), waypoints)).toEqual(waypoints.map(({ sid }) => sid));
      }),
      { numRuns: 2_000 },
    );
  });

  it("account for every waypoint, and say why each but the last ended", () => {
    fc.assert(
      fc.property(path, (waypoints) => {
        const carriers = compress(waypoints);
        expect(carriers.reduce((sum, one) => sum + one.waypoints, 0)).toBe(waypoints.length);
        expect(carriers.slice(0, -1).every(({ ended }) => ended !== undefined)).toBe(true);
        expect(carriers.at(-1)?.ended).toBeUndefined();
      }),
    );
  });

  it("hold six waypoints of 16 bits in one address", () => {
    const csid = { blockBits: 32, nodeFunctionBits: 16 };
    const six = [1, 2, 3, 4, 5].map((node): Waypoint => ({ sid: parseSid(`fcbb:bb00:${node}::`), nextCsid: csid }));
    const carriers = compress([...six, { sid: parseSid("fcbb:bb00:6::") }]);
    expect(carriers.map(({ sid, waypoints }) => [formatIpv6(sid), waypoints])).toEqual([["fcbb:bb00:1:2:3:4:5:6", 6]]);
  });

  it("end where a SID does no NEXT-CSID, and say so", () => {
    const plain = [1, 2].map((node): Waypoint => ({ sid: parseSid(`fcbb:bb00:${node}::`) }));
    expect(compress(plain).map(({ ended }) => ended)).toEqual([
      "SID 1 of the path does no NEXT-CSID, so nothing can follow it in a carrier",
      undefined,
    ]);
  });
});
