// Evidence as it comes over the wire, checked: whose it is, whether that one signed it, and what it is kept as. The same
// message is worth nothing when it comes again.

import type { EvidenceItem } from "../../wire/settlement.ts";
import type { Verifier } from "../chain/verify.ts";
import type { Kept } from "../store/evidence.ts";
import type { Hex, Message } from "../typed.ts";

export type Known = {
  /** Who may report on a link; undefined where its terms are not known. */
  readonly endsOf: (link: string) => readonly string[] | undefined;
  readonly pathOf: (path: string) => { readonly consumer: string; readonly providers: readonly string[] } | undefined;
  /** Whether a key signs for a consumer in an epoch, by the chain. */
  readonly isSessionKey: (consumer: string, key: string, epoch: bigint) => Promise<boolean>;
  readonly epoch: number;
};

export type Checked = { readonly kept: Kept } | { readonly refused: string };

type Signed = Exclude<EvidenceItem, { kind: "link" | "path" }>;

const EPOCHS_AHEAD = 1;

export const isTerms = (item: EvidenceItem): item is Exclude<EvidenceItem, Signed> =>
  item.kind === "link" || item.kind === "path";

export async function checkEvidence(item: Signed, verifier: Verifier, known: Known): Promise<Checked> {
  if (item.kind === "report") return checkReport(item, verifier, known);
  if (item.kind === "ticket") return checkTicket(item, verifier, known);
  return checkVoucher(item, verifier, known);
}

function checkReport(item: Signed & { kind: "report" }, verifier: Verifier, known: Known): Checked {
  const { message, signature } = item;
  const ends = known.endsOf(message.linkId);
  if (ends === undefined) return { refused: `the link ${message.linkId} is not known; send its terms first` };
  if (!ends.includes(message.reporter)) return { refused: `${message.reporter} is no end of the link` };
  if (Number(message.epoch) > known.epoch + EPOCHS_AHEAD) return { refused: `epoch ${message.epoch} is to come` };
  const digest = digestOf(verifier, item);
  if (typeof digest !== "string") return digest;
  if (!verifier.signed(message.reporter, digest, signature)) return { refused: `${message.reporter} did not sign it` };
  return {
    kept: {
      kind: "report",
      digest,
      link: message.linkId,
      author: message.reporter,
      boot: message.bootTime,
      seq: message.seq,
      epoch: Number(message.epoch),
      body: JSON.stringify(message),
      signature,
    },
  };
}

function checkTicket(item: Signed & { kind: "ticket" }, verifier: Verifier, known: Known): Checked {
  const { message, signature } = item;
  const path = known.pathOf(message.pathId);
  if (path === undefined) return { refused: `the path ${message.pathId} is not known; send its terms first` };
  if (!path.providers.includes(message.provider)) return { refused: `${message.provider} does not relay on the path` };
  const digest = digestOf(verifier, item);
  if (typeof digest !== "string") return digest;
  if (!verifier.signed(message.provider, digest, signature)) return { refused: `${message.provider} did not sign it` };
  return {
    kept: {
      kind: "ticket",
      digest,
      path: message.pathId,
      author: message.provider,
      boot: message.bootTime,
      seq: message.seq,
      body: JSON.stringify(message),
      signature,
    },
  };
}

async function checkVoucher(item: Signed & { kind: "voucher" }, verifier: Verifier, known: Known): Promise<Checked> {
  const { message, signer, signature } = item;
  const path = known.pathOf(message.pathId);
  if (path === undefined) return { refused: `the path ${message.pathId} is not known; send its terms first` };
  if (path.consumer !== message.consumer) return { refused: `the path is not ${message.consumer}'s` };
  if (Number(message.epoch) > known.epoch + EPOCHS_AHEAD) return { refused: `epoch ${message.epoch} is to come` };
  const digest = digestOf(verifier, item);
  if (typeof digest !== "string") return digest;
  if (!verifier.signed(signer, digest, signature)) return { refused: `${signer} did not sign it` };
  if (signer !== message.consumer && !(await known.isSessionKey(message.consumer, signer, BigInt(message.epoch)))) {
    return { refused: `${signer} is no key of ${message.consumer} in epoch ${message.epoch}` };
  }
  return {
    kept: {
      kind: "voucher",
      digest,
      path: message.pathId,
      author: message.consumer,
      epoch: Number(message.epoch),
      amount: BigInt(message.cumulativeAmount),
      body: JSON.stringify(message),
      signer,
      signature,
    },
  };
}

const TYPE = { report: "LinkReport", ticket: "Ticket", voucher: "SpendVoucher" } as const;

/** A number that has no room in its field was signed by nobody. */
function digestOf(verifier: Verifier, { kind, message }: Signed): Hex | { readonly refused: string } {
  try {
    return verifier.digest(TYPE[kind], bigints(message) as never);
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/** Decimal text becomes a number; hexadecimal text stays. */
export const bigints = (message: Readonly<Record<string, string>>): Message<"Ticket" | "LinkReport" | "SpendVoucher"> =>
  Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, value.startsWith("0x") ? value : BigInt(value)]),
  ) as never;

/** As it came. */
export const itemOf = (kind: Signed["kind"], row: { body: string; signature: string; signer?: string }): EvidenceItem =>
  ({
    kind,
    message: JSON.parse(row.body),
    ...(kind === "voucher" ? { signer: row.signer } : {}),
    signature: row.signature,
  }) as EvidenceItem;
