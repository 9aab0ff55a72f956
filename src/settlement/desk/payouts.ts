// Who earned and who applied how much: the lists of every batch, added up once. What is settled never changes, so its sums
// are kept; what is still under way is read each time.

import { LIMITS } from "../../base/limits.ts";
import { plainEntries } from "../chain/entries.ts";
import { epochStates, listsOf } from "../store/epochs.ts";
import type { SettlementStore } from "../store/store.ts";

export type Sums = { earned: bigint; applied: bigint };
export type AccountSums = Sums & { readonly underWay: Sums; lastEpoch: number };
export type EpochSums = Sums & { readonly epoch: number; readonly state: "made" | "sealed" | "settled" };

type ByAccount = Map<string, Sums>;

const NONE = (): Sums => ({ earned: 0n, applied: 0n });

export class Payouts {
  readonly #store: SettlementStore;
  /** Settled epochs that are in the sums. */
  readonly #counted = new Set<number>();
  readonly #settled = new Map<string, Sums & { lastEpoch: number }>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: SettlementStore) {
    this.#store = store;
  }

  /** Of every account that ever earned or applied any; rising by account. */
  async accounts(): Promise<ReadonlyMap<string, AccountSums>> {
    const underWay = await this.#refresh();
    const all = new Map<string, AccountSums>();
    const of = (account: string): AccountSums => {
      const known = all.get(account) ?? { ...NONE(), underWay: NONE(), lastEpoch: -1 };
      all.set(account, known);
      return known;
    };
    for (const [account, sums] of this.#settled) Object.assign(of(account), sums);
    for (const [epoch, lists] of underWay) {
      for (const [account, sums] of lists) {
        const one = of(account);
        add(one.underWay, sums);
        one.lastEpoch = Math.max(one.lastEpoch, epoch);
      }
    }
    return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Of one account, the newest epoch first: the last epochs that have a batch. */
  async epochsOf(account: string): Promise<EpochSums[]> {
    const states = [...(await epochStates(this.#store))]
      .filter(([, state]) => state !== "left")
      .sort(([a], [b]) => b - a)
      .slice(0, LIMITS.payoutEpochs);
    const lists = await this.#lists(states.map(([epoch]) => epoch));
    return states.flatMap(([epoch, state]) => {
      const sums = lists.get(epoch)?.get(account);
      return sums === undefined ? [] : [{ epoch, state: state as EpochSums["state"], ...sums }];
    });
  }

  /** One after the other, or an epoch would be counted twice. */
  #refresh(): Promise<Map<number, ByAccount>> {
    const mine = this.#turn.then(async () => {
      const states = await epochStates(this.#store);
      const of = (wanted: (state: string, epoch: number) => boolean) =>
        [...states].flatMap(([epoch, state]) => (wanted(state, epoch) ? [epoch] : []));
      const fresh = of((state, epoch) => state === "settled" && !this.#counted.has(epoch));
      for (let from = 0; from < fresh.length; from += LIMITS.payoutReadEpochs) {
        const some = fresh.slice(from, from + LIMITS.payoutReadEpochs);
        for (const [epoch, lists] of await this.#lists(some)) this.#count(epoch, lists);
        for (const epoch of some) this.#counted.add(epoch);
      }
      return this.#lists(of((state) => state === "made" || state === "sealed"));
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #count(epoch: number, lists: ByAccount): void {
    for (const [account, sums] of lists) {
      const known = this.#settled.get(account) ?? { ...NONE(), lastEpoch: epoch };
      add(known, sums);
      known.lastEpoch = Math.max(known.lastEpoch, epoch);
      this.#settled.set(account, known);
    }
  }

  async #lists(epochs: readonly number[]): Promise<Map<number, ByAccount>> {
    const all = new Map<number, ByAccount>();
    for (const { epoch, debits, credits } of await listsOf(this.#store, epochs)) {
      const lists = all.get(epoch) ?? new Map<string, Sums>();
      all.set(epoch, lists);
      const of = (account: string): Sums => {
        const known = lists.get(account) ?? NONE();
        lists.set(account, known);
        return known;
      };
      for (const { account, amount } of debits === "0x" ? [] : plainEntries(debits)) of(account).applied += amount;
      for (const { account, amount } of credits === "0x" ? [] : plainEntries(credits)) of(account).earned += amount;
    }
    return all;
  }
}

function add(to: Sums, more: Sums): void {
  to.earned += more.earned;
  to.applied += more.applied;
}
