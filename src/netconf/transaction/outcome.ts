// The outcome as a document that others can believe: canonical, hashed, signed with the proxy's key. Its schema for
// readers is src/wire/outcome.ts; a test holds the two together.

import { canonicalJson } from "../../base/canonical.ts";
import type { SrwanError } from "../../base/errors.ts";
import { type Seal, type Sealer, sha256Hex } from "../../base/seal.ts";
import { parseXmlList } from "../xml/read.ts";
import { configHash, sha256 } from "./proof.ts";
import type { DeviceState, Guarantee, JournalState, OutcomeKind } from "./record.ts";
import type { Settled } from "./settle.ts";

type Problem = { readonly code: string; readonly message: string; readonly remedy: string };

export type DeviceOutcome = {
  readonly device: string;
  readonly address: string | null;
  readonly hostKey: string | null;
  readonly outcome: OutcomeKind;
  readonly guarantee: Guarantee | null;
  readonly edit: string;
  readonly expected: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly commitReply: string | null;
  readonly proofReply: string | null;
  readonly provedAtUs: string | null;
  readonly problem: Problem | null;
};

export type OutcomeDocument = {
  readonly schema: "srwan.outcome/1";
  readonly transaction: string;
  readonly reference: string | null;
  readonly outcome: OutcomeKind;
  readonly startedAtUs: string;
  readonly endedAtUs: string;
  readonly devices: readonly DeviceOutcome[];
};

export type SealedOutcome = {
  readonly document: OutcomeDocument;
  readonly hash: string;
  readonly seal: Seal | null;
};

/** One device that differs from the others makes the whole unknown. */
export function unitOutcome(settled: Iterable<Settled>): OutcomeKind {
  const kinds = new Set([...settled].map(({ outcome }) => outcome));
  const [only] = kinds;
  return kinds.size === 1 && only ? only : "UNKNOWN";
}

export function outcomeDocument(
  { head, devices }: JournalState,
  settled: ReadonlyMap<string, Settled>,
  endedAtUs: string,
): OutcomeDocument {
  return {
    schema: "srwan.outcome/1",
    transaction: head.id,
    reference: head.reference ?? null,
    outcome: unitOutcome(settled.values()),
    startedAtUs: head.atUs,
    endedAtUs,
    devices: [...devices].map(([name, state]) => deviceOutcome(name, state, settled.get(name), endedAtUs)),
  };
}

function deviceOutcome(
  device: string,
  { planned, session, before, committed }: DeviceState,
  settled: Settled = { outcome: "UNKNOWN" },
  provedAtUs: string,
): DeviceOutcome {
  const { look, problem } = settled;
  return {
    device,
    address: session?.address ?? null,
    hostKey: session?.hostKey ?? null,
    outcome: settled.outcome,
    guarantee: session?.guarantee ?? null,
    edit: sha256(planned.edit),
    expected: sha256(planned.expected),
    before: before ? configHash(parseXmlList(before.config)) : null,
    after: look?.hash ?? null,
    commitReply: committed?.reply ?? null,
    proofReply: look?.replyHash ?? null,
    provedAtUs: look ? provedAtUs : null,
    problem: problem ? problemOf(problem) : null,
  };
}

const PROBLEM_MAX = 500;

const problemOf = ({ code, message, remedy }: SrwanError): Problem => ({
  code,
  message: message.slice(0, PROBLEM_MAX),
  remedy: remedy.slice(0, PROBLEM_MAX),
});

export async function seal(document: OutcomeDocument, sealer: Sealer | undefined): Promise<SealedOutcome> {
  const hash = sha256Hex(`${document.schema}\n${canonicalJson(document)}`);
  return { document, hash, seal: (await sealer?.seal(hash)) ?? null };
}
