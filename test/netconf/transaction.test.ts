// The transaction against netconfd: whatever is refused, held, lost or late, the outcome is what running holds.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isSealOf, sha256Hex } from "../../src/base/seal.ts";
import * as operations from "../../src/netconf/operations.ts";
import type { Session } from "../../src/netconf/session.ts";
import type { Change } from "../../src/netconf/transaction/change.ts";
import { memoryJournals } from "../../src/netconf/transaction/journal.ts";
import type { SealedOutcome } from "../../src/netconf/transaction/outcome.ts";
import { reconcile, transact } from "../../src/netconf/transaction/transact.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { readOutcome } from "../../src/wire/outcome.ts";
import { addService, NS, running, STEPS, transactor } from "./change-world.ts";
import { Netconfd, whyNoNetconfd } from "./netconfd.ts";

const why = whyNoNetconfd();
let server: Netconfd;
/** Longer than a busy machine needs from the commit to the last word. */
const CONFIRM_MS = 4_000;

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start();
});
afterEach(() => server?.leave());
afterAll(() => server?.stop());

const connect = (): Promise<Session> => server.session();
const holds = async (name: string): Promise<boolean> => (await running(await connect())).includes(name);
const only = ({ document }: SealedOutcome) => ({ unit: document.outcome, ...document.devices[0] });

describe("a transaction with netconfd", () => {
  it("is APPLIED when running shows it, and its outcome can be checked by others", async (ctx) => {
    if (why) ctx.skip(why);
    const steps: string[] = [];
    const made = transactor(connect, (_device, step) => void steps.push(step));
    const sealed = await transact([addService("sea", "first", "<octets>7</octets>")], made, { reference: "escrow-1" });
    expect(only(sealed)).toMatchObject({ unit: "APPLIED", outcome: "APPLIED", guarantee: "persist", problem: null });
    expect(sealed.document.reference).toBe("escrow-1");
    expect(await holds("first")).toBe(true);
    expect(steps).toEqual([...STEPS]);
    // What settlement does with it.
    const read = readOutcome(JSON.parse(JSON.stringify(sealed)), sha256Hex);
    expect(read.seal && isSealOf(read.seal, read.hash)).toBe(true);
    const altered = { ...read, document: { ...read.document, reference: "escrow-2" } };
    expect(() => readOutcome(altered, sha256Hex)).toThrow("its hash is not that of its document");
    expect(read.seal && isSealOf(read.seal, sha256Hex("another"))).toBe(false);
  });

  it("is NOT_APPLIED with every error when the device refuses the edit", async (ctx) => {
    if (why) ctx.skip(why);
    const edit = parseXmlList(`<services xmlns="${NS}"><limit>200</limit></services>`);
    const change: Change = { ...addService("sea", "x"), edit, expected: edit };
    const { outcome, problem, before, after } = only(await transact([change], transactor(connect)));
    expect([outcome, problem?.code, after]).toEqual(["NOT_APPLIED", "NETCONF_RPC_ERROR", before]);
    expect(problem?.message).toContain("/t:services/t:limit");
  });

  it("is NOT_APPLIED when another holds the candidate", async (ctx) => {
    if (why) ctx.skip(why);
    const holder = await connect();
    await holder.call(operations.lock("candidate"));
    const { outcome, problem } = only(await transact([addService("sea", "locked")], transactor(connect)));
    expect([outcome, problem?.code]).toEqual(["NOT_APPLIED", "NETCONF_RPC_ERROR"]);
    expect(problem?.remedy).toContain(`Session ${holder.id} `);
    await holder.close();
    expect(await holds("locked")).toBe(false);
  });

  it("is NOT_APPLIED after an <ok/> that changed nothing: this server loses an edit that is validated by itself", async (ctx) => {
    if (why) ctx.skip(why);
    const change = { ...addService("sea", "lost"), validates: true };
    const { outcome, problem, commitReply } = only(await transact([change], transactor(connect)));
    expect([outcome, problem?.code]).toEqual(["NOT_APPLIED", "TRANSACTION_UNSEEN"]);
    expect(commitReply).not.toBeNull();
    expect(problem?.message).toContain("service[name=lost] is missing");
    expect(await holds("lost")).toBe(false);
  });

  it("is NOT_APPLIED when another holds running", async (ctx) => {
    if (why) ctx.skip(why);
    const holder = await connect();
    await holder.call(operations.lock("running"));
    expect(only(await transact([addService("sea", "held")], transactor(connect))).outcome).toBe("NOT_APPLIED");
    await holder.close();
    expect(await holds("held")).toBe(false);
  });

  it("is not believed to be reverted by a timer: with a lock on running this server never goes back", async (ctx) => {
    if (why) ctx.skip(why);
    const sessions: Session[] = [];
    const remembering = async (): Promise<Session> => {
      const session = await connect();
      sessions.push(session);
      return session;
    };
    // We never lock running ourselves; here somebody makes us.
    const lockRunning = async (_device: string, step: string): Promise<void> => {
      if (step === "before") await sessions[0]?.call(operations.lock("running"));
    };
    const verify = async (): Promise<string[]> => {
      await new Promise((done) => setTimeout(done, CONFIRM_MS + 500));
      return ["the policy is down"];
    };
    const journals = memoryJournals();
    const { undo: _none, ...change } = { ...addService("sea", "stuck"), verify };
    const how = { confirmMs: CONFIRM_MS };
    const sealed = await transact([change], transactor(remembering, lockRunning, journals), how);
    expect([only(sealed).outcome, await holds("stuck")]).toEqual(["UNKNOWN", true]);
    expect(only(sealed).problem?.message).toContain("the policy is down");
    // The journal stays open until running is seen as it was.
    expect((await reconcile(transactor(connect, undefined, journals))).map((one) => only(one).outcome)).toEqual([
      "UNKNOWN",
    ]);
    await takeAway("stuck");
    expect((await reconcile(transactor(connect, undefined, journals))).map((one) => only(one).outcome)).toEqual([
      "NOT_APPLIED",
    ]);
    expect(await reconcile(transactor(connect, undefined, journals))).toEqual([]);
    // A change that says how it is taken back is taken back.
    sessions.splice(0);
    const again = await transact(
      [{ ...addService("sea", "stuck"), verify }],
      transactor(remembering, lockRunning),
      how,
    );
    expect([only(again).outcome, await holds("stuck")]).toEqual(["NOT_APPLIED", false]);
  });

  it("is NOT_APPLIED when the last word comes after the device went back", async (ctx) => {
    if (why) ctx.skip(why);
    const late = (_device: string, step: string): Promise<void> | undefined =>
      step === "confirming" ? new Promise((done) => setTimeout(done, CONFIRM_MS + 500)) : undefined;
    const sealed = await transact([addService("sea", "late")], transactor(connect, late), { confirmMs: CONFIRM_MS });
    expect([only(sealed).outcome, only(sealed).problem?.code]).toEqual(["NOT_APPLIED", "NETCONF_RPC_ERROR"]);
    expect(await holds("late")).toBe(false);
  });

  it("is taken back when whoever asked stops it", async (ctx) => {
    if (why) ctx.skip(why);
    const stop = new AbortController();
    const atCommit = (_device: string, step: string): void => {
      if (step === "committed") stop.abort(new Error("stopped"));
    };
    const made = { ...transactor(connect, atCommit), signal: stop.signal };
    expect(only(await transact([addService("sea", "stopped")], made)).outcome).toBe("NOT_APPLIED");
    expect(await holds("stopped")).toBe(false);
  });
});

async function takeAway(name: string): Promise<void> {
  const session = await connect();
  const { undo } = addService("sea", name);
  await session.call(operations.editConfig("candidate", undo?.([]) ?? []));
  await session.call(operations.commit());
  await session.close();
}

describe("a session that is lost", () => {
  // What was committed is confirmed from another session, by its token; what was not goes back: never anything between.
  const kept = STEPS.indexOf("commit answered");
  const cases = STEPS.slice(0, -1).map((step, i) => [i, step, i >= kept ? "APPLIED" : "NOT_APPLIED"] as const);

  it.for(cases)("at step %i (%s) leads to %s", async ([at, , expected], ctx) => {
    if (why) ctx.skip(why);
    const sessions: Session[] = [];
    const remembering = async (): Promise<Session> => {
      const session = await connect();
      sessions.push(session);
      return session;
    };
    let steps = 0;
    const drop = (): void => {
      if (steps++ === at) for (const session of sessions.splice(0)) session.destroy();
    };
    const sealed = await transact([addService("sea", `drop${at}`)], transactor(remembering, drop), {
      confirmMs: 10_000,
    });
    expect([only(sealed).outcome, await holds(`drop${at}`)]).toEqual([expected, expected === "APPLIED"]);
  });
});
