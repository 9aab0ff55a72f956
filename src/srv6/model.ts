// The route model: what an operator wants of one machine, in the words of RFC 9256. Local SIDs, candidate paths with one
// SID list each, policies, steering, tenants, and the edge of the SR domain. Values only; how a kernel or a router is
// told is not decided here.

import type { Family, Ipv6, Prefix } from "./address.ts";
import type { Behavior, EncapMode } from "./behavior.ts";
import type { Sid } from "./sid.ts";

export type LocalSid = {
  /** A host prefix, or a shorter one where NEXT-CSID leaves the rest of the address to later waypoints. */
  readonly prefix: Prefix;
  readonly behavior: Behavior;
  readonly counted: boolean;
};

export type CandidatePath = {
  readonly name: string;
  readonly segments: readonly Sid[];
  readonly weight: number;
  readonly mode: EncapMode;
  readonly hmacKeyId?: number;
};

export type Policy = {
  readonly name: string;
  readonly paths: readonly CandidatePath[];
  /** Kept ready beside the paths, so that a failover is one message. */
  readonly backup?: CandidatePath;
  /** Installed and carrying nothing: to be proved before they carry, or left a moment ago. */
  readonly spare?: readonly CandidatePath[];
  /** Which carries traffic now. */
  readonly active: "paths" | "backup";
  readonly bindingSid?: Sid;
  /** Flows stay where they are when members change. */
  readonly resilientBuckets?: number;
};

export type TrafficClass = {
  readonly dscp?: number;
  readonly protocol?: "tcp" | "udp";
  readonly destinationPort?: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
};

export type Steering = {
  readonly policy: string;
  readonly prefixes: readonly Prefix[];
  readonly table: number;
  readonly metric: number;
  readonly classes: readonly TrafficClass[];
  /** Which packets its classes are of; undefined: IPv4 and IPv6. */
  readonly family?: Family;
};

export type Tenant = { readonly name: string; readonly table: number };

export type HmacKey = { readonly id: number; readonly algorithm: "sha1" | "sha256"; readonly secret: string };

export type Domain = {
  /** Where our SIDs live: nothing from outside may be addressed to them. */
  readonly blocks: readonly Prefix[];
  /** Interfaces that are segments: SIDs are believed when they arrive here, nowhere else. */
  readonly segments: readonly string[];
  /** Prefixes that reach this machine's operators and controller: steering over them is refused. */
  readonly management: readonly Prefix[];
  /** SIDs that take only packets with a signed routing header. */
  readonly requireHmac: boolean;
};

export type Desired = {
  readonly domain: Domain;
  readonly tunnelSource?: Ipv6;
  readonly hmacKeys: readonly HmacKey[];
  readonly tenants: readonly Tenant[];
  readonly localSids: readonly LocalSid[];
  readonly policies: readonly Policy[];
  readonly steering: readonly Steering[];
};
