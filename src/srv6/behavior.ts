// What a local SID does when a packet arrives for it: the behaviors of RFC 8986 that row R1 asks for, with their
// parameters and the flavors of RFC 8986 §4.16 and RFC 9800.

import type { Ipv4, Ipv6 } from "./address.ts";
import type { Sid } from "./sid.ts";

export type Flavors = {
  /** Pop the SRH at the penultimate segment (RFC 8986 §4.16.1). */
  readonly psp?: boolean;
  /** Shift the next compressed SID into place (RFC 9800 §4.1): block and node-and-function lengths, in bits. */
  readonly nextCsid?: { readonly blockBits: number; readonly nodeFunctionBits: number };
};

export type Behavior =
  | { readonly action: "End"; readonly flavors?: Flavors }
  | { readonly action: "End.X"; readonly nexthop: Ipv6; readonly device?: string; readonly flavors?: Flavors }
  | { readonly action: "End.T"; readonly table: number }
  | { readonly action: "End.DX2"; readonly device: string }
  | { readonly action: "End.DX4"; readonly nexthop: Ipv4 }
  | { readonly action: "End.DX6"; readonly nexthop: Ipv6 }
  /** `vrf` looks up in a VRF's table and needs VRF devices; `table` (End.DT6 only) does not. */
  | { readonly action: "End.DT4"; readonly vrfTable: number }
  | { readonly action: "End.DT6"; readonly table: number }
  | { readonly action: "End.DT6"; readonly vrfTable: number }
  | { readonly action: "End.DT46"; readonly vrfTable: number }
  | { readonly action: "End.B6.Encaps"; readonly segments: readonly Sid[] };

export type BehaviorAction = Behavior["action"];

/** How a head-end puts a SID list on a packet (RFC 8986 §5): outer header, outer header less the first SID, or inserted. */
export const ENCAP_MODES = ["encap", "encap.red", "inline", "l2encap", "l2encap.red"] as const;
export type EncapMode = (typeof ENCAP_MODES)[number];
