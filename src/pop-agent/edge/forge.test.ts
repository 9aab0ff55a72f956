// Forged packets are what they say: whole packets that our own decoder reads, no two the same, each to its target.

import { describe, expect, it } from "vitest";
import { formatIpv6, type Ipv6, parseIpv6 } from "../../srv6/address.ts";
import { decodePacket, type Layer } from "../../srv6/packet.ts";
import { FORGED_KINDS, type ForgedKind, forge, honest, type Targets } from "./forge.ts";

const NAMES = ["sid", "binding", "exit", "carrier", "pop", "source", "us", "back"] as const;
const T = Object.fromEntries(NAMES.map((name, i) => [name, parseIpv6(`fd00::${i + 1}`)])) as unknown as Targets;
const nameOf = (address: Ipv6): string => NAMES.find((name) => T[name] === address) ?? formatIpv6(address);

function word(layer: Layer): string {
  if (layer.kind === "ipv6") return `${nameOf(layer.source)}>${nameOf(layer.destination)}`;
  if (layer.kind === "srh") {
    const { segments, segmentsLeft, tlvs } = layer.srh;
    return `[${segments.map(nameOf).join(" ")}]${segmentsLeft}${tlvs.map(({ kind }) => ` ${kind}`).join("")}`;
  }
  return layer.kind === "payload" ? `protocol ${layer.protocol}` : layer.kind;
}
const said = (octets: Uint8Array): string => decodePacket(octets, "ip").map(word).join(" | ");

describe("a forged packet", () => {
  const WANT: Readonly<Record<ForgedKind, string>> = {
    "header-sid": "us>sid | [sid back]1 | us>back | protocol 17",
    "header-binding": "us>binding | [binding back]1 | us>back | protocol 17",
    "header-address": "us>pop | [pop exit]1 | us>back | protocol 17",
    "hmac-wrong": "us>sid | [sid back]1 hmac | us>back | protocol 17",
    "hmac-missing": "us>sid | [sid back]1 | us>back | protocol 17",
    "ipv6-exit": "us>exit | us>back | protocol 17",
    "ipv4-exit": "us>exit | ipv4 | protocol 17",
    "ipv6-carrier": "us>carrier | us>back | protocol 17",
    "ipv4-carrier": "us>carrier | ipv4 | protocol 17",
    source: "source>back | protocol 17",
    fragment: "us>exit | protocol 44",
    hidden: "us>pop | protocol 44",
  };

  it.each(FORGED_KINDS)("%s is what its name says", (kind) => {
    expect(said(forge(kind, T, 7))).toBe(WANT[kind]);
    expect(said(forge(kind, T, 8))).toBe(WANT[kind]);
  });

  it("comes in twelve kinds, and never twice", () => {
    expect(FORGED_KINDS).toHaveLength(12);
    const all = FORGED_KINDS.flatMap((kind) => Array.from({ length: 200 }, (_, i) => forge(kind, T, i)));
    const seen = new Set(all.map((octets) => Buffer.from(octets).toString("hex")));
    // First halves of fragments differ by their identification alone.
    expect(seen.size).toBe(all.length);
  });

  it("hides its routing header behind the first fragment", () => {
    const [first, second] = [forge("hidden", T, 0), forge("hidden", T, 1)];
    expect(first.length).toBe(40 + 8 + 8);
    expect(first[40]).toBe(60);
    expect(second.subarray(48, 51)).toEqual(Uint8Array.of(41, 4, 4));
  });

  it("is told from what any host may send", () => {
    expect(said(honest(T, 1))).toBe("us>back | protocol 17");
  });
});
