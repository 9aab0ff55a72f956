// Several devices as one: all keep the change, or all go back, or the outcome is UNKNOWN and names each. Two phases by
// confirmed commit; a device without it comes last, and there is at most one. After a crash the journal leads to the same
// three ends.

import type { Clock } from "../../base/clock.ts";
import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Sealer } from "../../base/seal.ts";
import type { Filter } from "../filter.ts";
import type { Session } from "../session.ts";
import type { Change } from "./change.ts";
import type { Journal, JournalStore } from "./journal.ts";
import { outcomeDocument, type SealedOutcome, seal, unitOutcome } from "./outcome.ts";
import { xmlText } from "./proof.ts";
import type { Planned } from "./record.ts";
import { type Context, DeviceRun, nowUs, write } from "./run.ts";
import { compensate, type Settled, settle } from "./settle.ts";

export type Transactor = {
  readonly journals: JournalStore;
  readonly clock: Clock;
  /** Opens a session with the device of this name, its host key checked. */
  readonly connect: (device: string, signal: AbortSignal) => Promise<Session>;
  /** 32 random hexadecimal digits, each time others. */
  readonly token: () => string;
  readonly sealer?: Sealer;
  readonly signal?: AbortSignal;
  readonly onStep?: (device: string, step: string) => void | Promise<void>;
};

export type TransactOptions = {
  /** What whoever asks calls it; it stands in the outcome. */
  readonly reference?: string;
  /** How long devices wait for the last word before they go back; they count it in seconds. */
  readonly confirmMs?: number;
};

export async function transact(
  changes: readonly Change[],
  transactor: Transactor,
  { reference, confirmMs = LIMITS.transactionConfirmMs }: TransactOptions = {},
): Promise<SealedOutcome> {
  refuseUnusable(changes);
  const journal = transactor.journals.begin({
    step: "begin",
    journal: "srwan.transaction",
    version: 1,
    id: transactor.token(),
    ...(reference !== undefined && { reference }),
    atUs: nowUs(transactor.clock),
    confirmMs,
    changes: changes.map(planned),
  });
  const context = contextOf(transactor, journal);
  const unit = new Unit(changes, context);
  try {
    await unit.forward().finally(() => unit.release());
    return await conclude(contextOf(settling(transactor), journal), transactor, unit.settled, unit.problems);
  } finally {
    journal.close();
  }
}

/** Whoever stops a transaction wants it taken back, not left where it is. */
const settling = ({ signal: _stopped, ...others }: Transactor): Transactor => others;

/** Every transaction whose journal has no end: each is settled, or stays UNKNOWN for the next time. */
export async function reconcile(transactor: Transactor): Promise<SealedOutcome[]> {
  const outcomes: SealedOutcome[] = [];
  for (const journal of transactor.journals.open()) {
    try {
      outcomes.push(await conclude(contextOf(transactor, journal), transactor, new Map(), new Map()));
    } finally {
      journal.close();
    }
  }
  return outcomes;
}

const contextOf = (transactor: Transactor, journal: Journal): Context => ({
  ...transactor,
  journal,
  signal: transactor.signal ?? new AbortController().signal,
});

/** The way forwards. Whatever happens on it, `conclude` comes after. */
class Unit {
  readonly settled = new Map<string, Settled>();
  /** Why a device did not get what was wanted. */
  readonly problems = new Map<string, SrwanError>();
  readonly #context: Context;
  readonly #runs: readonly DeviceRun[];

  constructor(changes: readonly Change[], context: Context) {
    this.#context = context;
    this.#runs = changes.map((change) => new DeviceRun(change, context));
  }

  async forward(): Promise<void> {
    const isReady = await this.#all(this.#runs, (run) => run.prepare());
    const sure = this.#runs.filter(({ guarantee }) => guarantee !== "compensated");
    const last = this.#runs.filter(({ guarantee }) => guarantee === "compensated");
    for (const run of last.slice(1)) this.problems.set(run.name, tooMany(run.name, last));
    const made = async (run: DeviceRun): Promise<void> => {
      await run.commit();
      await run.verify();
    };
    const holds = isReady && last.length <= 1 && (await this.#all(sure, made)) && (await this.#all(last, made));
    await write(this.#context, { step: "decision", keep: holds });
    if (!holds) return;
    await this.#all(this.#runs, async (run) => {
      await run.confirm();
      const look = await run.prove();
      if (look.wrong.length === 0) this.settled.set(run.name, { outcome: "APPLIED", look });
    });
  }

  /** Locks are let go of, and sessions ended, before anything is settled. */
  async release(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.release()));
  }

  /** Each to its end, so that none is left in the middle of a step; true where all went well. */
  async #all(runs: readonly DeviceRun[], work: (run: DeviceRun) => Promise<void>): Promise<boolean> {
    const done = await Promise.all(
      runs.map((run) =>
        work(run).then(
          () => true,
          (error: unknown) => {
            this.problems.set(run.name, asSrwanError(error));
            return false;
          },
        ),
      ),
    );
    return done.every(Boolean);
  }
}

/** From what is proved already to an outcome for every device, and to the end of the journal if there is one. */
async function conclude(
  context: Context,
  { sealer, clock }: Transactor,
  proved: ReadonlyMap<string, Settled>,
  problems: ReadonlyMap<string, SrwanError>,
): Promise<SealedOutcome> {
  const names = [...context.journal.state.devices.keys()];
  const settled = new Map(proved);
  const each = async (work: (name: string) => Promise<Settled>, which: readonly string[]): Promise<void> => {
    await Promise.all(which.map(async (name) => settled.set(name, await work(name))));
  };
  await each(
    (name) => settle(context, name),
    names.filter((name) => !settled.has(name)),
  );
  const kept = names.filter((name) => settled.get(name)?.outcome === "APPLIED");
  const isMixed = unitOutcome(settled.values()) === "UNKNOWN" && kept.length > 0;
  if (isMixed && ![...settled.values()].some(({ outcome }) => outcome === "UNKNOWN")) {
    await each((name) => compensate(context, name), kept);
  }
  for (const [name, problem] of problems) {
    const one = settled.get(name);
    if (one && one.outcome !== "APPLIED") settled.set(name, { ...one, problem });
  }
  const document = outcomeDocument(context.journal.state, settled, nowUs(clock));
  const sealed = await seal(document, sealer);
  if (document.outcome !== "UNKNOWN") await write(context, { step: "end", outcome: sealed });
  return sealed;
}

function planned(change: Change): Planned {
  return {
    device: change.device,
    edit: xmlText(change.edit),
    expected: xmlText(change.expected),
    readBack: filterText(change.readBack),
  };
}

const filterText = (filter: Filter): Planned["readBack"] =>
  filter.kind === "subtree"
    ? { kind: "subtree", elements: xmlText(filter.elements) }
    : { kind: "xpath", select: filter.select, prefixes: { ...filter.prefixes } };

function refuseUnusable(changes: readonly Change[]): void {
  const refuse = (what: string, remedy: string): SrwanError => new SrwanError("VALUE_INVALID", what, { remedy });
  if (changes.length === 0 || changes.length > LIMITS.transactionDevices) {
    throw refuse(`a transaction of ${changes.length} devices`, `Give 1 to ${LIMITS.transactionDevices}.`);
  }
  if (new Set(changes.map(({ device }) => device)).size < changes.length) {
    throw refuse("a transaction names a device twice", "Put all that concerns a device into one change.");
  }
}

const tooMany = (device: string, all: readonly DeviceRun[]): SrwanError =>
  new SrwanError(
    "NETCONF_UNSUPPORTED",
    `${all.map(({ name }) => name).join(" and ")} have no :confirmed-commit, and only one such device can be changed with others`,
    { remedy: `Change ${device} in a transaction of its own.`, deviceStateKnown: true },
  );
