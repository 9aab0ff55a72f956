// What a SID list costs on the wire: each way to put it on a packet, with header octets, the MTU that is left for the
// inner packet, and the TCP MSS that follows.

import { SrwanError } from "../base/errors.ts";
import type { Family } from "./address.ts";
import type { EncapMode } from "./behavior.ts";
import { type Carrier, compress, type Waypoint } from "./compress.ts";
import type { Sid } from "./sid.ts";
import { HMAC_TLV_OCTETS, SID_OCTETS, SRH_FIXED_OCTETS, SRH_MAX_OCTETS } from "./srh.ts";

export type EncodingName = "full" | "reduced" | "csid-full" | "csid-reduced";

export type Encoding = {
  readonly name: EncodingName;
  /** The head-end mode that sends it. */
  readonly mode: EncapMode;
  /** What the head-end is given: SIDs or carriers, first visited first. */
  readonly segments: readonly Sid[];
  /** Entries in the header; 0 where there is none. */
  readonly listed: number;
  readonly headerOctets: number;
  readonly innerMtu: number;
  /** MSS to advertise, for inner IPv4 and IPv6. */
  readonly mss: Readonly<Record<Family, number>>;
  /** Why it may not be used here; undefined when it may. */
  readonly refused?: string;
};

export type EncodingLimits = {
  /** MTU of the segment with the smallest, after its own tunnel. */
  readonly mtu: number;
  /** Most SIDs a head-end of this kind can put on a packet. */
  readonly maxDepth?: number;
  /** The domain takes only signed headers. */
  readonly hmac?: boolean;
};

export const OUTER_IPV6_OCTETS = 40;
/** The l2encap modes carry the frame's own header too. */
const ETHERNET_OCTETS = 14;
const TCP_OCTETS = 20;
const INNER_HEADER: Readonly<Record<Family, number>> = { 4: 20, 6: 40 };
/** RFC 8200 §5: no IPv6 link may be smaller. */
export const MIN_IPV6_MTU = 1280;

/** Octets that a mode adds to a packet. */
export function headerOctets(mode: EncapMode, segments: number, hmac = false): number {
  const around = { encap: OUTER_IPV6_OCTETS, l2encap: OUTER_IPV6_OCTETS + ETHERNET_OCTETS, inline: 0 };
  return around[withoutRed(mode)] + srhOctets(listedBy(mode, segments), hmac);
}

const withoutRed = (mode: EncapMode): "encap" | "l2encap" | "inline" =>
  mode === "encap.red" ? "encap" : mode === "l2encap.red" ? "l2encap" : mode;

/** A reduced header lacks the first SID; one that is put in has the packet's own destination after the last. */
const listedBy = (mode: EncapMode, segments: number): number =>
  mode === "inline" ? segments + 1 : mode === withoutRed(mode) ? segments : segments - 1;

const srhOctets = (listed: number, hmac: boolean): number =>
  listed === 0 && !hmac ? 0 : SRH_FIXED_OCTETS + SID_OCTETS * listed + (hmac ? HMAC_TLV_OCTETS : 0);

/** The four encodings of a path, and the carriers of the compressed ones. */
export function encodings(
  path: readonly Waypoint[],
  limits: EncodingLimits,
): { readonly all: readonly Encoding[]; readonly carriers: readonly Carrier[] } {
  if (path.length === 0) throw invalid("a SID list without SIDs", "Give at least one.");
  if (limits.mtu < MIN_IPV6_MTU) {
    throw invalid(`an MTU of ${limits.mtu} octets`, `IPv6 needs links of ${MIN_IPV6_MTU} octets at least.`);
  }
  const carriers = compress(path);
  const plain = path.map(({ sid }) => sid);
  const packed = carriers.map(({ sid }) => sid);
  return {
    carriers,
    all: [
      encoding("full", "encap", plain, limits),
      encoding("reduced", "encap.red", plain, limits),
      encoding("csid-full", "encap", packed, limits),
      encoding("csid-reduced", "encap.red", packed, limits),
    ],
  };
}

/** The encoding that costs least and is allowed; of equals the plainer, which more routers can send and more people read. */
export function cheapest(all: readonly Encoding[]): Encoding | undefined {
  const allowed = all.filter(({ refused }) => refused === undefined);
  return allowed.reduce<Encoding | undefined>(
    (best, one) => (best && best.headerOctets <= one.headerOctets ? best : one),
    undefined,
  );
}

function encoding(name: EncodingName, mode: EncapMode, segments: readonly Sid[], limits: EncodingLimits): Encoding {
  const { mtu, maxDepth, hmac = false } = limits;
  const octets = headerOctets(mode, segments.length, hmac);
  const innerMtu = mtu - octets;
  const listed = listedBy(mode, segments.length);
  const mss = (family: Family): number => Math.max(0, innerMtu - INNER_HEADER[family] - TCP_OCTETS);
  const refused = whyRefused(segments.length, listed, innerMtu, maxDepth, hmac);
  return {
    name,
    mode,
    segments,
    listed,
    headerOctets: octets,
    innerMtu,
    mss: { 4: mss(4), 6: mss(6) },
    ...(refused === undefined ? {} : { refused }),
  };
}

function whyRefused(
  segments: number,
  listed: number,
  innerMtu: number,
  maxDepth: number | undefined,
  hmac: boolean,
): string | undefined {
  if (maxDepth !== undefined && segments > maxDepth) return `${segments} SIDs, and the head-end can put on ${maxDepth}`;
  if (hmac && listed === 0) return "it has no header to sign";
  const srh = srhOctets(listed, hmac);
  if (srh > SRH_MAX_OCTETS) return `a routing header of ${srh} octets, and its length field ends at ${SRH_MAX_OCTETS}`;
  if (innerMtu < MIN_IPV6_MTU) return `leaves ${innerMtu} octets, less than IPv6's ${MIN_IPV6_MTU}`;
  return undefined;
}

const invalid = (what: string, remedy: string): SrwanError =>
  new SrwanError("VALUE_INVALID", `${what} cannot be encoded`, { remedy });
