// Everything the contracts hold, made again from their events alone, as an indexer would. Pure.

import { decodeEntries } from "../../src/settlement/chain/entries.ts";
import type { ChainEvent } from "./world.ts";

export type Rebuilt = {
  /** By name and then by key, as text: "accounts" → consumer → free money, and so on. */
  readonly [what: string]: Record<string, bigint | string | boolean>;
};

type Values = Readonly<Record<string, unknown>>;
type Take = (state: State, values: Values) => void;

class State {
  readonly maps = new Map<string, Map<string, bigint | string | boolean>>();

  map(what: string): Map<string, bigint | string | boolean> {
    const found = this.maps.get(what) ?? new Map();
    this.maps.set(what, found);
    return found;
  }

  set(what: string, key: unknown, value: bigint | string | boolean): void {
    this.map(what).set(String(key), value);
  }

  get(what: string, key: unknown): bigint {
    return (this.map(what).get(String(key)) as bigint | undefined) ?? 0n;
  }

  add(what: string, key: unknown, amount: unknown): void {
    this.set(what, key, this.get(what, key) + (amount as bigint));
  }

  sub(what: string, key: unknown, amount: unknown): void {
    this.add(what, key, -(amount as bigint));
  }

  /** Free money first, then what thaws: the one rule that an indexer must know. */
  take(consumer: string, amount: bigint): void {
    const free = this.get("free", consumer);
    const fromFree = amount < free ? amount : free;
    this.sub("free", consumer, fromFree);
    if (amount > fromFree) this.sub("thawing", consumer, amount - fromFree);
  }

  /** A cap is met anew in each epoch: the old one before the epoch in which the next begins. */
  spend(consumer: string, amount: bigint, epoch: bigint): void {
    if (this.get("capEpoch", consumer) !== epoch) {
      const [cap = 0n, next = 0n, from = 0n] = String(this.map("caps").get(consumer) ?? "0 0 0")
        .split(" ")
        .map(BigInt);
      this.set("capLeft", consumer, epoch < from ? cap : next);
      this.set("capEpoch", consumer, epoch);
    }
    this.sub("capLeft", consumer, amount);
  }

  /** Both pools are named once a deployment. */
  fees(values: Values): void {
    this.add("pools", "validators", values.validatorsFee);
    this.add("pools", "dividends", values.dividendsFee);
  }
}

const pays = (state: State, packed: unknown): void => {
  for (const { account, amount } of decodeEntries(packed as string)) state.add("earned", account, amount);
};

const TAKE: Readonly<Record<string, Take>> = {
  "SegmentCoin.Transfer": (s, v) => {
    s.sub("coins", v.from, v.value);
    s.add("coins", v.to, v.value);
  },
  "SegmentCoin.DelegateChanged": (s, v) => s.set("delegates", v.delegator, v.toDelegate as string),
  "SegmentCoin.DelegateVotesChanged": (s, v) => s.set("votes", v.delegate, v.newVotes as bigint),
  "Escrow.Deposited": (s, v) => s.add("free", v.consumer, v.amount),
  "Escrow.CapSet": (s, v) => s.set("caps", v.consumer, `${v.cap} ${v.next} ${v.from}`),
  "Escrow.ThawStarted": (s, v) => {
    s.sub("free", v.consumer, v.amount);
    s.add("thawing", v.consumer, v.amount);
    s.set("readyAt", v.consumer, v.readyAt as bigint);
  },
  "Escrow.ThawStopped": (s, v) => {
    s.set("thawing", v.consumer, 0n);
    s.add("free", v.consumer, v.amount);
  },
  "Escrow.ThawEnded": (s, v) => s.set("thawing", v.consumer, 0n),
  "Escrow.Registered": (s, v) => s.set("activeFrom", v.provider, v.activeFrom as bigint),
  "Escrow.ThresholdSet": (s, v) => s.set("threshold", v.provider, v.threshold as bigint),
  "Escrow.Withdrawn": (s, v) => s.sub("earned", v.provider, v.amount),
  "Escrow.Netted": (s, v) => {
    for (const { account, amount } of decodeEntries(v.debits as string)) {
      s.spend(account, amount, v.epoch as bigint);
      s.take(account, amount);
    }
    pays(s, v.credits);
    s.fees(v);
  },
  "Escrow.Drawn": (s, v) => {
    s.take(v.consumer as string, v.amount as bigint);
    pays(s, v.credits);
    s.fees(v);
  },
  "Escrow.Reserved": (s, v) => {
    s.sub("free", v.consumer, v.amount);
    s.add("reserved", v.module, v.amount);
  },
  "Escrow.Released": (s, v) => {
    s.sub("reserved", v.module, v.amount);
    const fees = (v.validatorsFee as bigint) + (v.dividendsFee as bigint);
    s.add("earned", v.provider, (v.amount as bigint) - fees);
    s.fees(v);
  },
  "Escrow.Refunded": (s, v) => {
    s.sub("reserved", v.module, v.amount);
    s.add("free", v.consumer, v.amount);
  },
  "Settlement.ChunkSettled": (s, v) => {
    const batch = v.batch as { ticketsRoot: string; chunks: bigint; ticketCount: bigint };
    s.set("lastEpoch", "", v.epoch as bigint);
    s.set("ticketsRoot", v.epoch, batch.ticketsRoot);
    s.set("progress", v.epoch, `${(v.chunk as bigint) + 1n} of ${batch.chunks}, ${batch.ticketCount} tickets`);
  },
  "Settlement.Escaped": (s, v) => s.set("escaped", `${v.consumer} ${v.pathId} ${v.epoch}`, v.total as bigint),
  "Settlement.KeyAuthorized": (s, v) => s.set("keys", `${v.consumer} ${v.key}`, v.lastEpoch as bigint),
  "Settlement.KeyRevoked": (s, v) => s.set("keys", `${v.consumer} ${v.key}`, v.lastEpoch as bigint),
  "Settlement.Challenged": (s, v) => s.set("challenges", `${v.epoch} ${v.consumer}`, v.challenger as string),
  "Settlement.Answered": (s, v) => s.set("challenges", `${v.epoch} ${v.consumer}`, NOBODY),
  "Settlement.Upheld": (s, v) => s.set("challenges", `${v.epoch} ${v.consumer}`, NOBODY),
  "ValidatorSet.Joined": (s, v) => {
    s.set("stakes", v.owner, v.stake as bigint);
    s.set("signers", v.owner, v.signer as string);
    s.set("freeAt", v.owner, 0n);
  },
  "ValidatorSet.Staked": (s, v) => s.set("stakes", v.owner, v.stake as bigint),
  "ValidatorSet.Left": (s, v) => s.set("freeAt", v.owner, v.freeAt as bigint),
  "ValidatorSet.Unbonded": (s, v) => {
    s.set("stakes", v.owner, 0n);
    s.set("freeAt", v.owner, 0n);
  },
  "ValidatorSet.Slashed": (s, v) => s.sub("stakes", v.owner, v.amount),
  "ValidatorSet.SetMade": (s, v) => s.set("sets", v.set, `${v.from} ${v.stake}`),
  "FeeSplitter.SubsidyPaid": (s, v) => s.add("subsidyPaid", "", (v.validators as bigint) + (v.dividends as bigint)),
  "DividendPool.Drawn": (s, v) => {
    s.set("pots", v.round, v.pot as bigint);
    s.set("weights", v.round, v.weight as bigint);
  },
  "QosEscrow.DeviceRegistered": (s, v) => s.set("devices", v.routerKey, v.provider as string),
  "QosEscrow.Opened": (s, v) => {
    s.set("orders", v.orderId, "Open");
    s.set("held", v.orderId, (v.order as { holdBack: bigint }).holdBack);
  },
  "QosEscrow.Accepted": (s, v) => s.set("orders", v.orderId, "Released"),
  "QosEscrow.Failed": (s, v) => refunded(s, v),
  "QosEscrow.TimedOut": (s, v) => refunded(s, v),
  "QosEscrow.Ended": (s, v) => s.set("held", v.orderId, 0n),
  "Ditex.Bought": (s, v) => {
    s.set("deals", v.dealId, v.amount as bigint);
    s.set("open", v.dealId, true);
    const quote = v.quote as { seller: string; nonce: bigint };
    void_(s, quote.seller, quote.nonce >> 8n, 1n << (quote.nonce & 255n));
  },
  "Ditex.Cancelled": (s, v) => void_(s, v.seller as string, v.word as bigint, v.bits as bigint),
  "Ditex.Paid": (s, v) => s.set("open", v.dealId, false),
  "Ditex.Voided": (s, v) => s.set("open", v.dealId, false),
};

const NOBODY = `0x${"00".repeat(20)}`;

const refunded = (s: State, v: Values): void => {
  s.set("orders", v.orderId, "Refunded");
  s.set("held", v.orderId, 0n);
};

const void_ = (s: State, seller: string, word: bigint, bits: bigint): void =>
  s.set("nonces", `${seller} ${word}`, s.get("nonces", `${seller} ${word}`) | bits);

/** `pools` names the two pools by their addresses, which two events carry. */
export function rebuild(events: readonly ChainEvent[], pools: Readonly<Record<string, string>>): Rebuilt {
  const state = new State();
  const poolOf = (address: unknown): string => pools[String(address)] ?? String(address);
  for (const { contract, name, values } of events) {
    const take = TAKE[`${contract}.${name}`];
    if (take) take(state, values);
    else if (name === "Funded") state.add("pools", poolOf(values.pool), values.amount);
    else if (name === "PoolPaid") {
      state.sub("pools", poolOf(values.pool), values.amount);
      state.add("earned", values.to, values.amount);
    } else if (name === "SetAside") {
      state.sub("pools", poolOf(values.pool), values.amount);
      state.add("setAside", `${values.pool} ${values.purpose}`, values.amount);
    } else if (name === "PutBack") {
      state.sub("setAside", `${values.pool} ${values.purpose}`, values.amount);
      state.add("pools", poolOf(values.pool), values.amount);
    } else if (name === "PotPaid") {
      state.sub("setAside", `${values.pool} ${values.purpose}`, values.amount);
      state.add("earned", values.to, values.amount);
    }
  }
  return Object.fromEntries([...state.maps].map(([what, map]) => [what, Object.fromEntries(map)]));
}
