// A session's pulses on their way, in arrays: as objects, some ten thousand that live for seconds are what the collector
// has most to do with.

import { LIMITS } from "../base/limits.ts";

/** What is remembered of a pulse that left. */
export type Pending = {
  readonly sequence: number;
  readonly t1Ns: bigint;
  readonly t1ErrorNs: number;
  /** Its timestamp as it was written, both halves. */
  readonly written: readonly [number, number];
  /** It carried extensions. */
  readonly extended: boolean;
};

/** A ring: a reply later than this many pulses is no longer ours. */
const ROOM = LIMITS.pulsePendingMax;

export class PendingPulses {
  readonly #sequences = new Float64Array(ROOM).fill(-1);
  readonly #t1Ns = new BigInt64Array(ROOM);
  readonly #t1ErrorNs = new Float64Array(ROOM);
  readonly #written = new Uint32Array(2 * ROOM);
  readonly #extended = new Uint8Array(ROOM);
  readonly #replies = new Uint32Array(ROOM);

  add({ sequence, t1Ns, t1ErrorNs, written, extended }: Pending): void {
    const at = sequence % ROOM;
    this.#sequences[at] = sequence;
    this.#t1Ns[at] = t1Ns;
    this.#t1ErrorNs[at] = t1ErrorNs;
    this.#written.set(written, 2 * at);
    this.#extended[at] = extended ? 1 : 0;
    this.#replies[at] = 0;
  }

  /** The one with this number, which may have wrapped. */
  find(number: number): Pending | undefined {
    const at = number % ROOM;
    const sequence = this.#sequences[at] as number;
    if (sequence < 0 || sequence % 2 ** 32 !== number) return undefined;
    return {
      sequence,
      t1Ns: this.#t1Ns[at] as bigint,
      t1ErrorNs: this.#t1ErrorNs[at] as number,
      written: [this.#written[2 * at] as number, this.#written[2 * at + 1] as number],
      extended: this.#extended[at] === 1,
    };
  }

  /** How many replies it has had, this one included. */
  countReply({ sequence }: Pending): number {
    const at = sequence % ROOM;
    this.#replies[at] = (this.#replies[at] as number) + 1;
    return this.#replies[at];
  }
}
