// Taking an agent for the POP it says it is: its certificate is of this authority and the newest of that POP, and it signs
// the nonce of this connection with the certificate's key.

import { verify } from "node:crypto";
import { SrwanError } from "../../base/errors.ts";
import { type FromAgent, proofText, WIRE_VERSION } from "../../wire/message.ts";
import { changePop, popForChange } from "../store/pops.ts";
import { noteSession } from "../store/sessions.ts";
import type { Store } from "../store/store.ts";
import type { Authority } from "./authority.ts";
import { refresh } from "./join.ts";

export type HelloMessage = Extract<FromAgent, { kind: "hello" }>;

/** Versions of the wire that this service speaks. */
export const SPOKEN: readonly number[] = [WIRE_VERSION];

export type Greeted = {
  readonly pop: string;
  readonly group: string;
  readonly heard: number;
  /** Of its certificate. */
  readonly endsMs: number;
};

export async function greet(
  store: Store,
  authority: Authority,
  hello: HelloMessage,
  { nonce, session, service }: { readonly nonce: string; readonly session: string; readonly service: string },
): Promise<Greeted> {
  const name = hello.pop.name;
  if (!SPOKEN.includes(hello.wire)) {
    throw refused(`it speaks version ${hello.wire}`, `Install an srwan that speaks one of ${SPOKEN.join(", ")}.`);
  }
  const identity = authority.identify(hello.certificate, store.nowMs());
  if (identity.pop !== name) {
    throw refused(`its certificate is for ${identity.pop}, not ${name}`, "Give it the name that it joined with.");
  }
  const signature = Buffer.from(hello.signature, "base64url");
  if (!verify(null, Buffer.from(proofText(nonce, name)), identity.key, signature)) {
    throw refused("its signature is not by the key of its certificate", "Join again: key and certificate do not fit.");
  }
  const greeted = await store.manyTurns.run(() =>
    store.write(async (tx, tell) => {
      const pop = await popForChange(store, tx, name);
      if (pop === undefined) throw refused(`no POP ${name} is known`, "It was removed: join again with a new token.");
      if (identity.serial === pop.serial) {
        if (pop.previousSerial !== null) await changePop(store, tx, pop, { previousSerial: null }, tell);
      } else if (identity.serial !== pop.previousSerial) {
        throw refused("its certificate was replaced by a newer one", "Use the newer one, or join again.");
      }
      const { start, version } = hello;
      const heard = await noteSession(store, tx, tell, { pop: name, start, session, service, version });
      return { pop: name, group: pop.group, heard, endsMs: identity.endsMs };
    }),
  );
  await refresh(store, hello.pop, session);
  return greeted;
}

const refused = (what: string, remedy: string): SrwanError => new SrwanError("AGENT_REFUSED", what, { remedy });
