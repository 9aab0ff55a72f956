// What another validator is told of an epoch that was settled: the account, and page by page the evidence that it rests on,
// each with its author's signature. Whoever asks reckons it again and believes the chain.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { EpochAccount, EvidencePage } from "../../wire/settlement.ts";
import { epochBefore, epochOf } from "../store/epochs.ts";
import { countEvidence, handedPage, markFrom, markText } from "../store/handing.ts";
import type { SettlementStore } from "../store/store.ts";
import { itemOf } from "./evidence.ts";
import type { EpochBody } from "./making.ts";
import { termsNamedBy } from "./terms.ts";

const notThere = (epoch: number): SrwanError =>
  new SrwanError("NOT_THERE", `epoch ${epoch} is not settled here`, { remedy: "Ask another validator." });

export async function epochAccount(store: SettlementStore, epoch: number): Promise<EpochAccount> {
  const row = await epochOf(store, epoch);
  if (row?.state !== "settled" && row?.state !== "left") throw notThere(epoch);
  const { block, held } = JSON.parse(row.body) as EpochBody;
  const [evidence, before] = await Promise.all([countEvidence(store, epoch), epochBefore(store, epoch)]);
  return { epoch, block, held: [...held], evidence, before: before ?? -1 };
}

export async function evidencePage(store: SettlementStore, epoch: number, after: string): Promise<EvidencePage> {
  const row = await epochOf(store, epoch);
  if (row?.state !== "settled" && row?.state !== "left") throw notThere(epoch);
  const mark = markFrom(after);
  if (mark === undefined && after !== "") {
    throw new SrwanError("VALUE_INVALID", `after: ${after} is no end of a page`, {
      remedy: "Give what the page before called next.",
    });
  }
  const { rows, next } = await handedPage(store, epoch, mark, LIMITS.evidencePageRows);
  const items = rows.map((one) => itemOf(one.kind, one));
  return { items: [...(await termsNamedBy(store, items)), ...items], next: next === undefined ? "" : markText(next) };
}
