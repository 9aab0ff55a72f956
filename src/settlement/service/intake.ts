// What agents and consumers send: checked, then kept, and only then answered. Whoever got an answer need not send it again;
// whoever did not sends it again, and it counts once.

import { LIMITS } from "../../base/limits.ts";
import type { EvidenceAnswer, EvidenceItem, LinkTerms, PathTerms, Terms } from "../../wire/settlement.ts";
import type { Verifier } from "../chain/verify.ts";
import { allTerms, type Kept, keepEvidence, keepTerms, openIntake, termsOf } from "../store/evidence.ts";
import type { SettlementStore } from "../store/store.ts";
import { checkEvidence, isTerms } from "./evidence.ts";
import { termsFault, termsId, termsRow } from "./terms.ts";

type Refused = EvidenceAnswer["refused"][number];

const refusal = (item: number, message: string): Refused => ({
  item,
  code: "EVIDENCE_REFUSED",
  message: message.slice(0, 1_024),
});

export type IntakeParts = {
  readonly store: SettlementStore;
  readonly verifier: Verifier;
  readonly isSessionKey: (consumer: string, key: string, epoch: bigint) => Promise<boolean>;
  /** The epoch that runs, by the chain. */
  readonly epoch: () => number;
};

export class Intake {
  readonly #parts: IntakeParts;
  /** What is known never changes: its name is its hash. */
  readonly #terms = new Map<string, Terms>();

  private constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  static async open(parts: IntakeParts): Promise<Intake> {
    const intake = new Intake(parts);
    await openIntake(parts.store);
    for (const { id, body } of await allTerms(parts.store)) intake.#terms.set(id, JSON.parse(body));
    return intake;
  }

  /** `late`: vouchers of an epoch that is closed are taken too, because another validator counts them in it. */
  async take(items: readonly EvidenceItem[], late = false): Promise<EvidenceAnswer> {
    const { kept, places, refused, epoch } = await this.#check(items);
    const answer = await keepEvidence(this.#parts.store, kept, epoch, late);
    for (const item of answer.late) {
      refused.push(refusal(places.get(item) ?? 0, "its epoch is closed; it is good without validators"));
    }
    return { taken: items.length - refused.length, epoch: answer.epoch, refused };
  }

  /** Whose it is and whether that one signed it; terms are kept, nothing else is. */
  async checked(
    items: readonly EvidenceItem[],
  ): Promise<{ readonly kept: Kept[]; readonly refused: string | undefined }> {
    const { kept, refused } = await this.#check(items);
    return { kept, refused: refused[0]?.message };
  }

  async #check(items: readonly EvidenceItem[]) {
    const refused: Refused[] = [];
    const refuse = (item: number, message: string) => void refused.push(refusal(item, message));
    await this.#learn(items);
    await this.#takeTerms(items, refuse);
    const epoch = this.#parts.epoch();
    const known = {
      endsOf: (link: string) => this.#link(link)?.ends,
      pathOf: (path: string) => this.#path(path),
      isSessionKey: this.#parts.isSessionKey,
      epoch,
    };
    const kept: Kept[] = [];
    const places = new Map<Kept, number>();
    for (const [i, item] of items.entries()) {
      if (isTerms(item)) continue;
      const checked = await checkEvidence(item, this.#parts.verifier, known);
      if ("refused" in checked) refuse(i, checked.refused);
      else {
        kept.push(checked.kept);
        places.set(checked.kept, i);
      }
    }
    return { kept, places, refused, epoch };
  }

  /** Terms that another process of this store took. */
  async #learn(items: readonly EvidenceItem[]): Promise<void> {
    const named = items.flatMap((item) => {
      if (item.kind === "link") return [];
      if (item.kind === "path") return item.hops.map(({ link }) => link);
      return [item.kind === "report" ? item.message.linkId : item.message.pathId];
    });
    const unknown = [...new Set(named)].filter((id) => !this.#terms.has(id));
    if (unknown.length === 0) return;
    for (const { id, body } of await termsOf(this.#parts.store, unknown)) this.#terms.set(id, JSON.parse(body));
  }

  async #takeTerms(items: readonly EvidenceItem[], refuse: (item: number, why: string) => void): Promise<void> {
    const fresh: Terms[] = [];
    const sent = new Map<string, Terms>();
    const find = (id: string): LinkTerms | undefined => {
      const found = sent.get(id) ?? this.#terms.get(id);
      return found?.kind === "link" ? found : undefined;
    };
    for (const [i, item] of items.entries()) {
      if (!isTerms(item)) continue;
      const fault =
        this.#terms.size + sent.size >= LIMITS.termsMax ? "there is no room for more terms" : termsFault(item, find);
      if (fault !== undefined) {
        refuse(i, fault);
        continue;
      }
      sent.set(termsId(item), item);
      fresh.push(item);
    }
    if (fresh.length === 0) return;
    await keepTerms(this.#parts.store, fresh.map(termsRow));
    for (const [id, terms] of sent) this.#terms.set(id, terms);
  }

  #link(id: string): LinkTerms | undefined {
    const terms = this.#terms.get(id);
    return terms?.kind === "link" ? terms : undefined;
  }

  #path(id: string): { consumer: string; providers: string[] } | undefined {
    const terms = this.#terms.get(id) as PathTerms | undefined;
    if (terms?.kind !== "path") return undefined;
    return { consumer: terms.consumer, providers: terms.hops.map(({ provider }) => provider) };
  }
}
