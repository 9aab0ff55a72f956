// Who decides for a group, as the service sees it: told of the WAN and of what agents tell, asked now and then what
// follows. It keeps no clock and no file; what it must not forget it gives as text, and is given back after a change of
// service.

import type { SidStructure } from "../../srv6/sid.ts";
import type { PopDesired } from "../../wire/desired.ts";
import type { Telling } from "../../wire/message.ts";
import type { PolicyStatus, WanConfig } from "../../wire/policy.ts";
import type { PopRecord } from "../../wire/pop.ts";

export type WanPop = {
  readonly record: PopRecord;
  readonly locator: string;
  /** End.X of each of its segments, by the segment's name. */
  readonly ends: ReadonlyMap<string, string>;
  /** End.DT46 of each tenant that it serves; "main" is nobody's in particular. */
  readonly tenants: ReadonlyMap<string, string>;
  /** Binding SIDs of the policies that begin here. */
  readonly bindings: ReadonlyMap<string, string>;
  /** In quarantine: measured, and used by nobody. */
  readonly quarantined: boolean;
  /**
   * The greatest version of its document that anybody has heard of. Where that is above the brain's own, the document is
   * made anew above it: a store was restored, and the agent is ahead.
   */
  readonly version: number;
};

/** One group, and the part of the configuration that is decided in it. */
export type Wan = {
  readonly group: string;
  readonly block: string;
  readonly structure: SidStructure;
  readonly pops: readonly WanPop[];
  readonly config: WanConfig;
};

export type BrainEvent = {
  readonly type: string;
  readonly pop?: string;
  readonly subject: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
};

export type Decided = {
  /** Those that changed, each with a version above the one before. */
  readonly documents: readonly PopDesired[];
  /** Those that changed. */
  readonly statuses: readonly PolicyStatus[];
  /** Lines of the decision journal, without the line feed. */
  readonly journal: readonly string[];
  readonly events: readonly BrainEvent[];
  /** Members to be set apart from now on. */
  readonly quarantine?: readonly { readonly pop: string; readonly why: string; readonly evidence: readonly string[] }[];
};

export interface GroupBrain {
  configure(wan: Wan, nowMs: number): void;
  take(pop: string, telling: Telling, nowMs: number): void;
  away(pop: string, nowMs: number): void;
  back(pop: string, nowMs: number): void;
  tick(nowMs: number): Decided;
  memory(): string;
}

/** `memory` is what another brain of this group gave last; undefined for a new group. */
export type MakeBrain = (group: string, memory: string | undefined) => GroupBrain;
