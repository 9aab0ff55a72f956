// All policies of one controller, tick by tick: makes the input of each decision from what detection says, decides, keeps
// account of who is on which segment, and hands every decision that is new to the journal.

import { SrwanError } from "../../../base/errors.ts";
import { decide } from "./decide.ts";
import type { Decision, Input, SegmentView, Settings } from "./schema.ts";

export type Policy = {
  readonly name: string;
  /** Segment numbers; the default path first. */
  readonly paths: readonly (readonly number[])[];
  readonly demandBps?: number;
  /** Leaves a default that is well for a better path; otherwise it passes through until the default is in trouble. */
  readonly improve?: boolean;
  /** Who decides first where room is short; higher first (0). */
  readonly priority?: number;
};

/** What is true of a segment now; what the decider adds itself is left out. */
export type SegmentFacts = Omit<SegmentView, "roomBps" | "arrivals">;

export type World = {
  readonly segment: (segment: number) => SegmentFacts;
  /** What policies of this controller may fill; undefined where nobody knows. */
  readonly capacityBps?: (segment: number) => number | undefined;
};

/** What a policy's decisions depend on beside what is measured, to be kept over a restart. */
export type Memory = {
  readonly policy: string;
  readonly current: number;
  readonly flipsMs: readonly number[];
  readonly wishSinceMs: number | null;
  readonly leftRegime: number | null;
};

/** A decision with what it was made of. */
export type Made = { readonly input: Input; readonly decision: Decision };

type Standing = {
  readonly policy: Policy;
  /** Which segments its paths use, and its paths by place in that list: the same for each of its inputs. */
  readonly segments: readonly number[];
  readonly paths: number[][];
  current: number;
  pin: number | null;
  flipsMs: number[];
  wishSinceMs: number | null;
  leftRegime: number | null;
  /** Of the last decision that was handed on. */
  told: string;
};

export class Decider {
  readonly settings: Settings;
  readonly #standings: readonly Standing[];
  readonly #byName: ReadonlyMap<string, Standing>;
  /** Demand of the policies that are on a segment. */
  readonly #takenBps = new Map<number, number>();
  readonly #arrivalsMs = new Map<number, number[]>();

  constructor(policies: readonly Policy[], settings: Settings) {
    this.settings = settings;
    this.#standings = policies.map(standing).sort(byPriority);
    this.#byName = new Map(this.#standings.map((one) => [one.policy.name, one]));
    if (this.#byName.size !== policies.length) throw invalid("two policies have the same name", "Name each apart.");
    for (const one of this.#standings) this.#account(one, 0, 1);
  }

  current(policy: string): number {
    return this.#standing(policy).current;
  }

  /** What to give `remember` of a decider that is made later, with the same paths or others. */
  memories(): Memory[] {
    return this.#standings.map(({ policy, current, flipsMs, wishSinceMs, leftRegime }) => ({
      policy: policy.name,
      current,
      flipsMs: [...flipsMs],
      wishSinceMs,
      leftRegime,
    }));
  }

  /** Puts a policy where it was; the cap counts the moves it made then. */
  remember({ policy, current, flipsMs, wishSinceMs, leftRegime }: Memory): void {
    const one = this.#standing(policy);
    if (!one.paths[current]) {
      throw invalid(`policy ${policy} has no path ${current}`, `Give 0 to ${one.paths.length - 1}.`);
    }
    this.#account(one, one.current, -1);
    this.#account(one, current, 1);
    Object.assign(one, { current, flipsMs: [...flipsMs], wishSinceMs, leftRegime });
  }

  /** Keeps a policy on one of its paths as long as that is not down; null lets it go. */
  pin(policy: string, path: number | null): void {
    const one = this.#standing(policy);
    if (path !== null && !one.paths[path]) {
      throw invalid(`policy ${policy} has no path ${path}`, `Pin it to 0 to ${one.paths.length - 1}.`);
    }
    one.pin = path;
  }

  /** Decides for every policy. `tell` gets each move, and each stay whose reason is another than the last. */
  tick(nowMs: number, world: World, tell: (made: Made) => void = () => undefined): void {
    for (const one of this.#standings) {
      if (this.#isAtRest(one, world)) continue;
      const input = this.#input(nowMs, one, world);
      const decision = decide(input, this.settings);
      this.#carryOut(nowMs, one, input, decision);
      const said = `${decision.path} ${decision.reason} ${decision.wish}`;
      if (said === one.told) continue;
      one.told = said;
      tell({ input, decision });
    }
  }

  /** The usual case at little cost: on a default that is well, with nothing else wished. */
  #isAtRest({ policy, current, pin, told }: Standing, { segment }: World): boolean {
    if (current !== 0 || pin !== null || policy.improve || told !== AT_REST) return false;
    return (policy.paths[0] as readonly number[]).every((s) => {
      const { state, closed, foreseenUs } = segment(s);
      return state === "UP" && closed === null && foreseenUs === null;
    });
  }

  #input(nowMs: number, one: Standing, world: World): Input {
    return {
      atMs: nowMs,
      policy: one.policy.name,
      demandBps: one.policy.demandBps ?? 0,
      improve: one.policy.improve ?? false,
      pin: one.pin,
      current: one.current,
      flipsMs: [...one.flipsMs],
      wishSinceMs: one.wishSinceMs,
      leftRegime: one.leftRegime,
      paths: one.paths,
      segments: one.segments.map((s) => ({
        ...world.segment(s),
        roomBps: this.#roomBps(s, world),
        arrivals: this.#arrivals(s, nowMs),
      })),
    };
  }

  #carryOut(nowMs: number, one: Standing, input: Input, { path, wishSinceMs }: Decision): void {
    one.wishSinceMs = wishSinceMs;
    if (path === one.current) return;
    const before = one.policy.paths[one.current] as readonly number[];
    if (one.current === 0) {
      one.leftRegime = before.reduce((sum, s) => sum + (input.segments[one.segments.indexOf(s)]?.regime ?? 0), 0);
    }
    if (path === 0) one.leftRegime = null;
    this.#account(one, one.current, -1);
    this.#account(one, path, 1);
    for (const s of one.policy.paths[path] as readonly number[]) {
      if (!before.includes(s)) this.#arrivalsMs.set(s, [...(this.#arrivalsMs.get(s) ?? []), nowMs]);
    }
    one.flipsMs = [...one.flipsMs, nowMs].slice(-this.settings.flipsPerHour);
    one.current = path;
  }

  #account({ policy }: Standing, path: number, sign: 1 | -1): void {
    for (const s of policy.paths[path] as readonly number[]) {
      this.#takenBps.set(s, (this.#takenBps.get(s) ?? 0) + sign * (policy.demandBps ?? 0));
    }
  }

  #roomBps(s: number, { capacityBps }: World): number | null {
    const capacity = capacityBps?.(s);
    return capacity === undefined ? null : Math.max(0, capacity - (this.#takenBps.get(s) ?? 0));
  }

  #arrivals(s: number, nowMs: number): number {
    const all = this.#arrivalsMs.get(s);
    if (!all) return 0;
    const recent = all.filter((at) => nowMs - at < this.settings.herdWindowMs);
    if (recent.length === 0) this.#arrivalsMs.delete(s);
    else if (recent.length < all.length) this.#arrivalsMs.set(s, recent);
    return recent.length;
  }

  #standing(policy: string): Standing {
    const one = this.#byName.get(policy);
    if (!one) throw invalid(`there is no policy ${policy}`, "Name one that the decider was made with.");
    return one;
  }
}

const AT_REST = "0 well null";

function standing(policy: Policy): Standing {
  const segments = [...new Set(policy.paths.flat())];
  if (policy.paths.length === 0 || policy.paths.some((path) => path.length === 0)) {
    throw invalid(`policy ${policy.name} has no path, or one without a segment`, "Give it a default path at least.");
  }
  return {
    policy,
    segments,
    paths: policy.paths.map((path) => path.map((s) => segments.indexOf(s))),
    current: 0,
    pin: null,
    flipsMs: [],
    wishSinceMs: null,
    leftRegime: null,
    told: AT_REST,
  };
}

const byPriority = (a: Standing, b: Standing): number =>
  (b.policy.priority ?? 0) - (a.policy.priority ?? 0) || (a.policy.name < b.policy.name ? -1 : 1);

const invalid = (message: string, remedy: string): SrwanError => new SrwanError("POLICY_INVALID", message, { remedy });
