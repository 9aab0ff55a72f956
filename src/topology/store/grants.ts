// The SID ledger of the WAN, kept a row a grant. The rules of granting are srv6's and the loop's; here are only those rows
// read that a grant depends on, and those written that it adds.

import { sql } from "kysely";
import { SrwanError } from "../../base/errors.ts";
import { formatIpv6, parsePrefix } from "../../srv6/address.ts";
import { type Grant, type Ledger, newLedger, PURPOSES } from "../../srv6/locator-plan.ts";
import { parseSid, type SidStructure } from "../../srv6/sid.ts";
import { nowMs, type Store, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

export type Plan = { readonly block: string; readonly structure: SidStructure };

const FACT = "sid-plan";
const LEDGER_LOCK = 7_177_004;

/** The plan of this store: once SIDs were granted out of it, it stays. */
export function settlePlan(store: Store, plan: Plan): Promise<Plan> {
  return store.write(async (tx) => {
    const wanted = JSON.stringify(plan);
    await tx
      .insertInto("facts")
      .values({ name: FACT, value: wanted })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    const { value } = await tx.selectFrom("facts").select("value").where("name", "=", FACT).executeTakeFirstOrThrow();
    if (value === wanted) return plan;
    const any = await tx.selectFrom("grants").select("sid").limit(1).executeTakeFirst();
    if (any !== undefined) throw otherPlan(JSON.parse(value) as Plan, plan);
    await tx.updateTable("facts").set({ value: wanted }).where("name", "=", FACT).execute();
    return plan;
  });
}

const otherPlan = (kept: Plan, asked: Plan): SrwanError =>
  new SrwanError("CONFIG_VALUE_INVALID", `sid.block = ${asked.block}: SIDs of ${kept.block} are in use already`, {
    remedy: `Configure sid.block ${kept.block} with its structure ${Object.values(kept.structure).join("/")}, or begin a new store.`,
  });

/**
 * Hands over the ledger as far as these POPs' grants depend on it: their own grants, and the greatest locator. What comes
 * back has been kept, when the transaction is.
 */
export async function changeLedger(
  store: Store,
  tx: Tx,
  pops: readonly string[],
  change: (ledger: Ledger) => Ledger,
): Promise<Ledger> {
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(LEDGER_LOCK)})`.execute(tx);
  const fact = await tx.selectFrom("facts").select("value").where("name", "=", FACT).executeTakeFirstOrThrow();
  const { block, structure } = JSON.parse(fact.value) as Plan;
  const own = pops.length === 0 ? [] : await tx.selectFrom("grants").selectAll().where("pop", "in", pops).execute();
  // The next locator follows the greatest that anybody ever had: of the others no more is asked.
  const last = await tx
    .selectFrom("grants")
    .selectAll()
    .where("purpose", "=", "locator")
    .orderBy("digits", "desc")
    .limit(1)
    .execute();
  const rows = [...own, ...last.filter(({ pop }) => !pops.includes(pop))];
  const before: Ledger = { ...newLedger(parsePrefix(block), structure), grants: rows.map(grantOf) };
  const after = change(before);
  const now = nowMs(store.clock);
  const fresh = after.grants.slice(before.grants.length).map((grant) => ({
    sid: formatIpv6(grant.sid),
    digits: grant.sid.toString(16).padStart(32, "0"),
    pop: grant.pop,
    purpose: grant.purpose,
    name: grant.name,
    retired: 0,
    at_ms: now,
  }));
  for (let at = 0; at < fresh.length; at += 500) {
    await tx
      .insertInto("grants")
      .values(fresh.slice(at, at + 500))
      .execute();
  }
  return after;
}

const grantOf = ({ sid, pop, purpose, name, retired }: Tables["grants"]): Grant => ({
  pop,
  purpose: PURPOSES.find((one) => one === purpose) ?? "locator",
  name,
  sid: parseSid(sid),
  retired: retired === 1,
});

export type GrantRow = { readonly sid: string; readonly purpose: string; readonly name: string };

/** What a POP was granted and is in use. */
export const grantsOf = (store: Store, pop: string): Promise<GrantRow[]> =>
  store.read((db) =>
    db
      .selectFrom("grants")
      .select(["sid", "purpose", "name"])
      .where("pop", "=", pop)
      .where("retired", "=", 0)
      .orderBy("sid")
      .execute(),
  );
