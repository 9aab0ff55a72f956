// What can be asked of the path engine: ends, constraints, an objective or an intent by name. Values only.

import type { PopId, SegmentId } from "./matrix.ts";

export const INTENTS = ["lowest-latency", "cheapest", "highest-throughput", "redundant"] as const;
export type Intent = (typeof INTENTS)[number];

/** What a criterion may name. `risk` is a risk group. */
export const KINDS = ["pop", "transit", "country", "region", "asn", "tag", "risk"] as const;
export type Kind = (typeof KINDS)[number];
export type Criterion = { readonly kind: Kind; readonly name: string };

/** What two paths may be kept from sharing; a segment itself always counts. */
export const APART = ["pop", "transit", "risk"] as const;
export type Apart = (typeof APART)[number];

/** The tag of segments that WireGuard or alike carries. */
export const ENCRYPTED = "encrypted";

/** Each constraint holds for the path as a whole, and all hold at once. */
export type Constraints = {
  readonly maxDelayUs?: number;
  readonly maxJitterUs?: number;
  readonly maxLossPpm?: number;
  readonly maxPriceMicroPerGB?: number;
  /** Segments of the path. */
  readonly maxHops?: number;
  /** SIDs of the list (MSD): one a segment, and one at the egress. */
  readonly maxSids?: number;
  /** Every segment has this much left. */
  readonly minBandwidthBps?: number;
  /** Every segment is encrypted: it has the tag of that name. */
  readonly encrypted?: boolean;
  /** Each is met by some POP (an end too) or some segment of the path. */
  readonly must?: readonly Criterion[];
  /** None is met by a segment or by a POP between the ends. */
  readonly never?: readonly Criterion[];
  /** Only segments of this isolation set; without it only segments of none. */
  readonly isolation?: string;
};

/** What a unit of each measure counts in the sum that is made least; what is left out counts nothing. */
export type Weights = {
  /** A microsecond of delay. */
  readonly delay?: number;
  /** A microsecond of jitter. */
  readonly jitter?: number;
  /** A millionth of a coin a gigabyte. */
  readonly price?: number;
  /** A packet lost of a million. */
  readonly loss?: number;
};

/** `widest` makes the narrowest segment as wide as can be first, and the weighted sum least among those. */
export type Objective = { readonly weights: Weights; readonly widest: boolean };

export type Request = Constraints & {
  readonly from: PopId;
  readonly to: PopId;
  /** Instead of an objective; lowest-latency where neither is given. */
  readonly intent?: Intent;
  readonly weights?: Weights;
  /** How many paths, best first (1). */
  readonly count?: number;
  /** What primary and backup of `redundant` are kept from sharing (all). */
  readonly apart?: readonly Apart[];
  /** Paths of others with which nothing of `apart` may be shared. */
  readonly apartFrom?: readonly (readonly SegmentId[])[];
  /** In whose name: its own segments cost it nothing and are open to it whatever their price. */
  readonly owner?: string;
  /** When the path is to be used; segments with time windows are left out where nobody says. */
  readonly atMs?: number;
  /**
   * certain: a delay constraint holds even when every measurement is off by its bound; nominal: it holds for the values as
   * measured (certain).
   */
  readonly bounds?: "certain" | "nominal";
  /** The path in use: it stays while nothing is better by more than the bound of the difference. */
  readonly current?: readonly SegmentId[];
  /** What is left of each segment for this request (reservations.ts); available less reserved where not given. */
  readonly residualBps?: Float64Array;
};

export function objectiveOf({ intent, weights }: Pick<Request, "intent" | "weights">): Objective {
  if (weights) return { weights, widest: intent === "highest-throughput" };
  if (intent === "cheapest") return { weights: { price: 1 }, widest: false };
  return { weights: { delay: 1 }, widest: intent === "highest-throughput" };
}
