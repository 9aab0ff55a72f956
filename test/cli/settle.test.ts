// Verbs that only look at a validator's store: a path that is mistyped is said, and no empty store is made of it.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { SettlementStore } from "../../src/settlement/store/store.ts";
import { srwan } from "../support/cli.ts";
import { silent } from "../support/stores.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "srwan-settle-"));
  const store = await SettlementStore.open({ address: join(folder, "there.db"), clock: new RealClock(), log: silent });
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(["tickets", "tickets --verify", "settle simulate", "settle audit"])(
  "%s refuses a store that is not there, and makes none",
  async (verb) => {
    const before = readdirSync(folder).sort();
    const path = join(folder, "their.db");
    const { exit, out, err } = await srwan([...verb.split(" "), "--store", path, "-o", "json"]);
    expect([exit, out]).toEqual([3, ""]);
    expect(JSON.parse(err).error).toMatchObject({
      code: "NOT_THERE",
      message: `${path}: no such store`,
      remedy: "Give --store the store of a validator.",
    });
    expect(readdirSync(folder).sort()).toEqual(before);
  },
);

it("a store that is there and holds nothing is told from one that is not there", async () => {
  const { err } = await srwan(["tickets", "--store", join(folder, "there.db"), "-o", "json"]);
  expect(JSON.parse(err).error).toMatchObject({ code: "NOT_THERE", message: "the store holds no tickets" });
});
