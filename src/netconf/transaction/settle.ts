// From whatever the journal says of a device to a proved end: kept, or taken back. The same after a refusal, a lost
// session, a timeout and a crash. What cannot be proved is UNKNOWN, and stays in the journal.

import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import * as operations from "../operations.ts";
import type { RpcError } from "../reply.ts";
import type { Session } from "../session.ts";
import { parseXmlList } from "../xml/read.ts";
import { type Look, look } from "./proof.ts";
import type { OutcomeKind } from "./record.ts";
import { ask, type Context, editOf, stateOf, targetOf, write } from "./run.ts";

export type Settled = {
  readonly outcome: OutcomeKind;
  /** The read-back that proves it. */
  readonly look?: Look;
  readonly problem?: SrwanError;
};

/** Brings a device to what was decided, or finds that it is there. */
export function settle(context: Context, device: string): Promise<Settled> {
  return onFreshSession(context, device, (session) =>
    context.journal.state.keep === true ? keep(context, device, session) : takeBack(context, device, session),
  );
}

/** Takes back what was kept: another device of the unit went back. */
export function compensate(context: Context, device: string): Promise<Settled> {
  return onFreshSession(context, device, async (session) => {
    await undo(context, device, session);
    return backOrUnknown(await look(session, stateOf(context, device)), device, undefined);
  });
}

async function onFreshSession(
  context: Context,
  device: string,
  work: (session: Session) => Promise<Settled>,
): Promise<Settled> {
  const { session: before, before: config } = stateOf(context, device);
  // Nothing was ever sent that could change anything.
  if (!before || !config) return { outcome: "NOT_APPLIED" };
  let session: Session | undefined;
  try {
    session = await reconnect(context, device);
    if (session.peer.hostKey !== before.hostKey) throw anotherDevice(device, before.hostKey, session.peer.hostKey);
    return await work(session);
  } catch (error) {
    return { outcome: "UNKNOWN", problem: asSrwanError(error) };
  } finally {
    await session?.close();
  }
}

/** A device that lost a session may need a moment. */
async function reconnect(context: Context, device: string): Promise<Session> {
  for (let tries = 1; ; tries++) {
    try {
      return await context.connect(device, context.signal);
    } catch (error) {
      const known = asSrwanError(error);
      if (!known.retryable || tries >= LIMITS.transactionLooks) throw known;
      await context.clock.sleepMs(LIMITS.transactionGraceMs, context.signal);
    }
  }
}

async function takeBack(context: Context, device: string, session: Session): Promise<Settled> {
  const { committing, committed, session: old } = stateOf(context, device);
  const isGone = await endOldSession(context, device, session);
  if (committing?.persist !== undefined) await soft(session, operations.cancelCommit(committing.persist));
  else if (targetOf(session) === "candidate") await soft(session, operations.discardChanges());
  // A commit that was never answered may still be waiting for its turn in a session that is not dead.
  const mayStillCome = committing !== undefined && committed === undefined && !isGone;
  const now = await look(session, stateOf(context, device));
  if (now.isBefore && !mayStillCome) return { outcome: "NOT_APPLIED", look: now };
  const hasUndo = stateOf(context, device).before?.undo !== undefined;
  let last = now;
  if (old?.guarantee !== "compensated" || mayStillCome || !hasUndo) last = await outwait(context, device, session, now);
  if (last.isBefore) return { outcome: "NOT_APPLIED", look: last };
  if (!hasUndo || committing === undefined) return backOrUnknown(last, device, undefined);
  const failed = await undo(context, device, session).then(() => undefined, asSrwanError);
  return backOrUnknown(await look(session, stateOf(context, device)), device, failed);
}

async function keep(context: Context, device: string, session: Session): Promise<Settled> {
  const { session: old, committing, confirmed } = stateOf(context, device);
  let isConfirmed = confirmed !== undefined || old?.guarantee === "compensated";
  let problem: SrwanError | undefined;
  if (!isConfirmed && old?.guarantee === "persist") {
    await endOldSession(context, device, session);
    try {
      await write(context, { step: "confirming", device });
      await ask(context, device, session, operations.commit(committing?.persist));
      await write(context, { step: "confirmed", device });
      isConfirmed = true;
    } catch (error) {
      problem = asSrwanError(error);
      // Nothing waits for this token (RFC 6241 section 8.4.5.1): the last word was heard, or the timer is over.
      isConfirmed = errorsOf(problem).some(
        ({ tag, path }) => tag === "invalid-value" || /persist-id$/.test(path ?? ""),
      );
    }
  }
  const now = await look(session, stateOf(context, device));
  // Without the device's own word for it, what is there may still go back by itself.
  const last = isConfirmed ? now : await outwait(context, device, session, now);
  if (last.wrong.length === 0) return { outcome: "APPLIED", look: last };
  return backOrUnknown(last, device, problem);
}

function backOrUnknown(last: Look, device: string, problem: SrwanError | undefined): Settled {
  if (last.isBefore) return { outcome: "NOT_APPLIED", look: last, ...(problem && { problem }) };
  return { outcome: "UNKNOWN", look: last, problem: problem ?? unproved(device, last) };
}

/** Past the device's own timer: from then on nothing of ours changes by itself. */
async function outwait(context: Context, device: string, session: Session, first: Look): Promise<Look> {
  const { committing } = stateOf(context, device);
  const { confirmMs } = context.journal.state.head;
  let last = first;
  for (let looks = 0; looks < LIMITS.transactionLooks; looks++) {
    const leftMs = committing ? Number(BigInt(committing.atUs) - context.clock.wallUs()) / 1_000 + confirmMs : 0;
    const isOver = leftMs <= -LIMITS.transactionGraceMs;
    if (isOver && (last.isBefore || looks > 1)) return last;
    await context.clock.sleepMs(Math.max(leftMs, 0) + LIMITS.transactionGraceMs, context.signal);
    last = await look(session, stateOf(context, device));
  }
  return last;
}

async function undo(context: Context, device: string, session: Session): Promise<void> {
  const { before, committing } = stateOf(context, device);
  if (before?.undo === undefined) throw noUndo(device);
  await write(context, { step: "undoing", device });
  const target = targetOf(session);
  await ask(context, device, session, operations.lock(target));
  try {
    if (target === "candidate") await ask(context, device, session, operations.discardChanges());
    await ask(context, device, session, editOf(session, parseXmlList(before.undo)));
    if (target === "running") return;
    try {
      await ask(context, device, session, operations.commit());
    } catch (error) {
      // A confirmed commit that neither went back nor was taken back: only its token opens it.
      if (committing?.persist === undefined) throw error;
      await ask(context, device, session, operations.commit(committing.persist));
    }
  } finally {
    await soft(session, operations.unlock(target));
  }
}

/**
 * Ends what is left of the session that wrote, so that its lock and whatever it waits for are gone. Only while it may be
 * alive: later its number may be somebody else's. True where the device says that there is none.
 */
async function endOldSession(context: Context, device: string, session: Session): Promise<boolean> {
  const { session: old, committing } = stateOf(context, device);
  const lastUs = BigInt(committing?.atUs ?? old?.atUs ?? "0");
  const aliveMs = context.journal.state.head.confirmMs + LIMITS.netconfRpcMs;
  if (!old || old.sessionId === session.id || context.clock.wallUs() - lastUs > BigInt(aliveMs) * 1_000n) return false;
  try {
    await session.call(operations.killSession(old.sessionId));
    return true;
  } catch (error) {
    return errorsOf(asSrwanError(error)).some(({ tag }) => tag === "invalid-value");
  }
}

const errorsOf = ({ details: { errors } }: SrwanError): readonly RpcError[] => (Array.isArray(errors) ? errors : []);

/** What may fail without telling anything: the read-back tells. */
const soft = (session: Session, operation: operations.Operation): Promise<boolean> =>
  session.call(operation).then(
    () => true,
    () => false,
  );

const unproved = (device: string, { wrong }: Look): SrwanError =>
  new SrwanError(
    "TRANSACTION_UNKNOWN",
    `${device} holds neither what it held before nor what was expected: ${wrong.slice(0, 3).join("; ") || "something more"}`,
    {
      remedy: "Look at the device: somebody else may have changed the same part. Then reconcile the journal again.",
      deviceStateKnown: false,
      details: { device, wrong },
    },
  );

const noUndo = (device: string): SrwanError =>
  new SrwanError(
    "TRANSACTION_UNKNOWN",
    `${device} keeps the change, and the change does not say how it is taken back`,
    {
      remedy: "Take it back by hand, then reconcile the journal again.",
      deviceStateKnown: true,
      details: { device },
    },
  );

const anotherDevice = (device: string, was: string, is: string): SrwanError =>
  new SrwanError("TRANSACTION_UNKNOWN", `${device} had the host key ${was} and now shows ${is}`, {
    remedy: "Find the device that was changed: what another one holds proves nothing.",
    deviceStateKnown: false,
    details: { device },
  });
