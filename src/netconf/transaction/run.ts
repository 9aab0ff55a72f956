// The steps of one device, forwards. Each is in the journal before it is taken; whatever goes wrong is thrown, and
// settle.ts finds out what it left.

import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Capabilities } from "../capabilities.ts";
import * as operations from "../operations.ts";
import type { Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import type { Change } from "./change.ts";
import type { Journal } from "./journal.ts";
import { type Look, look, sha256, xmlText } from "./proof.ts";
import type { DeviceState, Guarantee, Step } from "./record.ts";

export type Context = {
  readonly journal: Journal;
  readonly clock: Clock;
  /** To the device of this name, whose host key it checks. */
  readonly connect: (device: string, signal: AbortSignal) => Promise<Session>;
  /** Random, for persist. */
  readonly token: () => string;
  readonly signal: AbortSignal;
  /** After each line of the journal and each answer; for progress, and for tests that die there. */
  readonly onStep?: (device: string, step: string) => void | Promise<void>;
};

export const nowUs = (clock: Clock): string => String(clock.wallUs());

export const stateOf = ({ journal }: Context, device: string): DeviceState =>
  journal.state.devices.get(device) as DeviceState;

type Timeless<S> = S extends Step ? Omit<S, "atUs"> : never;

export async function write(context: Context, line: Timeless<Step>): Promise<void> {
  context.journal.write({ ...line, atUs: nowUs(context.clock) } as Step);
  await context.onStep?.("device" in line ? line.device : "", line.step);
}

/** One request, and whoever follows the steps told of its answer. */
export async function ask(
  context: Context,
  device: string,
  session: Session,
  operation: operations.Operation,
  keepsText = false,
): Promise<Reply> {
  const reply = await session.call(operation, { keepsText, signal: context.signal });
  await context.onStep?.(device, `${operation.name} answered`);
  return reply;
}

export function guaranteeOf(capabilities: Capabilities): Guarantee | undefined {
  const candidate = capabilities.has("candidate");
  if (candidate && capabilities.has("confirmed-commit", "1.1")) return "persist";
  if (candidate && capabilities.has("confirmed-commit")) return "session";
  return candidate || capabilities.has("writable-running") ? "compensated" : undefined;
}

/** Where an edit goes; running itself only where there is no candidate. */
export const targetOf = (session: Session): "candidate" | "running" =>
  session.capabilities.has("candidate") ? "candidate" : "running";

export function editOf(session: Session, edit: Change["edit"], how: operations.EditOptions = {}): operations.Operation {
  const { capabilities } = session;
  return operations.editConfig(targetOf(session), edit, {
    ...how,
    ...(capabilities.has("rollback-on-error") && { errorOption: "rollback-on-error" }),
    ...(capabilities.has("validate") && { testOption: "test-then-set" }),
  });
}

export class DeviceRun {
  readonly change: Change;
  readonly #context: Context;
  #session: Session | undefined;
  /** Another session, so that what is read back does not come from the one that wrote. */
  #witness: Session | undefined;

  constructor(change: Change, context: Context) {
    this.change = change;
    this.#context = context;
  }

  get name(): string {
    return this.change.device;
  }

  get guarantee(): Guarantee | undefined {
    return stateOf(this.#context, this.name).session?.guarantee;
  }

  /** Connected, locked, read, and edited where there is a candidate. Running is as it was. */
  async prepare(): Promise<void> {
    const session = await this.#context.connect(this.name, this.#context.signal);
    this.#session = session;
    const guarantee = guaranteeOf(session.capabilities);
    if (guarantee === undefined) throw lacks(this.name, "neither :candidate nor :writable-running");
    if (guarantee === "compensated" && this.change.undo === undefined) {
      throw lacks(this.name, "no :confirmed-commit, and the change does not say how it is taken back");
    }
    const { address, hostKey } = session.peer;
    await this.#write({ step: "session", device: this.name, sessionId: session.id, address, hostKey, guarantee });
    // Never running through the confirm window: some devices do not go back then.
    await this.#ask(operations.lock(targetOf(session)));
    const hasCandidate = targetOf(session) === "candidate";
    if (hasCandidate) await this.#ask(operations.discardChanges());
    const { config } = await look(session, stateOf(this.#context, this.name));
    const undo = this.change.undo?.(config);
    await this.#write({
      step: "before",
      device: this.name,
      config: xmlText(config),
      ...(undo && { undo: xmlText(undo) }),
    });
    if (!hasCandidate) return;
    await this.#ask(this.#edit());
    if (this.change.validates === true) await this.#ask(operations.validate("candidate"));
  }

  async commit(): Promise<void> {
    this.#context.signal.throwIfAborted();
    const persist = this.guarantee === "persist" ? this.#context.token() : undefined;
    await this.#write({ step: "committing", device: this.name, ...(persist !== undefined && { persist }) });
    const reply = await this.#ask(this.#commitment(persist), true);
    await this.#write({ step: "committed", device: this.name, reply: sha256(reply.text ?? "") });
  }

  #commitment(persist: string | undefined): operations.Operation {
    if (this.guarantee === "compensated") {
      return targetOf(this.#alive()) === "candidate" ? operations.commit() : this.#edit();
    }
    const timeoutS = Math.ceil(this.#context.journal.state.head.confirmMs / 1_000);
    return operations.confirmedCommit({ timeoutS, ...(persist !== undefined && { persist }) });
  }

  #edit(): operations.Operation {
    const { edit, defaultOperation } = this.change;
    return editOf(this.#alive(), edit, defaultOperation ? { defaultOperation } : {});
  }

  /** Seen in running from a fresh session, and found to work. */
  async verify(): Promise<void> {
    this.#context.signal.throwIfAborted();
    const witness = await this.#context.connect(this.name, this.#context.signal);
    this.#witness = witness;
    const { wrong } = await look(witness, stateOf(this.#context, this.name));
    if (wrong.length > 0) throw unseen(this.name, wrong);
    const found = (await this.change.verify?.(witness, this.#context.signal)) ?? [];
    if (found.length > 0) throw unseen(this.name, found);
    // Until here it can be stopped; once all are verified it is decided.
    this.#context.signal.throwIfAborted();
    await this.#write({ step: "verified", device: this.name });
  }

  /** The last word. */
  async confirm(): Promise<void> {
    if (this.guarantee === "compensated") return;
    const { persist } = stateOf(this.#context, this.name).committing ?? {};
    await this.#write({ step: "confirming", device: this.name });
    await this.#ask(operations.commit(persist));
    await this.#write({ step: "confirmed", device: this.name });
  }

  /** What running holds after the last word. */
  async prove(): Promise<Look> {
    if (!this.#witness?.isOpen) this.#witness = await this.#context.connect(this.name, this.#context.signal);
    return look(this.#witness, stateOf(this.#context, this.name));
  }

  async release(): Promise<void> {
    const session = this.#session;
    if (session?.isOpen) {
      const how = { deadlineMs: LIMITS.netconfCloseMs };
      await session.call(operations.unlock(targetOf(session)), how).catch(() => undefined);
    }
    await Promise.all([session?.close(), this.#witness?.close()]);
  }

  #alive(): Session {
    if (this.#session) return this.#session;
    throw new Error(`${this.name} was not prepared`);
  }

  #ask(operation: operations.Operation, keepsText = false): Promise<Reply> {
    return ask(this.#context, this.name, this.#alive(), operation, keepsText);
  }

  #write(line: Timeless<Step>): Promise<void> {
    return write(this.#context, line);
  }
}

const lacks = (device: string, what: string): SrwanError =>
  new SrwanError("NETCONF_UNSUPPORTED", `${device} cannot be changed safely: it has ${what}`, {
    remedy: "Give the change an undo, or configure the device to announce what it lacks.",
    deviceStateKnown: true,
  });

const unseen = (device: string, wrong: readonly string[]): SrwanError =>
  new SrwanError("TRANSACTION_UNSEEN", `${device} answered ok, and does not hold it: ${wrong.slice(0, 3).join("; ")}`, {
    remedy: "Compare what was sent with what the device took; details.wrong has every difference.",
    deviceStateKnown: true,
    details: { device, wrong },
  });
