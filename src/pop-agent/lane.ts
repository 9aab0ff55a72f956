// A lane is a policy as this POP holds it: the paths that it may take, and what is steered into them. Pure.

import type { Prefix } from "../srv6/address.ts";
import { formatIpv6 } from "../srv6/address.ts";
import type { CandidatePath, TrafficClass } from "../srv6/model.ts";
import type { Sid } from "../srv6/sid.ts";

export type LanePath = {
  /** As the document calls it. */
  readonly name: string;
  /** Its own name is its key: made of what it says, so that what is read back tells which it is. */
  readonly list: CandidatePath;
  /** The list that is probed for it: the same one, or its sister of IPv6. */
  readonly probe: CandidatePath;
  /** The segment that it leaves over; undefined for one that is in no document any more. */
  readonly first: string | undefined;
  readonly back: readonly Sid[] | undefined;
  /** What its narrowest segment takes, SIDs and all. */
  readonly mtuOctets: number | undefined;
};

export type Lane = {
  readonly policy: string;
  readonly to: string;
  readonly far: Prefix;
  readonly paths: readonly LanePath[];
  readonly backup: LanePath | undefined;
  /** False: it carries answers to others' probes, and is taken at its word. */
  readonly probed: boolean;
  readonly word: number;
  readonly probeMs: number;
  readonly bindingSid: Sid | undefined;
  readonly resilientBuckets: number | undefined;
  readonly prefixes: readonly Prefix[];
  readonly classes: readonly TrafficClass[];
  /** Which families its classes are of; undefined: both. */
  readonly family: 4 | 6 | undefined;
  readonly table: number;
};

export const keyOf = ({ list }: LanePath): string => list.name;

export const allPaths = ({ paths, backup }: Pick<Lane, "paths" | "backup">): readonly LanePath[] =>
  backup === undefined || paths.some((path) => keyOf(path) === keyOf(backup)) ? paths : [...paths, backup];

export type PathContent = Pick<CandidatePath, "mode" | "segments" | "hmacKeyId">;

/** A path's key: FNV-1a of 64 bits over what it says. Two paths that say the same are one. */
export function pathKey({ mode, segments, hmacKeyId }: PathContent): string {
  const text = `${mode} ${segments.map(formatIpv6).join(",")} ${hmacKeyId ?? ""}`;
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return value.toString(36).padStart(13, "0");
}

export const keyed = (content: PathContent, weight: number): CandidatePath => ({
  name: pathKey(content),
  segments: content.segments,
  mode: content.mode,
  weight,
  ...(content.hmacKeyId === undefined ? {} : { hmacKeyId: content.hmacKeyId }),
});

/** One that carries and that no document names any more: it stays until others are proved. */
export const orphan = (list: CandidatePath): LanePath => ({
  name: "",
  list,
  probe: list,
  first: undefined,
  back: undefined,
  mtuOctets: undefined,
});

const [OUTER_HEADER, SRH_HEADER, SID_OCTETS, HMAC_OCTETS] = [40, 8, 16, 40];

/** What encapsulation adds to a packet; the reduced form leaves the first SID, and for one SID the whole routing header. */
export function overheadOctets({ mode, segments, hmacKeyId }: PathContent): number {
  const listed = segments.length - (mode === "encap.red" ? 1 : 0);
  const signature = hmacKeyId === undefined ? 0 : HMAC_OCTETS;
  return OUTER_HEADER + (listed === 0 ? 0 : SRH_HEADER + SID_OCTETS * listed + signature);
}
