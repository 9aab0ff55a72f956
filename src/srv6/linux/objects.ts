// What srwan knows of a kernel: routes, nexthop objects, rules, links, HMAC keys. One type each, used by the codecs, by
// read-back, by plans and by the in-memory twin.

import type { Family, Ipv4, Ipv6, Prefix } from "../address.ts";
import type { Behavior, EncapMode } from "../behavior.ts";
import type { Sid } from "../sid.ts";

/** Our routing protocol number: routes, nexthops and rules that carry it are ours, all others are not. */
export const OUR_PROTOCOL = 196;

export type Counters = { readonly packets: bigint; readonly octets: bigint; readonly errors: bigint };

export type Seg6Encap = {
  readonly kind: "seg6";
  readonly mode: EncapMode;
  /** In path order: first visited first. */
  readonly segments: readonly Sid[];
  readonly hmacKeyId?: number;
};

export type Seg6Local = {
  readonly kind: "seg6local";
  readonly behavior: Behavior;
  /** Whether the kernel counts for this SID. */
  readonly counted: boolean;
  /** As last read; never part of what is wanted. */
  readonly counters?: Counters;
};

export type Encap = Seg6Encap | Seg6Local;

/** One way on from here. */
export type Hop = {
  readonly device?: string;
  readonly gateway?: Ipv6 | Ipv4;
  readonly encap?: Encap;
};

export type WeightedHop = Hop & { readonly weight: number };

export type RouteTarget =
  /** `local`: of that type, the only one that works for IPv6 on lo; any other is taken there, shown, and drops (tried). */
  | { readonly kind: "hops"; readonly hops: readonly WeightedHop[]; readonly local?: true }
  | { readonly kind: "nexthop"; readonly id: number }
  | { readonly kind: "discard"; readonly how: "blackhole" | "unreachable" | "prohibit" | "throw" };

export type KernelRoute = {
  readonly kind: "route";
  readonly prefix: Prefix;
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  readonly target: RouteTarget;
};

export type KernelNexthop = {
  readonly kind: "nexthop";
  readonly id: number;
  readonly family: Family;
  readonly protocol: number;
  readonly hop: Hop;
};

export type GroupMember = { readonly id: number; readonly weight: number };

export type KernelGroup = {
  readonly kind: "group";
  readonly id: number;
  readonly protocol: number;
  readonly members: readonly GroupMember[];
  /** Resilient groups keep flows where they are when members change. */
  readonly resilient?: { readonly buckets: number };
};

export type KernelRule = {
  readonly kind: "rule";
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  readonly protocol: number;
  readonly mark?: number;
  readonly mask?: number;
  readonly inputDevice?: string;
  readonly source?: Prefix;
  readonly destination?: Prefix;
};

export type KernelVrf = { readonly kind: "vrf"; readonly name: string; readonly table: number };

/** A switch of the namespace that objects of ours need on. Only one that refuses packets is ever turned back. */
export type KernelSetting = { readonly kind: "setting"; readonly name: string; readonly value: number };

/** The last part of the names of switches that go back to 0 when nobody wants them any more. */
export const REVERSIBLE = "seg6_require_hmac";

export type KernelHmacKey = {
  readonly kind: "hmac";
  readonly id: number;
  readonly algorithm: "sha1" | "sha256";
  readonly secret: string;
};

export type KernelObject =
  | KernelRoute
  | KernelNexthop
  | KernelGroup
  | KernelRule
  | KernelVrf
  | KernelSetting
  | KernelHmacKey;

/** Read only: every link of the namespace. */
export type KernelLink = {
  readonly index: number;
  readonly name: string;
  /** Switched on. */
  readonly up: boolean;
  /** And something is at its other end. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly vrfTable?: number;
};

/** Interface names to indexes and back, as of the last read of links. */
export type Links = {
  readonly has: (name: string) => boolean;
  readonly index: (name: string) => number;
  readonly name: (index: number) => string;
};

/** The table without a name of its own. */
export const MAIN_TABLE = 254;
/** What the kernel gives an IPv6 route when no metric is named. */
export const DEFAULT_METRIC_6 = 1024;

export const defaultMetric = (family: Family): number => (family === 6 ? DEFAULT_METRIC_6 : 0);
