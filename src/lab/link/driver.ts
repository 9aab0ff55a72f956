// The interface both kinds of links keep, and which kind a kernel allows.

import { SrwanError } from "../../base/errors.ts";
import type { Impairment } from "../model.ts";

export type LinkKind = "netem" | "relay";

/** Frames of one direction since the lab came up. */
export type WireCounters = {
  readonly sent: number;
  /** By the impairment's own chance. */
  readonly lost: number;
  /** For want of room in the shaper's queue. */
  readonly full: number;
};

export interface LinkDriver {
  readonly kind: LinkKind;
  /** Makes every link, its interfaces up, each direction as its file says. */
  create(): Promise<void>;
  /** `end` is the interface that packets leave: "sea:eth1". */
  impair(end: string, does: Impairment): Promise<void>;
  /** Draws loss and jitter anew from this seed, where they can be made to repeat: netem's cannot. */
  reseed(seed: number): void;
  /** By the end that packets leave. */
  counters(): Promise<ReadonlyMap<string, WireCounters>>;
  /** Frames that the lab itself lost, not meant to be: what was measured meanwhile is not to be trusted. */
  ownLoss(): number;
  /** Interfaces go with their namespaces; this ends what else the links need. */
  remove(): void;
}

/** The kernel checks that decide it; their answers come from the doctor. */
export const LINK_CHECKS = ["kernel.veth", "kernel.netem", "kernel.vxlan"] as const;

export function chooseKind(works: (check: (typeof LINK_CHECKS)[number]) => boolean): LinkKind {
  if (works("kernel.veth") && works("kernel.netem")) return "netem";
  if (works("kernel.veth") && works("kernel.vxlan")) return "relay";
  throw new SrwanError("LAB_UNSUPPORTED", "this kernel has neither netem nor VXLAN for the lab's links", {
    remedy: "See `srwan doctor`: load sch_netem, or run a kernel with CONFIG_VXLAN.",
  });
}
