// All lanes of this POP over time: looks at the machine, brings it to the stage that each lane is in, moves what is proved,
// leaves what is dead, and says what became of it. What it decides is stage.ts's; this file is when.

import type { Clock } from "../base/clock.ts";
import { asSrwanError, type SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/log.ts";
import type { Prefix } from "../srv6/address.ts";
import type { CandidatePath } from "../srv6/model.ts";
import {
  appliedOf,
  type EventTold,
  eventTelling,
  type LaneFacts,
  moveEvent,
  type PathState,
  returnEvents,
  returnsDead,
  saysOf,
  stateEvents,
  statesOf,
} from "./applied.ts";
import type { Reading } from "./count.ts";
import { type ReadDocument, type Refused, wireError } from "./document.ts";
import type { Driver, Link, Observation } from "./driver.ts";
import { type Failed, failedKeys, markFailed, prunedFailed, unmarkFailed } from "./failed.ts";
import { type Goal, goalOf, type PathProbe, probeKey } from "./goal.ts";
import { allPaths, keyOf, type Lane, type LanePath } from "./lane.ts";
import type { PathMeasured } from "./probing.ts";
import { type Probing, type Proof, proofOf, type SegmentLife, toldProof, unprobedProof } from "./proof.ts";
import type { Told } from "./spool.ts";
import { type LaneStage, stageLane } from "./stage.ts";
import { Wake } from "./wake.ts";

export type LanesParts = {
  readonly driver: Driver;
  readonly probes: {
    set(near: Prefix, probes: readonly PathProbe[]): void;
    of(key: string): readonly Probing[];
    measured(key: string): PathMeasured;
  };
  /** What pulses say of a segment of ours, and which interface it leaves by. */
  readonly life: (segment: string) => Omit<SegmentLife, "linkUp"> | undefined;
  readonly deviceOf: (segment: string) => string | undefined;
  readonly tell: (told: Told) => void;
  readonly keepFailed: (failed: Failed) => void;
  readonly finals: (finals: readonly Reading[]) => void;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Looks in a row that each find more to do. */
const ROUNDS = 8;

export class Lanes {
  readonly #parts: LanesParts;
  readonly #wake: Wake;
  #document: ReadDocument | undefined;
  #failed: Failed;
  #seen: Observation | undefined;
  /** What carries: as read back, and as moved since. */
  #carried = new Map<string, readonly CandidatePath[]>();
  #links: ReadonlyMap<string, Link> = new Map();
  /** Policies that left a path by themselves and have not been moved by the service since. */
  readonly #away: Set<string>;
  /** What earlier documents said of paths that still carry, by "policy key". */
  #recalled = new Map<string, LanePath>();
  /** Counts moves: what was read while one was made is read again. */
  #moves = 0;
  #states: ReadonlyMap<string, PathState> = new Map();
  #returns: ReadonlySet<string> = new Set();
  /** Lanes that answers to probes may move. */
  #restless = new Set<string>();
  #outcome: { readonly objectsInPlace: number; readonly refused: readonly Refused[] } = {
    objectsInPlace: 0,
    refused: [],
  };
  #told = "";

  constructor(parts: LanesParts, failed: Failed) {
    this.#parts = parts;
    this.#failed = failed;
    this.#away = new Set(Object.keys(failed));
    this.#wake = new Wake(parts.clock, LIMITS.agentSettleMs, LIMITS.agentLookMs);
  }

  get document(): ReadDocument | undefined {
    return this.#document;
  }

  get outcome(): { readonly objectsInPlace: number; readonly refused: readonly Refused[] } {
    return this.#outcome;
  }

  hasLink(name: string): boolean {
    return this.#links.size === 0 || this.#links.has(name);
  }

  /** Runs until it is stopped; rejects when the machine cannot be looked at any more. */
  async run(): Promise<void> {
    const { driver, log, clock } = this.#parts;
    const unwatch = driver.watch(
      () => this.#wake.wake(),
      (links) => this.#linksChanged(links),
    );
    try {
      for (let failures = 0; await this.#wake.next(); ) {
        try {
          for (let round = 0; round < ROUNDS && (await this.#look()); round++);
          failures = 0;
        } catch (thrown) {
          const error = asSrwanError(thrown);
          // A socket to the kernel that broke is opened by a new start.
          if (++failures > LIMITS.agentFailuresMax && driver.isElsewhere !== true) throw error;
          log.error(error.message, { code: error.code, remedy: error.remedy });
          if (driver.isElsewhere === true) this.#isAway(error);
          await clock.sleepMs(driver.isElsewhere === true ? LIMITS.routerAwayMs : LIMITS.agentRetryMs);
          this.#wake.wake();
        }
      }
    } finally {
      unwatch();
    }
  }

  stop(): void {
    this.#wake.end();
  }

  desire(document: ReadDocument): void {
    this.#recalled = this.#carriedPaths();
    this.#document = document;
    this.#failed = prunedFailed(this.#failed, document.lanes);
    this.#parts.keepFailed(this.#failed);
    this.#told = "";
    this.#wake.wake();
  }

  /** A probe, or a segment of ours, is not what it was: what has to move does so now. */
  changed(policies?: ReadonlySet<string>): void {
    this.#move(policies);
    this.#wake.wake();
  }

  /** Answers came: a lane that waited for one may go on. */
  answers(): void {
    if (this.#restless.size === 0) return;
    if (this.#move(this.#restless)) this.#wake.wake();
  }

  /** What bringing the machine to this stage would change, in its own words. */
  async plan(): Promise<readonly string[]> {
    return this.#document === undefined ? [] : this.#parts.driver.plan(this.#goal(this.#document.lanes));
  }

  facts(): readonly LaneFacts[] {
    return (this.#document?.lanes ?? []).map((lane) => this.#facts(lane));
  }

  /** Which lanes take a path that is probed so. */
  lanesOf(key: string): ReadonlySet<string> {
    const all = this.#document?.lanes ?? [];
    const fit = all.filter((lane) => this.#pathsOf(lane).some((path) => probeKey(lane.to, path.probe.name) === key));
    return new Set(fit.map(({ policy }) => policy));
  }

  #carriedPaths(): Map<string, LanePath> {
    return new Map(
      (this.#document?.lanes ?? []).flatMap((lane) =>
        this.#stage(lane)
          .carry.filter(({ name }) => name !== "")
          .map((path) => [`${lane.policy} ${keyOf(path)}`, path] as const),
      ),
    );
  }

  #pathsOf = (lane: Lane): readonly LanePath[] => {
    const stage = this.#stage(lane);
    return [...stage.carry, ...stage.spare];
  };

  /** One look at the machine and what follows from it; true where another has to follow. */
  async #look(): Promise<boolean> {
    const { driver, probes, log, finals } = this.#parts;
    const document = this.#document;
    if (document === undefined) return false;
    const moves = this.#moves;
    const seen = await driver.observe(document.lanes);
    if (document !== this.#document || moves !== this.#moves) return true;
    this.#take(seen);
    const goal = this.#goal(document.lanes);
    const outcome = await driver.apply(goal);
    if (outcome.finals.length > 0) finals(outcome.finals);
    if (outcome.changed.length > 0)
      log.info("changed", { count: outcome.changed.length, steps: outcome.changed.slice(0, 10) });
    if (outcome.repaired.length > 0) {
      const data = { count: outcome.repaired.length, first: outcome.repaired[0]?.slice(0, 1_000) ?? "" };
      this.#event({ type: "drift-repaired", subject: "machine", text: `${data.count} put right`, data });
    }
    this.#outcome = { ...outcome, refused: [...document.refused, ...outcome.refused] };
    probes.set(document.near, goal.probes);
    if (document !== this.#document) return true;
    const goesOn = this.#move() || outcome.changed.length > 0;
    this.#report(!goesOn);
    return goesOn;
  }

  /** What was last seen there stands as it was told; that nobody can see it now is told beside. */
  #isAway(error: SrwanError): void {
    const refused = this.#document?.refused ?? [];
    this.#outcome = { ...this.#outcome, refused: [...refused, { object: "the router", error: wireError(error) }] };
    this.#report(false);
  }

  #take(seen: Observation): void {
    const [first, carried] = [this.#seen === undefined, this.#carried];
    this.#seen = seen;
    this.#carried = new Map(seen.carried);
    this.#links = seen.links;
    for (const [policy, now] of seen.carried) {
      const before = carried.get(policy);
      if (first || before === undefined || sameLists(before, now)) continue;
      const [was, is] = [before, now].map((lists) => lists.map(({ name }) => name).join("+") || "nothing");
      if (before.length === 0) {
        const lane = this.#document?.lanes.find((one) => one.policy === policy);
        const to = lane === undefined ? [] : this.#stage(lane).carry;
        if (lane !== undefined) this.#event(moveEvent(lane, [], to, { kind: "begins", why: "proved end to end" }));
        continue;
      }
      this.#event({
        type: "drift-repaired",
        subject: policy,
        text: "somebody else changed what carries; it is being put right",
        data: { was: was ?? "", is: is ?? "" },
      });
    }
  }

  #goal(lanes: readonly Lane[]): Goal {
    const staged = lanes.map((lane) => ({ lane, stage: this.#stage(lane) }));
    return goalOf(this.#document as ReadDocument, staged, (segment) => {
      const device = this.#parts.deviceOf(segment);
      return device === undefined ? undefined : this.#links.get(device)?.mtuOctets;
    });
  }

  #stage(lane: Lane): LaneStage {
    return stageLane({
      lane,
      carried: this.#carried.get(lane.policy) ?? [],
      installed: (key) => this.#seen?.installed(lane.policy, key) === true,
      proof: (path) => this.#proof(lane, path),
      failed: failedKeys(this.#failed, lane),
      recall: (key) => this.#recalled.get(`${lane.policy} ${key}`),
    });
  }

  #proof(lane: Lane, path: LanePath): Proof {
    const { probes, life, deviceOf } = this.#parts;
    const pulses = path.first === undefined ? undefined : life(path.first);
    const device = path.first === undefined ? undefined : deviceOf(path.first);
    const linkUp = device === undefined ? true : (this.#links.get(device)?.up ?? true);
    const segment = { linkUp, state: pulses?.state ?? "unknown", dead: pulses?.dead } as const;
    if (!lane.probed) return unprobedProof(segment);
    const word = this.#seen?.proof?.(lane.policy, keyOf(path));
    if (word !== undefined) return toldProof(word, segment);
    return proofOf(probes.of(probeKey(lane.to, path.probe.name)), segment);
  }

  #linksChanged(links: ReadonlyMap<string, Link>): void {
    this.#links = links;
    this.changed();
  }

  /** Moves every lane that carries and has to carry something else, all in one message. True where some did. */
  #move(policies?: ReadonlySet<string>): boolean {
    const { driver, log } = this.#parts;
    const lanes = (this.#document?.lanes ?? []).filter(({ policy }) => policies?.has(policy) ?? true);
    const staged = lanes.map((lane) => ({ lane, stage: this.#stage(lane) }));
    for (const { lane, stage } of staged) this.#rest(lane, stage);
    const due = staged.filter(({ lane, stage }) => stage.move && (this.#carried.get(lane.policy)?.length ?? 0) > 0);
    if (due.length === 0) return false;
    this.#moves++;
    const goal = goalOf(this.#document as ReadDocument, due, () => undefined);
    const done = driver.shift(
      goal,
      due.map(({ lane }) => lane.policy),
    );
    const events = due.map(({ lane, stage }) => this.#moved(lane, stage));
    this.#parts.keepFailed(this.#failed);
    void done.then(
      (refused) => {
        for (const event of events) if (!refused.includes(event.subject)) this.#event(event);
        if (refused.length > 0) log.warn("could not be moved", { policies: refused });
        this.#wake.wake();
      },
      (thrown) => {
        log.error(asSrwanError(thrown).message);
        this.#wake.wake();
      },
    );
    return true;
  }

  #moved(lane: Lane, { carry, move }: LaneStage): EventTold {
    const before = this.#carried.get(lane.policy) ?? [];
    const after = carry.map(({ list }) => list);
    this.#carried.set(lane.policy, after);
    if (move?.kind === "failed-over") {
      const now = new Set(after.map(({ name }) => name));
      const left = lane.paths.map(keyOf).filter((key) => before.some(({ name }) => name === key) && !now.has(key));
      this.#failed = markFailed(unmarkFailed(this.#failed, lane, [...now]), lane, left);
    }
    const isBack =
      move?.kind === "moved" && this.#away.delete(lane.policy) && carry.some((path) => isIn(lane.paths, path));
    if (move?.kind === "failed-over") this.#away.add(lane.policy);
    return moveEvent(lane, before, carry, {
      kind: isBack ? "returned" : (move?.kind ?? "moved"),
      why: move?.why ?? "",
    });
  }

  /** Whether answers to probes may change what it carries. */
  #rest(lane: Lane, stage: LaneStage): void {
    const carried = this.#carried.get(lane.policy) ?? [];
    const silent = stage.carry.some((path) => this.#proof(lane, path).state === "silent");
    if (silent || stage.pending || carried.length === 0) this.#restless.add(lane.policy);
    else this.#restless.delete(lane.policy);
  }

  #facts(lane: Lane): LaneFacts {
    return {
      lane,
      carried: this.#carried.get(lane.policy) ?? [],
      installed: (key) => this.#seen?.installed(lane.policy, key) === true,
      proof: (path) => this.#proof(lane, path),
      actualUs: (path) => this.#parts.probes.measured(probeKey(lane.to, path.probe.name)).actualUs,
      failed: failedKeys(this.#failed, lane),
    };
  }

  #report(isSettled: boolean): void {
    const document = this.#document;
    if (document === undefined) return;
    const lanes = this.facts();
    const states = statesOf(lanes);
    const proofs = new Map(
      lanes.flatMap(({ lane, proof }) =>
        allPaths(lane).map((path) => [`${lane.policy} ${path.name}` as string, proof(path)] as const),
      ),
    );
    for (const event of stateEvents(this.#states, states, (path) => proofs.get(path))) this.#event(event);
    this.#states = states;
    const returns = returnsDead(lanes);
    for (const event of returnEvents(this.#returns, returns)) this.#event(event);
    this.#returns = returns;
    const done = isSettled && document.lanes.every((lane) => !this.#stage(lane).pending);
    const body = appliedOf(document.version, this.#outcome.objectsInPlace, this.#outcome.refused, lanes, done);
    const says = saysOf(body);
    if (says === this.#told) return;
    this.#told = says;
    this.#parts.tell({ kind: "applied", atMs: this.#nowMs(), ...body });
  }

  #event(event: EventTold): void {
    this.#parts.log.info(event.text, { event: event.type, of: event.subject });
    this.#parts.tell(eventTelling(event, this.#nowMs()));
  }

  #nowMs = (): number => Number(this.#parts.clock.wallUs() / 1_000n);
}

const isIn = (paths: readonly LanePath[], path: LanePath): boolean => paths.some((one) => keyOf(one) === keyOf(path));

function sameLists(a: readonly CandidatePath[], b: readonly CandidatePath[]): boolean {
  const weights = new Map(b.map(({ name, weight }) => [name, weight]));
  return a.length === b.length && a.every(({ name, weight }) => weights.get(name) === weight);
}
