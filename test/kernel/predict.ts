// What RFC 8754, RFC 8986 and RFC 9800 say must be seen on each link: a packet walked through the SIDs of a world, with no
// kernel involved. The tests hold what was captured to it.

import { covers, formatIpv6, hostPrefix, type Ipv6, parseIpv4, parseIpv6 } from "../../src/srv6/address.ts";
import type { Behavior, EncapMode } from "../../src/srv6/behavior.ts";
import type { LocalSid } from "../../src/srv6/model.ts";
import type { Sid } from "../../src/srv6/sid.ts";
import { srhText } from "./frames.ts";
import { type LinkName, LOCATOR, LOWER_TABLE, type SrNode } from "./world.ts";

type Header = {
  readonly destination: bigint;
  readonly srh?: { readonly segments: readonly Sid[]; readonly left: number };
};

/** Headers from the outside in; an IPv4 packet or an Ethernet frame ends the list with what it is addressed to. */
type Packet = { readonly headers: readonly Header[]; readonly inner: string };

export type Crossing = { readonly link: LinkName; readonly headers: readonly string[] };
export type Sids = Readonly<Record<SrNode, readonly LocalSid[]>>;

/** The links a packet crosses from the ingress on, and its headers on each. */
export function predict(mode: EncapMode, segments: readonly Sid[], to: string, sids: Sids): Crossing[] {
  const crossings: Crossing[] = [];
  let at: SrNode = "ingress";
  let packet = headEnd(mode, segments, to);
  for (let hops = 0; hops < 32; hops++) {
    const [outer] = packet.headers;
    const owner = outer && ownerOf(outer.destination);
    const local =
      owner === at ? sids[at].find(({ prefix }) => covers(prefix, hostPrefix(outer?.destination as Ipv6))) : undefined;
    const done: Done = local ? act(packet, local.behavior) : { packet };
    packet = done.packet;
    const next = packet.headers[0] && ownerOf(packet.headers[0].destination);
    if (local && next === at) continue;
    const link = done.link ?? way(at, next);
    crossings.push({ link, headers: shown(packet) });
    if (link === "out") return crossings;
    at = FAR[at][link] as SrNode;
  }
  throw new Error(`the packet to ${to} goes round`);
}

type Done = { readonly packet: Packet; readonly link?: LinkName };

/** RFC 8986 §5; the reduced form of §5.2 leaves the first SID to the destination address. */
function headEnd(mode: EncapMode, segments: readonly Sid[], to: string): Packet {
  const own = to.includes(":") ? [{ destination: parseIpv6(to) as bigint }] : [];
  const inner = own.length === 0 ? `to ${to}` : "";
  if (mode === "inline") {
    const list = [...segments, parseIpv6(to) as Sid];
    return { headers: [{ destination: list[0] as bigint, srh: { segments: list, left: list.length - 1 } }], inner: "" };
  }
  if (inner !== "") parseIpv4(to);
  return { headers: [pushed(segments, mode.endsWith(".red")), ...own], inner };
}

function pushed(segments: readonly Sid[], reduced: boolean): Header {
  const [first, ...rest] = segments as [Sid, ...Sid[]];
  if (!reduced) return { destination: first, srh: { segments, left: rest.length } };
  return rest.length === 0
    ? { destination: first }
    : { destination: first, srh: { segments: rest, left: rest.length } };
}

function act(packet: Packet, behavior: Behavior): Done {
  const [outer, ...under] = packet.headers as [Header, ...Header[]];
  switch (behavior.action) {
    case "End":
    case "End.X":
    case "End.T": {
      const flavors = "flavors" in behavior ? behavior.flavors : undefined;
      const forced = behavior.action === "End.X" || (behavior.action === "End.T" && behavior.table === LOWER_TABLE);
      const shifted = flavors?.nextCsid ? shift(outer.destination, flavors.nextCsid) : undefined;
      const header = shifted === undefined ? end(outer, flavors?.psp === true) : { ...outer, destination: shifted };
      return { packet: { ...packet, headers: [header, ...under] }, ...(forced ? { link: "lower" } : {}) };
    }
    case "End.B6.Encaps":
      return { packet: { ...packet, headers: [pushed(behavior.segments, false), end(outer, false), ...under] } };
    case "End.DX2":
    case "End.DX4":
    case "End.DX6":
      return { packet: { ...packet, headers: under }, link: "out" };
    default:
      return { packet: { ...packet, headers: under } };
  }
}

/** RFC 8986 §4.1, and PSP of §4.16.1. */
function end({ destination, srh }: Header, psp: boolean): Header {
  if (!srh || srh.left === 0) return { destination };
  const left = srh.left - 1;
  const next = srh.segments[srh.segments.length - 1 - left] as bigint;
  return psp && left === 0 ? { destination: next } : { destination: next, srh: { ...srh, left } };
}

/** RFC 9800 §4.1: the argument moves up to where the CSID was; undefined where there is none left. */
function shift(destination: bigint, shape: { readonly blockBits: number; readonly nodeFunctionBits: number }) {
  const rest = BigInt(128 - shape.blockBits);
  const argument = BigInt.asUintN(Number(rest) - shape.nodeFunctionBits, destination);
  if (argument === 0n) return undefined;
  return ((destination >> rest) << rest) | (argument << BigInt(shape.nodeFunctionBits));
}

const shown = ({ headers, inner }: Packet): string[] => [
  ...headers.map(({ destination, srh }) => {
    const to = `to ${formatIpv6(destination as Ipv6)}`;
    return srh ? `${to} ${srhText({ segmentsLeft: srh.left, segments: srh.segments })}` : to;
  }),
  ...(inner === "" ? [] : [inner]),
];

function ownerOf(address: bigint): SrNode | undefined {
  if (address >> 96n !== 0xfcbbbb00n) return undefined;
  const number = Number((address >> 92n) & 0xfn);
  return (Object.keys(LOCATOR) as SrNode[]).find((node) => LOCATOR[node] === number);
}

/** The underlay's link from a node towards another; what is no SID lies behind the egress. */
function way(at: SrNode, to: SrNode | undefined): LinkName {
  const target = to === undefined ? LOCATOR.egress + 1 : LOCATOR[to];
  const east = target > LOCATOR[at];
  return {
    ingress: "core1",
    relay1: east ? "upper" : "core1",
    relay2: east ? "core2" : "upper",
    egress: east ? "out" : "core2",
  }[at] as LinkName;
}

const FAR: Readonly<Record<SrNode, Partial<Record<LinkName, SrNode>>>> = {
  ingress: { core1: "relay1" },
  relay1: { core1: "ingress", upper: "relay2", lower: "relay2" },
  relay2: { upper: "relay1", lower: "relay1", core2: "egress" },
  egress: { core2: "relay2" },
};
