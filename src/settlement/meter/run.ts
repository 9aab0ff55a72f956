// A meter over time: each turn reads, signs, writes down and sends. What is written down is sent until every validator has
// it; what was signed is never signed anew with other figures.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { EvidenceItem, MeterFile } from "../../wire/settlement.ts";
import { sendEvidence } from "../service/peers.ts";
import { type MeterState, meter, type Readings, type Signer } from "./meter.ts";

type Kept = {
  readonly state: MeterState;
  /** By validator, in the order it was signed. */
  readonly waiting: Readonly<Record<string, readonly EvidenceItem[]>>;
};

export class MeterRun {
  readonly #file: MeterFile;
  readonly #path: string;
  readonly #signer: Signer;
  readonly #read: (sources: ReadonlySet<string>) => Promise<Readings>;
  readonly #log: Logger;

  constructor(parts: {
    readonly file: MeterFile;
    /** Where its state is kept. */
    readonly path: string;
    readonly signer: Signer;
    readonly read: (sources: ReadonlySet<string>) => Promise<Readings>;
    readonly log: Logger;
  }) {
    this.#file = parts.file;
    this.#path = parts.path;
    this.#signer = parts.signer;
    this.#read = parts.read;
    this.#log = parts.log;
  }

  /** One turn; how many items still wait somewhere. */
  async turn(now: { readonly epoch: number; readonly ms: number }): Promise<number> {
    const kept = this.#kept();
    const readings = await this.#read(sourcesOf(this.#file));
    const { state, items } = meter(this.#file, kept?.state, readings, now, this.#signer);
    const waiting = Object.fromEntries(
      this.#file.validators.map((url) => [url, newest([...(kept?.waiting[url] ?? []), ...items])]),
    );
    this.#keep({ state, waiting });
    const left: Record<string, readonly EvidenceItem[]> = {};
    for (const [url, list] of Object.entries(waiting)) left[url] = await this.#send(url, list);
    this.#keep({ state, waiting: left });
    return Object.values(left).reduce((sum, list) => sum + list.length, 0);
  }

  /** What is left to send. A refusal is said once and not sent again. */
  async #send(url: string, items: readonly EvidenceItem[]): Promise<readonly EvidenceItem[]> {
    for (let at = 0; at < items.length; at += LIMITS.evidenceItemsMax) {
      const some = items.slice(at, at + LIMITS.evidenceItemsMax);
      try {
        const { refused } = await sendEvidence(url, some);
        for (const { item, message } of refused)
          this.#log.error("a validator refused", { url, kind: some[item]?.kind, message });
      } catch (thrown) {
        this.#log.warn("a validator did not answer", { url, why: asSrwanError(thrown).message });
        return items.slice(at);
      }
    }
    return [];
  }

  #kept(): Kept | undefined {
    return existsSync(this.#path) ? (JSON.parse(readFileSync(this.#path, "utf8")) as Kept) : undefined;
  }

  #keep(kept: Kept): void {
    const whole = `${this.#path}.new`;
    writeFileSync(whole, JSON.stringify(kept), { mode: 0o600 });
    const file = openSync(whole, "r");
    fsyncSync(file);
    closeSync(file);
    renameSync(whole, this.#path);
  }
}

export const sourcesOf = ({ links, paths }: MeterFile): Set<string> =>
  new Set([...links, ...paths].flatMap((one) => [...one.in, ...one.out]));

/** Totals only rise, so where there is no room the oldest are the ones to lose. */
const newest = (items: readonly EvidenceItem[]): EvidenceItem[] => {
  const terms = items.filter(({ kind }) => kind === "link" || kind === "path");
  const rest = items.filter(({ kind }) => kind !== "link" && kind !== "path");
  return [...terms, ...rest.slice(-LIMITS.meterWaitingMax)];
};
