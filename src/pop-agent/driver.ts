// What the agent asks of the machine that forwards: look, change what is not right, move traffic at once, count. `linux`
// does it through netlink; a router's does it through NETCONF.

import type { CandidatePath } from "../srv6/model.ts";
import type { Reading } from "./count.ts";
import type { Refused } from "./document.ts";
import type { Goal } from "./goal.ts";
import type { Lane } from "./lane.ts";
import type { Word } from "./proof.ts";

export type Link = { readonly up: boolean; readonly mtuOctets: number };

export type Observation = {
  /** By lane: what carries, as read back. */
  readonly carried: ReadonlyMap<string, readonly CandidatePath[]>;
  /** Whether a lane's path stands ready, read back. */
  readonly installed: (lane: string, key: string) => boolean;
  readonly links: ReadonlyMap<string, Link>;
  /** Where the machine itself says whether a list works: its word, in place of probes. */
  readonly proof?: (lane: string, key: string) => Word | undefined;
};

export type Outcome = {
  readonly objectsInPlace: number;
  /** What was changed, in the machine's own words. */
  readonly changed: readonly string[];
  /** Of that, what had been right before and was not any more. */
  readonly repaired: readonly string[];
  readonly refused: readonly Refused[];
  /** Counts of what was taken away or put in anew, read right before. */
  readonly finals: readonly Reading[];
};

export type Supports = {
  /** The machine moves a policy by one message, however many prefixes follow it. */
  readonly groups: boolean;
};

export interface Driver {
  readonly kind: string;
  /** Its machine is another one: it may be away for any time, and is waited for. */
  readonly isElsewhere?: boolean;
  supports(): Promise<Supports>;
  observe(lanes: readonly Lane[]): Promise<Observation>;
  /** What `apply` would change, in the machine's own words. */
  plan(goal: Goal): Promise<readonly string[]>;
  /** Everything but which of its paths a lane that carries takes: that is for `shift` alone. */
  apply(goal: Goal): Promise<Outcome>;
  /** Lanes that carry already take what the goal says, all in one message. Gives the lanes that would not. */
  shift(goal: Goal, lanes: readonly string[]): Promise<readonly string[]>;
  readCounters(): Promise<readonly Reading[]>;
  /** Packets that its edge refused, by kind, since the edge was last put in; undefined where there is none. */
  readRefused?(): Promise<ReadonlyMap<string, bigint> | undefined>;
  /** Calls back when anything may have changed; `links` at once when an interface did. Gives the end of it. */
  watch(changed: () => void, links: (links: ReadonlyMap<string, Link>) => void): () => void;
  close(): void;
}
