// Transactions in a test: changes of our small module, a journal in a folder, a key to sign with, and something that
// happens at a step of ours.

import { generateKeyPairSync } from "node:crypto";
import { RealClock } from "../../src/base/clock.ts";
import { RealRng } from "../../src/base/real-rng.ts";
import { ed25519Sealer } from "../../src/base/seal.ts";
import { subtree } from "../../src/netconf/filter.ts";
import * as operations from "../../src/netconf/operations.ts";
import type { Session } from "../../src/netconf/session.ts";
import { type Change, expectedOf } from "../../src/netconf/transaction/change.ts";
import { type JournalStore, memoryJournals } from "../../src/netconf/transaction/journal.ts";
import type { Transactor } from "../../src/netconf/transaction/transact.ts";
import { elementsOf, find, textAt } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";

export const NS = "urn:srwan:test";
const NC = "urn:ietf:params:xml:ns:netconf:base:1.0";

export const services = subtree(`<services xmlns="${NS}"/>`);

export const addService = (device: string, name: string, more = ""): Change => {
  const edit = parseXmlList(`<services xmlns="${NS}"><service><name>${name}</name>${more}</service></services>`);
  return { device, edit, readBack: services, expected: expectedOf(edit), undo: () => removal(name) };
};

const removal = (name: string) =>
  parseXmlList(
    `<services xmlns="${NS}" xmlns:nc="${NC}"><service nc:operation="remove"><name>${name}</name></service></services>`,
  );

export const sealer = ed25519Sealer(
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
);

const rng = new RealRng();
export const token = (): string => Array.from({ length: 4 }, () => rng.uint32().toString(16).padStart(8, "0")).join("");

export function transactor(
  connect: (device: string, signal: AbortSignal) => Promise<Session>,
  onStep?: Transactor["onStep"],
  journals: JournalStore = memoryJournals(),
): Transactor {
  return { journals, clock: new RealClock(), connect, token, sealer, ...(onStep && { onStep }) };
}

/** The names of the services that running holds, as another session sees them. */
export async function running(session: Session): Promise<(string | undefined)[]> {
  const { root } = await session.call(operations.getConfig("running", { filter: services }));
  const found = find(root, "data", "services");
  return found ? elementsOf(found).map((one) => textAt(one, "name")) : [];
}

/** The steps of a transaction of one device with confirmed commit, in their order, as `onStep` tells them. */
export const STEPS = [
  "session",
  "lock answered",
  "discard-changes answered",
  "before",
  "edit-config answered",
  "committing",
  "commit answered",
  "committed",
  "verified",
  "decision",
  "confirming",
  "commit answered",
  "confirmed",
  "end",
] as const;
