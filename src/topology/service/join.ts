// Joining: a token, good once, buys a certificate for the key that a POP made for itself. Whoever asks again with the same
// key is given the same place again; whoever asks for a name that another key has is refused.

import { isDeepStrictEqual } from "node:util";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatPrefix } from "../../srv6/address.ts";
import type { Ledger } from "../../srv6/locator-plan.ts";
import type { JoinReply, JoinRequest, PopRecord } from "../../wire/pop.ts";
import { grantAll, Sids } from "../loop/wan.ts";
import { EMPTY } from "../store/commits.ts";
import { changeLedger } from "../store/grants.ts";
import { addPop, changePop, findPop, groupSizes, type Pop, popForChange } from "../store/pops.ts";
import { isNewest } from "../store/sessions.ts";
import type { Store, Tell, Tx } from "../store/store.ts";
import type { Tables } from "../store/tables.ts";
import { isOfDigest, joinTokenOf } from "../store/tokens.ts";
import { type Authority, readPublicKey } from "./authority.ts";
import { readJoinToken } from "./secrets.ts";

export async function join(
  store: Store,
  authority: Authority,
  certificateDays: number,
  { token: text, publicKey, pop: record }: JoinRequest,
): Promise<JoinReply> {
  const token = readJoinToken(text);
  const key = readPublicKey(publicKey);
  const asked = { token, record, keyDigest: key.digest, keyPem: key.pem };
  // Before the certificate is made, so that guessing tokens costs us nothing.
  await store.write(async (tx) => checkToken(store, await joinTokenOf(store, tx, token.id), asked));
  const issued = await authority.issueForPop(record.name, key.key, store.nowMs(), certificateDays);
  return store.ledgerTurns.run(() =>
    store.write(async (tx, tell) => {
      const row = checkToken(store, await joinTokenOf(store, tx, token.id), asked);
      const place = await settle(store, tx, tell, row, asked, issued.serial);
      await tx
        .updateTable("join_tokens")
        .set({ used_ms: row.used_ms ?? store.nowMs(), used_pop: record.name, used_key: key.digest })
        .where("id", "=", token.id)
        .execute();
      return {
        certificate: issued.certificate,
        authority: authority.certificate,
        group: place.group,
        locator: place.locator,
        renewBeforeMs: issued.endsMs,
      };
    }),
  );
}

type Asked = {
  readonly token: { readonly id: string; readonly secret: string };
  readonly record: PopRecord;
  readonly keyDigest: string;
  readonly keyPem: string;
};

function checkToken(store: Store, row: Tables["join_tokens"] | undefined, asked: Asked): Tables["join_tokens"] {
  const { record, token, keyDigest } = asked;
  if (row === undefined || !isOfDigest(token.secret, row.hash)) {
    throw refused("the join token is not known here", "Ask for a new one: srwan token create.");
  }
  if (row.pop !== null && row.pop !== record.name) {
    throw refused(`the join token is for POP ${row.pop}, not ${record.name}`, "Ask for one of its own.");
  }
  const again = row.used_pop === record.name && row.used_key === keyDigest;
  if (row.used_ms !== null && !again) {
    throw refused(
      `the join token was used by ${row.used_pop} at ${new Date(row.used_ms).toISOString()}`,
      "Ask for a new one; if that was not you, remove that POP: srwan pop remove.",
    );
  }
  if (row.expires_ms <= store.nowMs() && !again) {
    throw refused(`the join token ended at ${new Date(row.expires_ms).toISOString()}`, "Ask for a new one.");
  }
  return row;
}

const refused = (message: string, remedy: string): SrwanError => new SrwanError("JOIN_REFUSED", message, { remedy });

async function settle(
  store: Store,
  tx: Tx,
  tell: Tell,
  token: Tables["join_tokens"],
  { record, keyPem }: Asked,
  serial: string,
): Promise<{ readonly group: string; readonly locator: string }> {
  const before = await popForChange(store, tx, record.name);
  if (before !== undefined && before.publicKey !== keyPem) {
    throw new SrwanError(
      "POP_NAME_TAKEN",
      `another key has the name ${record.name} since ${new Date(before.joinedMs).toISOString()}`,
      {
        remedy: `Choose another name. If that POP was rebuilt without its key, remove it first: srwan pop remove ${record.name}.`,
        details: { pop: record.name },
      },
    );
  }
  const ledger = await grant(store, tx, record);
  if (before === undefined) {
    const place = { group: token.group_name ?? (await roomiest(store, tx)), locator: locatorText(ledger, record.name) };
    const { name } = record;
    await addPop(store, tx, { name, record, publicKey: keyPem, serial, ...place }, tell);
    return place;
  }
  await changePop(store, tx, before, { ...changed(before, record), serial, previousSerial: before.serial }, tell);
  return before;
}

/** SIDs for all that the POP itself has; what policies need follows when they are decided. */
const grant = (store: Store, tx: Tx, record: PopRecord): Promise<Ledger> =>
  changeLedger(store, tx, [record.name], (ledger) => grantAll(ledger, [record], EMPTY));

function locatorText(ledger: Ledger, pop: string): string {
  const prefix = new Sids(ledger).locator(pop);
  if (prefix === undefined) throw new Error(`no locator was granted to ${pop}`);
  return formatPrefix(prefix);
}

/** The first group in the order of their names that has room; a new one where none has. */
async function roomiest(store: Store, tx: Tx): Promise<string> {
  const sizes = await groupSizes(store, tx);
  for (let i = 1; ; i++) {
    const name = `g${i}`;
    if ((sizes.get(name) ?? 0) < LIMITS.groupMembersMax) return name;
  }
}

const changed = (before: Pop, record: PopRecord): { record?: PopRecord } =>
  isDeepStrictEqual(before.record, record) ? {} : { record };

/** The record that an agent says hello with, or in a session that is its newest, is the truth about its interfaces. */
export async function refresh(store: Store, record: PopRecord, session: string): Promise<void> {
  const known = await findPop(store, record.name);
  if (known === undefined || changed(known, record).record === undefined) return;
  await store.ledgerTurns.run(() =>
    store.write(async (tx, tell) => {
      const before = await popForChange(store, tx, record.name);
      if (before === undefined || !(await isNewest(tx, record.name, session))) return;
      await grant(store, tx, record);
      await changePop(store, tx, before, changed(before, record), tell);
    }),
  );
}
