// The driver of a hardware router, of whichever family: every change is one transaction that is proved by reading running
// back. One change at a time; what the router refused is not sent again for a while.

import type { Clock } from "../../base/clock.ts";
import { ERRORS, type ErrorCode, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { mixedChange } from "../../netconf/devices/change.ts";
import type { Driver as Family } from "../../netconf/devices/driver.ts";
import { keyOf } from "../../netconf/devices/intent-file.ts";
import type { DeviceCapabilities } from "../../netconf/devices/modules.ts";
import type { Session } from "../../netconf/session.ts";
import type { OutcomeDocument } from "../../netconf/transaction/outcome.ts";
import { reconcile, type Transactor, transact } from "../../netconf/transaction/transact.ts";
import type { XmlElement } from "../../netconf/xml/element.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import type { Reading } from "../count.ts";
import { type Refused, wireError } from "../document.ts";
import type { Driver, Link, Observation, Outcome, Supports } from "../driver.ts";
import type { Goal } from "../goal.ts";
import type { Lane } from "../lane.ts";
import type { StateFolder } from "../state-folder.ts";
import { type Due, differencesOf, readingsOf, unitsOf } from "./due.ts";
import { intentsOf, type Router, type RouterGoal } from "./intents.ts";
import { Owned } from "./owned.ts";
import { runningOf, watchRouter, yangLibraryOf } from "./router.ts";
import { lanesOn, standingOf } from "./standing.ts";
import { Trials } from "./trials.ts";

export type NetconfParts = {
  /** As it is named in journals. */
  readonly device: string;
  readonly family: Family;
  readonly pop: string;
  readonly locator: string;
  readonly portOf: (device: string) => string | undefined;
  readonly transactor: Omit<Transactor, "signal">;
  /** probes: this machine's, through the router; state: what the router itself says of a policy. */
  readonly proof: "probes" | "state";
  readonly folder: StateFolder;
  readonly clock: Clock;
  readonly log: Logger;
};

type Failure = { readonly text: string; readonly untilUs: bigint; readonly refused: Refused };
type Read = { readonly config: readonly XmlElement[]; readonly intents: readonly DeviceIntent[] };

export class NetconfDriver implements Driver {
  readonly kind = "netconf";
  readonly isElsewhere = true;
  readonly #parts: NetconfParts;
  readonly #owned: Owned;
  readonly #trials: Trials;
  readonly #end = new AbortController();
  #session: Promise<Session> | undefined;
  #capabilities: DeviceCapabilities | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Some transaction's end is not known: it comes before all else. */
  #isOpen = true;
  #read: Read | undefined;
  /** What was in place after the last apply, as text: what of it has to be done again, has drifted. */
  #stood = new Map<string, string>();
  readonly #failures = new Map<string, Failure>();

  constructor(parts: NetconfParts) {
    this.#parts = parts;
    this.#owned = new Owned(parts.folder);
    this.#trials = new Trials(parts.family, parts.clock);
    if (parts.proof === "state") this.#trials.need();
  }

  /** A commit moves a policy, however many prefixes follow it. */
  async supports(): Promise<Supports> {
    return { groups: true };
  }

  async observe(lanes: readonly Lane[]): Promise<Observation> {
    const { intents } = await this.#look();
    const standing = standingOf(intents);
    const { carried, installed } = lanesOn(standing, lanes);
    if (this.#parts.proof === "state") await this.#trials.ask(await this.#connected(), standing);
    const held = (lane: string, key: string): boolean => this.#failures.has(moveKey(lane, key));
    return {
      carried,
      installed: (lane, key) => installed.has(`${lane} ${key}`) && !held(lane, key),
      links: new Map(),
      ...(this.#parts.proof === "state" && { proof: (_lane: string, key: string) => this.#trials.of(key) }),
    };
  }

  async plan(goal: Goal): Promise<readonly string[]> {
    const { family } = this.#parts;
    const read = await this.#look();
    const { wanted } = this.#goal(goal, read, true);
    const { set, gone } = differencesOf(family, wanted, read, this.#owned.keys);
    return [
      ...gone.flatMap((intent) => family.cliRemoval(intent)),
      ...set.flatMap(({ intent, why }) => [`! ${why}`, ...family.cli(intent)]),
    ];
  }

  apply(goal: Goal): Promise<Outcome> {
    return this.#alone(() => this.#apply(goal));
  }

  async #apply(goal: Goal): Promise<Outcome> {
    const read = this.#read ?? (await this.#look());
    this.#forget();
    const { wanted, refused } = this.#goal(goal, read, true);
    const due = differencesOf(this.#parts.family, wanted, read, this.#owned.keys);
    const troubles = [...refused];
    const set = due.set.filter((one) => {
      const failure = this.#failureOf(one) ?? this.#foreign(one, read);
      if (failure !== undefined) troubles.push(failure);
      return failure === undefined;
    });
    const wantedKeys = new Set(wanted.map(({ intent }) => keyOf(intent)));
    const before = new Map(read.intents.map((intent) => [keyOf(intent), intent]));
    const made = await this.#make(set, due.gone, before, troubles);
    const lacking = new Set(due.set.filter((one) => !made.includes(one)).map(({ intent }) => keyOf(intent)));
    const repaired = made.filter(({ intent }) => this.#stood.get(keyOf(intent)) === JSON.stringify(intent));
    this.#stood = new Map(
      wanted.flatMap(({ intent }) =>
        lacking.has(keyOf(intent)) ? [] : [[keyOf(intent), JSON.stringify(intent)] as const],
      ),
    );
    const gone = made.length === set.length ? due.gone : [];
    if (gone.length > 0 || due.gone.length === 0) this.#owned.keepOnly(wantedKeys);
    return {
      objectsInPlace: wanted.length - lacking.size,
      changed: [...made.map(({ intent }) => `set ${keyOf(intent)}`), ...gone.map((one) => `remove ${keyOf(one)}`)],
      repaired: repaired.map(({ intent, why }) => `${keyOf(intent)}: ${why}`),
      refused: troubles,
      finals: [],
    };
  }

  /** All of it as one change; where the router refuses that, each unit by itself, so that one does not stop the others. */
  async #make(
    set: readonly Due[],
    gone: readonly DeviceIntent[],
    before: ReadonlyMap<string, DeviceIntent>,
    troubles: Refused[],
  ): Promise<readonly Due[]> {
    if (set.length === 0 && gone.length === 0) return [];
    const all = await this.#transact(set, gone, before, false);
    if (all === undefined) return set;
    const units = unitsOf(set);
    if (units.length === 1 && gone.length === 0) {
      troubles.push(...this.#failed(set, all));
      return [];
    }
    const made: Due[] = [];
    for (const unit of units) {
      const problem = await this.#transact(unit, [], before, false);
      if (problem === undefined) made.push(...unit);
      else troubles.push(...this.#failed(unit, problem));
    }
    if (gone.length === 0) return made;
    const problem = await this.#transact([], gone, before, false);
    if (problem !== undefined) troubles.push({ object: "what is not wanted any more", error: wireError(problem) });
    return made;
  }

  /** Undefined where it was applied; why not where it was proved that it was not. Thrown: the router is away, or unknown. */
  async #transact(
    set: readonly Due[],
    gone: readonly DeviceIntent[],
    before: ReadonlyMap<string, DeviceIntent>,
    verifies: boolean,
  ): Promise<SrwanError | undefined> {
    const { device, family, clock, transactor } = this.#parts;
    const comes = set.map(({ intent }) => intent);
    // An older form of what is set leaves with all that the new one has no part in.
    const older = comes.flatMap((intent) => before.get(keyOf(intent)) ?? []);
    this.#owned.add(comes.map(keyOf));
    this.#read = undefined;
    const change = mixedChange(device, family, comes, [...gone, ...older], { clock, verifies });
    const { document } = await transact([change], { ...transactor, signal: this.#end.signal });
    return this.#judged(document);
  }

  #judged({ outcome, devices: [told] }: OutcomeDocument): SrwanError | undefined {
    if (outcome === "APPLIED") return undefined;
    const { code = "TRANSACTION_UNKNOWN", message = "", remedy = "See the router." } = told?.problem ?? {};
    if (outcome === "UNKNOWN") this.#isOpen = true;
    const error = new SrwanError(outcome === "UNKNOWN" ? "TRANSACTION_UNKNOWN" : asCode(code), message, { remedy });
    if (outcome === "NOT_APPLIED" && BY_THE_ROUTER.has(code) && !/lock/.test(message)) return error;
    throw error;
  }

  async shift(goal: Goal, lanes: readonly string[]): Promise<readonly string[]> {
    return this.#alone(() => this.#shift(goal, new Set(lanes)));
  }

  async #shift(goal: Goal, lanes: ReadonlySet<string>): Promise<readonly string[]> {
    const read = this.#read ?? (await this.#look());
    const { wanted } = this.#goal(goal, read, false);
    const before = new Map(read.intents.map((intent) => [keyOf(intent), intent]));
    const moved = wanted.filter(({ policy }) => policy !== undefined && lanes.has(policy));
    const { set } = differencesOf(this.#parts.family, moved, read, new Set());
    const left: string[] = [...lanes].filter((lane) => !moved.some(({ policy }) => policy === lane));
    for (const unit of unitsOf(set)) {
      const lane = unit[0]?.policy ?? "";
      const problem = await this.#transact(unit, [], before, true);
      if (problem === undefined) continue;
      left.push(lane);
      for (const { intent } of unit) {
        if (intent.kind !== "policy") continue;
        const refused = { object: `policy ${lane}`, policy: lane, error: wireError(problem) };
        for (const { name } of intent.paths) this.#fail(moveKey(lane, name), "", refused);
      }
    }
    return left;
  }

  async readCounters(): Promise<readonly Reading[]> {
    if (this.#capabilities === undefined) return [];
    return readingsOf(this.#parts.family, this.#capabilities, await this.#connected(), this.#read?.intents ?? []);
  }

  watch(changed: () => void, _links: (links: ReadonlyMap<string, Link>) => void): () => void {
    const { transactor, device, clock, log } = this.#parts;
    return watchRouter((signal) => transactor.connect(device, signal), changed, clock, log);
  }

  close(): void {
    this.#end.abort(new Error("stopping"));
    void this.#session?.then(
      (session) => session.close(),
      () => undefined,
    );
  }

  /** What the router holds that could be ours, read now. */
  async #look(): Promise<Read> {
    if (this.#isOpen) await this.#reconcile();
    const session = await this.#connected();
    const config = await runningOf(session, this.#parts.family.everything);
    this.#read = { config, intents: this.#parts.family.read(config) };
    return this.#read;
  }

  /** Transactions that a crash or a lost router left without an end. */
  async #reconcile(): Promise<void> {
    const outcomes = await reconcile({ ...this.#parts.transactor, signal: this.#end.signal });
    const open = outcomes.find(({ document }) => document.outcome === "UNKNOWN");
    this.#isOpen = open !== undefined;
    if (open !== undefined) this.#judged(open.document);
  }

  #connected(): Promise<Session> {
    this.#session ??= this.#connect();
    return this.#session.then((session) => {
      if (session.isOpen) return session;
      this.#session = undefined;
      return this.#connected();
    });
  }

  async #connect(): Promise<Session> {
    const { transactor, device, family } = this.#parts;
    try {
      const session = await transactor.connect(device, this.#end.signal);
      this.#capabilities = family.capabilities(session.capabilities, await yangLibraryOf(session));
      return session;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  #goal(goal: Goal, { intents }: Read, holds: boolean): RouterGoal {
    const { family, pop, locator, portOf } = this.#parts;
    const router: Router = { driver: family, capabilities: this.#capabilities, pop, locator, portOf };
    return intentsOf(goal, standingOf(intents), router, holds);
  }

  /** What somebody else configured in the same place is not overwritten. */
  #foreign({ intent, policy }: Due, { config }: Read): Refused | undefined {
    if (this.#owned.keys.has(keyOf(intent))) return undefined;
    const [what] = this.#parts.family.foreign(intent, config);
    if (what === undefined) return undefined;
    const error = new SrwanError("RISK_FOREIGN", `${what} of the router was configured by somebody else`, {
      remedy: "Ask whose it is; take it away, or the policy another prefix.",
      deviceStateKnown: true,
    });
    return { object: keyOf(intent), ...(policy === undefined ? {} : { policy }), error: wireError(error) };
  }

  #failed(unit: readonly Due[], problem: SrwanError): Refused[] {
    return unit.map(({ intent, policy }) => {
      const refused = {
        object: keyOf(intent),
        ...(policy === undefined ? {} : { policy }),
        error: wireError(problem),
      };
      this.#fail(keyOf(intent), JSON.stringify(intent), refused);
      return refused;
    });
  }

  #fail(key: string, text: string, refused: Refused): void {
    const untilUs = this.#parts.clock.monoUs() + BigInt(LIMITS.routerRetryMs) * 1_000n;
    this.#failures.set(key, { text, untilUs, refused });
  }

  #failureOf({ intent }: Due): Refused | undefined {
    const failure = this.#failures.get(keyOf(intent));
    return failure?.text === JSON.stringify(intent) ? failure.refused : undefined;
  }

  #forget(): void {
    const now = this.#parts.clock.monoUs();
    for (const [key, { untilUs }] of this.#failures) if (untilUs <= now) this.#failures.delete(key);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Its own word against a change, and not a session that was lost. */
const BY_THE_ROUTER: ReadonlySet<string> = new Set(["NETCONF_RPC_ERROR", "TRANSACTION_UNSEEN", "NETCONF_UNSUPPORTED"]);

const asCode = (code: string): ErrorCode => (code in ERRORS ? (code as ErrorCode) : "NETCONF_UNREACHABLE");

const moveKey = (lane: string, key: string): string => `move ${lane} ${key}`;
