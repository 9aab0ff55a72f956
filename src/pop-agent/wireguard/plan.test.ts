// The pure half of segments inside WireGuard: what a record asks for, what two POPs' halves come to, and how they meet again
// where one has not heard of the other's newest.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/support/outcome.ts";
import type { PopRecord, SegmentPort } from "../../wire/pop.ts";
import { newCurvePair, sharedKey } from "./keys.ts";
import { devicesOf, nextPair, pairsOf, peerWords, withKeys } from "./plan.ts";

const port = (more: Partial<SegmentPort>): SegmentPort => ({
  ...{ transit: "alder", to: "chi", device: "wg0", nexthop: "fd00::2", local: "fd00::1" },
  ...more,
});
const recordOf = (...segments: SegmentPort[]): PopRecord => ({
  ...{ name: "sea", platform: "linux", address: "2001:db8::1", transits: [{ name: "alder" }] },
  segments,
});
const WIREGUARD = { endpoint: "2001:db8::1", port: 51_820 };

describe("devices", () => {
  it("are there for segments inside WireGuard alone, with what fits", () => {
    const record = recordOf(
      port({ device: "eth1" }),
      port({ wireguard: WIREGUARD }),
      port({ device: "wg1", wireguard: { endpoint: "192.0.2.1", port: 2 } }),
      port({ device: "wg2", wireguard: { ...WIREGUARD, port: 3 }, mtuOctets: 8_900 }),
    );
    expect(devicesOf(record).map(({ name, mtuOctets }) => [name, mtuOctets])).toEqual([
      ["wg0", 1_420],
      ["wg1", 1_440],
      ["wg2", 8_900],
    ]);
    // Whoever reckons paths over them is told the same.
    expect(withKeys(record, "A", "B").segments.map(({ mtuOctets }) => mtuOctets)).toEqual([
      undefined,
      1_420,
      1_440,
      8_900,
    ]);
  });

  const many = (count: number): SegmentPort[] =>
    Array.from({ length: count }, (_, i) =>
      port({ device: `wg${i}`, wireguard: { ...WIREGUARD, port: WIREGUARD.port + i } }),
    );

  it("are as many as 99 peers over two transits ask for", () => {
    expect(devicesOf(recordOf(...many(99 * 2)))).toHaveLength(198);
  });

  it.for([
    ["more than a POP holds", recordOf(...many(257)), /segments = 257 inside WireGuard, more than 256/, /of 1 of them/],
    [
      "two on one UDP port",
      recordOf(...many(1), port({ device: "wg9", wireguard: WIREGUARD })),
      /segments\[1\]\.wireguard\.port = 51820 is the port of segments\[0\] too/,
      /port of its own/,
    ],
    [
      "two segments in one",
      recordOf(...many(1), port({ wireguard: { ...WIREGUARD, port: 9 } })),
      /segments\[1\]\.device = wg0 is the device of segments\[0\] too/,
      /device of its own/,
    ],
    [
      "any on a router",
      { ...recordOf(port({ wireguard: WIREGUARD })), platform: "iosxr" as const },
      /segments\[0\]\.wireguard is on a POP of platform = iosxr/,
      /IPsec or MACsec.* encrypted: true/,
    ],
  ] as const)(
    "are refused where there are %s, with the field, its value and what to do",
    ([, record, what, remedy]) => {
      const refused = refusal("CONFIG_VALUE_INVALID", () => devicesOf(record));
      expect(refused.message).toMatch(what);
      expect(refused.remedy).toMatch(remedy);
    },
  );

  it("take one peer, for any address", () => {
    const tunnel = { device: "wg0", to: "chi", publicKey: "KEY", endpoint: "2001:db8::2", port: 9 };
    expect(peerWords(tunnel).join(" ")).toBe("peer KEY endpoint [2001:db8::2]:9 allowed-ips ::/0,0.0.0.0/0");
    expect(peerWords({ ...tunnel, endpoint: "192.0.2.2" }).join(" ")).toContain("endpoint 192.0.2.2:9");
  });

  it("are told with public halves, other segments as they were", () => {
    const told = withKeys(recordOf(port({ device: "eth1" }), port({ wireguard: WIREGUARD })), "A", "B");
    expect(told.segments.map(({ wireguard }) => wireguard)).toEqual([
      undefined,
      { ...WIREGUARD, publicKey: "A", fresh: "B" },
    ]);
  });
});

describe("a shared key", () => {
  it("is the same at both ends, another over another transit, and 32 octets", () => {
    const [sea, chi] = [newCurvePair(), newCurvePair()];
    const here = sharedKey(sea, chi.publicKey, ["sea", "chi"], "alder");
    expect(sharedKey(chi, sea.publicKey, ["chi", "sea"], "alder")).toBe(here);
    expect(sharedKey(sea, chi.publicKey, ["sea", "chi"], "birch")).not.toBe(here);
    expect(Buffer.from(here, "base64")).toHaveLength(32);
  });
});

describe("two ends, of which one has not heard of the other's newest half", () => {
  /** Each end's pair as what it names: own half, their half, by number of generation. */
  type End = { readonly own: readonly number[]; readonly theirs: readonly number[] };
  const at = ({ own, theirs }: End, i: number) => {
    const pair = pairsOf(own.length, theirs.length)[i];
    return [own[pair?.own ?? 0], theirs[pair?.theirs ?? 0]];
  };

  it("meet before a session ends that WireGuard renews after 120 s and gives up after 180", () => {
    const behind = fc.constantFrom([1, 0], [0]);
    fc.assert(
      fc.property(behind, behind, fc.nat(24), (heardBySea, heardByChi, slowSince) => {
        const sea: End = { own: [1, 0], theirs: heardBySea };
        const chi: End = { own: [1, 0], theirs: heardByChi };
        const [seaPairs, chiPairs] = [sea, chi].map(({ own, theirs }) => own.length * theirs.length) as [
          number,
          number,
        ];
        let [i, j, since, sinceChi] = [0, 0, 0, -slowSince * 1_000];
        // The last handshake was at 0; from 135 s on both try.
        for (let now = 0; now <= 300_000; now += 1_000) {
          const next = nextPair({ sinceMs: since, handshakeMs: 0, pairs: seaPairs, at: i }, now, true);
          if (next !== i) [i, since] = [next, now];
          const other = nextPair({ sinceMs: sinceChi, handshakeMs: 0, pairs: chiPairs, at: j }, now, false);
          if (other !== j) [j, sinceChi] = [other, now];
          const [mine, theirs] = [at(sea, i), at(chi, j)];
          if (now < 120_000 || mine[0] !== theirs[1] || mine[1] !== theirs[0]) continue;
          expect(now).toBeLessThan(180_000);
          return;
        }
        throw new Error("they never met");
      }),
    );
  });

  it("stay where they are while they shake hands", () => {
    const standing = { sinceMs: 0, handshakeMs: 400_000, pairs: 4, at: 2 };
    expect(nextPair(standing, 500_000, true)).toBe(2);
    expect(nextPair({ ...standing, pairs: 1 }, 900_000, true)).toBe(0);
  });
});
