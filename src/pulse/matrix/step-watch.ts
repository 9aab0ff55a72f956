// Clocks that were set. Every pair with that clock shows it within a pulse, so whose it was is told by how many pairs do:
// one peer's clock moves one of our pairs, our own moves all. Until every row has been made anew, a member whose clock was
// set is measured by each pair for itself.

import type { PeerId } from "../model.ts";
import type { PeerView } from "../stats/peer-stats.ts";

/** A row is made each second. */
const ROW_MS = 1_000;

export class StepWatch {
  readonly #self: PeerId;
  readonly #settlesMs: number;
  readonly #counts = new Map<PeerId, number>();
  /** Peers whose pair with us showed a step, and when; the steps of one time are judged together. */
  #shown = new Map<PeerId, number>();
  #sinceMs: number | undefined;
  readonly #steps = new Map<PeerId, number>();

  /** `pulsesMs`: for how long pulses may still tell of the time before. */
  constructor(self: PeerId, pulsesMs: number) {
    this.#self = self;
    this.#settlesMs = pulsesMs + ROW_MS;
  }

  steps(member: PeerId): number {
    return this.#steps.get(member) ?? 0;
  }

  take(views: readonly PeerView[], nowMs: number): void {
    for (const { peer, clockSteps } of views) {
      if (clockSteps > (this.#counts.get(peer) ?? 0)) {
        this.#shown.set(peer, nowMs);
        this.#sinceMs ??= nowMs;
      }
      this.#counts.set(peer, clockSteps);
    }
    if (this.#sinceMs === undefined || Math.abs(nowMs - this.#sinceMs) < this.#settlesMs) return;
    for (const member of this.unsettled()) this.#steps.set(member, this.steps(member) + 1);
    this.#shown.clear();
    this.#sinceMs = undefined;
  }

  forget(peer: PeerId): void {
    this.#counts.delete(peer);
    this.#shown.delete(peer);
    this.#steps.delete(peer);
  }

  /** Members whose clock was set a moment ago. */
  unsettled(): ReadonlySet<PeerId> {
    const isOurs = this.#shown.size >= 2 && this.#shown.size > this.#counts.size / 2;
    return isOurs ? new Set([this.#self]) : new Set(this.#shown.keys());
  }
}
