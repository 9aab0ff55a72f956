// Evidence of a settled epoch, given page by page and put in its place.

import { afterEach, beforeEach, expect, it } from "vitest";
import { overBothStores, silent } from "../../../test/support/stores.ts";
import { RealClock } from "../../base/clock.ts";
import { keepMade, setState } from "./epochs.ts";
import { closeIntake, type Kept, keepEvidence, openIntake } from "./evidence.ts";
import { countEvidence, handedPage, markFrom, markText, type PageMark, placeEvidence } from "./handing.ts";
import { SettlementStore } from "./store.ts";
import { takeTask } from "./tasks.ts";

const EPOCH = 7;
const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}`;
const common = { body: "{}", signature: "0x", author: "0xa", boot: "1" };
const report = (n: number, seq = n, epoch = EPOCH): Kept => ({
  ...{ kind: "report", digest: hash(n), link: "l", seq: `${seq}`, epoch },
  ...common,
});
const ticket = (n: number): Kept => ({ kind: "ticket", digest: hash(n), path: "p", seq: `${n}`, ...common });
const voucher = (n: number, amount: bigint): Kept => ({
  ...{ kind: "voucher", digest: hash(n), path: "p", epoch: EPOCH, amount, signer: "0xa" },
  ...common,
});

overBothStores((stores) => {
  let store: SettlementStore;
  beforeEach(async () => {
    store = await SettlementStore.open({ address: await stores.address(), clock: new RealClock(), log: silent });
    await openIntake(store);
  });
  afterEach(() => store.close());

  const epochOfReport = async (digest: string) =>
    (await store.read((db) => db.selectFrom("reports").select(["digest", "epoch"]).execute())).find(
      (row) => row.digest === digest,
    )?.epoch;
  const place = (items: readonly Kept[], epoch = EPOCH) =>
    store.write((tx) => placeEvidence(store.inside(tx), tx, epoch, items, [epoch]));
  const settle = async (epoch: number) => {
    const task = await takeTask(store, `epoch ${epoch}`, "me", 10_000);
    if (task === undefined) throw new Error("somebody else has it");
    await store.write((tx) => keepMade(store, tx, epoch, { body: "{}", chunks: [], disputes: [] }));
    await setState(store, task, epoch, "settled");
  };

  it.each([1, 3, 100])("pages of %i give everything once, kind after kind", async (limit) => {
    await keepEvidence(store, [report(3), report(1), report(2), ticket(5), ticket(4), voucher(6, 1n)], EPOCH);
    const given: string[] = [];
    let after: PageMark | undefined;
    do {
      const { rows, next } = await handedPage(store, EPOCH, after, limit);
      expect(rows.length).toBeLessThanOrEqual(limit);
      given.push(...rows.map(({ kind, digest }) => `${kind} ${Number(digest)}`));
      expect(next === undefined || markFrom(markText(next))).toEqual(next ?? true);
      after = next;
    } while (after !== undefined);
    expect(given).toEqual(["report 1", "report 2", "report 3", "ticket 4", "ticket 5", "voucher 6"]);
    expect(await countEvidence(store, EPOCH)).toBe(6);
  });

  it("an epoch holds what was given and no more; what else was counted in it counts when it can", async () => {
    await keepEvidence(store, [report(1), report(2), voucher(6, 9n)], EPOCH);
    await closeIntake(store, EPOCH);
    expect(await place([report(1), report(3), ticket(4), voucher(5, 8n)])).toBeUndefined();
    const { rows } = await handedPage(store, EPOCH, undefined, 100);
    expect(rows.map(({ digest }) => Number(digest))).toEqual([1, 3, 4, 5]);
    expect(await epochOfReport(hash(2))).toBe(EPOCH + 1);
  });

  it("what was taken into another epoch is brought back, unless that one is settled", async () => {
    await keepEvidence(store, [report(1, 1, EPOCH + 1), report(2, 2, EPOCH - 1)], EPOCH);
    expect(await place([report(1), report(2)])).toBeUndefined();
    expect([await epochOfReport(hash(1)), await epochOfReport(hash(2))]).toEqual([EPOCH, EPOCH]);
    await settle(EPOCH);
    expect(await place([report(1, 1, EPOCH + 1)], EPOCH + 1)).toBe(hash(1));
  });

  it("of two things signed under one number the settled one is kept", async () => {
    await keepEvidence(store, [report(1, 5)], EPOCH);
    expect(await place([report(2, 5)])).toBeUndefined();
    expect([await epochOfReport(hash(1)), await epochOfReport(hash(2))]).toEqual([undefined, EPOCH]);
    await settle(EPOCH);
    expect(await place([report(3, 5)], EPOCH + 1)).toBe(hash(3));
    expect(await epochOfReport(hash(2))).toBe(EPOCH);
  });

  it("nothing stays of a try that was given up", async () => {
    await keepEvidence(store, [report(1)], EPOCH);
    const given = store.write(async (tx) => {
      await placeEvidence(store.inside(tx), tx, EPOCH, [report(2), ticket(4)], [EPOCH]);
      throw new Error("it is another");
    });
    await expect(given).rejects.toThrow("it is another");
    const { rows } = await handedPage(store, EPOCH, undefined, 100);
    expect(rows.map(({ digest }) => Number(digest))).toEqual([1]);
  });

  it("a late voucher counts in an epoch that others may still settle, and in no settled one", async () => {
    await keepEvidence(store, [voucher(1, 5n)], EPOCH);
    await closeIntake(store, EPOCH);
    expect((await keepEvidence(store, [voucher(2, 6n)], EPOCH + 1)).late).toHaveLength(1);
    expect((await keepEvidence(store, [voucher(2, 6n)], EPOCH + 1, true)).late).toEqual([]);
    await settle(EPOCH);
    expect((await keepEvidence(store, [voucher(3, 7n)], EPOCH + 1, true)).late).toHaveLength(1);
  });
});
