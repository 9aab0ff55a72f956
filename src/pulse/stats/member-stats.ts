// The statistics of one member: every sample goes to its peer's, and out comes the row that the member publishes.

import { LIMITS } from "../../base/limits.ts";
import type { PeerId, PulseSample, Row, RowCell } from "../model.ts";
import type { RateRange } from "./pair-drift.ts";
import { cellOf, PeerStats, type PeerView, STATS, type StatsOptions } from "./peer-stats.ts";

export type OwnRow = {
  readonly row: Row;
  /** By how much each peer's clock gains on ours. */
  readonly rates: ReadonlyMap<PeerId, RateRange>;
  /** The same in full, the ways back included. */
  readonly views: readonly PeerView[];
};

export class MemberStats {
  readonly member: PeerId;
  readonly #options: StatsOptions;
  readonly #peers = new Map<PeerId, PeerStats>();

  constructor(member: PeerId, options: StatsOptions = STATS) {
    this.member = member;
    this.#options = options;
  }

  /** Samples of more peers than a loop can have are not taken. */
  take(sample: PulseSample): void {
    let peer = this.#peers.get(sample.peer);
    if (peer === undefined) {
      if (this.#peers.size >= LIMITS.pulsePeersMax) return;
      peer = new PeerStats(sample.peer, this.#options);
      this.#peers.set(sample.peer, peer);
    }
    peer.take(sample);
  }

  forget(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  view(peer: PeerId, nowNs: bigint): PeerView | undefined {
    return this.#peers.get(peer)?.view(milliseconds(nowNs));
  }

  /** `nowNs` on the clock that took the samples; `sequence` grows with every row. */
  row(nowNs: bigint, sequence: number): OwnRow {
    const nowMs = milliseconds(nowNs);
    const views = [...this.#peers.values()].map((peer) => peer.view(nowMs));
    const cells = new Map<PeerId, RowCell>(views.map((view) => [view.peer, cellOf(view)]));
    const rates = new Map(views.map(({ peer, rate }) => [peer, rate]));
    return { row: { member: this.member, sequence, madeNs: nowNs, cells }, rates, views };
  }
}

const milliseconds = (ns: bigint): number => Number(ns / 1_000n) / 1_000;
