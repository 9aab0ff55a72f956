// The SID ledger of the WAN, kept a row a grant. The rules of granting are srv6's; here are only those rows read that a
// grant depends on, and those written that it adds.

import { sql } from "kysely";
import { SrwanError } from "../../base/errors.ts";
import { formatIpv6, parsePrefix } from "../../srv6/address.ts";
import {
  type Grant,
  grantLocator,
  grantSid,
  type Ledger,
  newLedger,
  PURPOSES,
  type Purpose,
} from "../../srv6/locator-plan.ts";
import { parseSid, type SidStructure } from "../../srv6/sid.ts";
import { nowMs, type Store, type Tx } from "./store.ts";
import type { Tables } from "./tables.ts";

export type Plan = { readonly block: string; readonly structure: SidStructure };

const FACT = "sid-plan";
const LEDGER_LOCK = 7_177_004;

/** The plan of this store: once set it stays, for SIDs were granted out of it. */
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
    const kept = JSON.parse(value) as Plan;
    const any = await tx.selectFrom("grants").select("sid").limit(1).executeTakeFirst();
    if (any !== undefined) throw otherPlan(kept, plan);
    await tx.updateTable("facts").set({ value: wanted }).where("name", "=", FACT).execute();
    return plan;
  });
}

const otherPlan = (kept: Plan, asked: Plan): SrwanError =>
  new SrwanError("CONFIG_VALUE_INVALID", `sid.block = ${asked.block}: SIDs of ${kept.block} are in use already`, {
    remedy: `Configure sid.block ${kept.block} with its structure ${Object.values(kept.structure).join("/")}, or begin a new store.`,
  });

export type Wanted = { readonly purpose: Purpose; readonly name: string };

/** The POP's locator, and a SID for each thing wanted: those it has, and new ones for the rest. */
export async function grantAll(
  store: Store,
  tx: Tx,
  pop: string,
  wanted: readonly Wanted[],
): Promise<{ readonly locator: Grant; readonly sids: readonly Grant[] }> {
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(LEDGER_LOCK)})`.execute(tx);
  const fact = await tx.selectFrom("facts").select("value").where("name", "=", FACT).executeTakeFirstOrThrow();
  const before = await ledgerOf(tx, JSON.parse(fact.value) as Plan, pop);
  let { ledger, grant: locator } = grantLocator(before, pop);
  const sids: Grant[] = [];
  for (const { purpose, name } of wanted) {
    const next = grantSid(ledger, pop, purpose, name);
    ledger = next.ledger;
    sids.push(next.grant);
  }
  const now = nowMs(store.clock);
  const rows = ledger.grants.slice(before.grants.length).map((grant) => ({
    sid: formatIpv6(grant.sid),
    pop: grant.pop,
    purpose: grant.purpose,
    name: grant.name,
    retired: 0,
    at_ms: now,
  }));
  for (let at = 0; at < rows.length; at += 500)
    await tx
      .insertInto("grants")
      .values(rows.slice(at, at + 500))
      .execute();
  return { locator, sids };
}

/** All that a grant to this POP depends on: its own grants, and which nodes are taken. */
async function ledgerOf(tx: Tx, plan: Plan, pop: string): Promise<Ledger> {
  const own = await tx.selectFrom("grants").selectAll().where("pop", "=", pop).execute();
  const others =
    own.length > 0
      ? []
      : await tx.selectFrom("grants").selectAll().where("purpose", "=", "locator").where("pop", "!=", pop).execute();
  const empty = newLedger(parsePrefix(plan.block), plan.structure);
  return { ...empty, grants: [...own, ...others].map(grantOf) };
}

const grantOf = ({ sid, pop, purpose, name, retired }: Tables["grants"]): Grant => ({
  pop,
  purpose: PURPOSES.find((one) => one === purpose) ?? "locator",
  name,
  sid: parseSid(sid),
  retired: retired === 1,
});

/** What these POPs were granted and is in use. */
export async function grantsOf(store: Store, pops: readonly string[]): Promise<Grant[]> {
  if (pops.length === 0) return [];
  const rows = await store.read((db) =>
    db.selectFrom("grants").selectAll().where("pop", "in", pops).where("retired", "=", 0).orderBy("sid").execute(),
  );
  return rows.map(grantOf);
}
