// Our process is killed at each step of a transaction with netconfd; another one reads the journal and the device, and
// comes to the outcome that running shows.

import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SrwanError } from "../../src/base/errors.ts";
import type { SshTarget } from "../../src/netconf/ssh.ts";
import { folderJournals } from "../../src/netconf/transaction/journal.ts";
import { reconcile } from "../../src/netconf/transaction/transact.ts";
import { running, STEPS, transactor } from "./change-world.ts";
import { Netconfd, whyNoNetconfd } from "./netconfd.ts";

const why = whyNoNetconfd();
let server: Netconfd;
let folder = "";

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nc-journal-"));
});
afterEach(async () => {
  await server?.leave();
  rmSync(folder, { recursive: true });
});
afterAll(() => server?.stop());

function crashAt(step: number, name: string, others: Readonly<Record<string, SshTarget>> = {}): Promise<string | null> {
  const targets = JSON.stringify({ sea: server.target, ...others });
  const words = ["test/netconf/crash-child.ts", folder, targets, String(step), name];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((done) => child.on("exit", (_code, signal) => done(signal)));
}

const holds = async (name: string): Promise<boolean> => (await running(await server.session())).includes(name);
const settleAll = async (connect = () => server.session()) =>
  (await reconcile(transactor(connect, undefined, folderJournals(folder)))).map(({ document }) => document.devices[0]);

describe("a process that is killed", () => {
  // Before the decision is on disk all goes back; from then on all is kept.
  const kept = STEPS.indexOf("decision");
  const cases = STEPS.slice(0, -1).map((step, i) => [i, step, i >= kept ? "APPLIED" : "NOT_APPLIED"] as const);

  it.for(cases)("at step %i (%s) leads to %s", async ([at, , expected], ctx) => {
    if (why) ctx.skip(why);
    expect(await crashAt(at, `crash${at}`)).toBe("SIGKILL");
    const [device] = await settleAll();
    expect([device?.outcome, await holds(`crash${at}`)]).toEqual([expected, expected === "APPLIED"]);
    // Nothing is left to do, and nothing is done twice.
    expect(await settleAll()).toEqual([]);
  });

  it("stays UNKNOWN while the device cannot be read, and is APPLIED only by a read-back", async (ctx) => {
    if (why) ctx.skip(why);
    await crashAt(kept, "unread");
    const unreachable = (): Promise<never> =>
      Promise.reject(new SrwanError("NETCONF_UNREACHABLE", "it is off", { remedy: "Wait.", retryable: false }));
    const [blind] = await settleAll(unreachable);
    expect([blind?.outcome, blind?.after, blind?.problem?.code]).toEqual(["UNKNOWN", null, "NETCONF_UNREACHABLE"]);
    const [seen] = await settleAll();
    expect([seen?.outcome, seen?.proofReply]).toEqual(["APPLIED", expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("may die while it writes: half a line announces nothing", async (ctx) => {
    if (why) ctx.skip(why);
    await crashAt(STEPS.indexOf("verified"), "torn");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
    appendFileSync(join(folder, file), '{"step":"decision","keep":tr');
    expect((await settleAll())[0]?.outcome).toBe("NOT_APPLIED");
    expect(await holds("torn")).toBe(false);
  });
});

describe("a process that is killed amid a change of two routers", () => {
  let other: Netconfd;
  beforeAll(async () => {
    if (why === undefined) other = await Netconfd.start();
  });
  afterEach(() => other?.leave());
  afterAll(() => other?.stop());

  // Which of the two is how far by then is chance: whatever it was, both end alike, and as it is told.
  it.for([2, 7, 12, 16, 18, 19, 21, 24])("at step %i leaves both with the change, or neither", async (at, ctx) => {
    if (why) ctx.skip(why);
    const name = `pair${at}`;
    expect(await crashAt(at, name, { chi: other.target })).toBe("SIGKILL");
    const connect = (device: string) => (device === "sea" ? server : other).session();
    const told = await reconcile(transactor(connect, undefined, folderJournals(folder)));
    const isHeld = await Promise.all(
      [server, other].map(async (one) => (await running(await one.session())).includes(name)),
    );
    expect(isHeld[0]).toBe(isHeld[1]);
    const outcome = isHeld[0] ? "APPLIED" : "NOT_APPLIED";
    expect(told.map(({ document }) => [document.outcome, ...document.devices.map((one) => one.outcome)])).toEqual([
      [outcome, outcome, outcome],
    ]);
  });
});
