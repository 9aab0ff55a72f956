// Samples on their way from the pulse loop's thread to another: fixed records in one buffer, which changes hands without a
// copy. As objects, thousands a second would cost more than the pulses themselves. Pure.

import type { HeardSample, PeerId, PulseSample, ReplySample, SampleFlags } from "./model.ts";

/** What crosses: `records` is handed over, `peers` are those that its records name by number. */
export type SampleRecords = {
  readonly records: ArrayBuffer;
  readonly count: number;
  readonly peers: readonly PeerId[];
};

const KINDS = ["sent", "reply", "heard"] as const;
/** Words of eight octets: kind and flags, peer, two numbers, four times, four errors. */
const WORDS = 12;
const [HEAD, PEER, SEQUENCE, REFLECTED, TIMES, ERRORS] = [0, 1, 2, 3, 4, 8];
const FIRST_COUNT = 64;
const NONE = -1;
const FLAG = { kernel: 1, synchronised: 2, authenticated: 4, stayUnknown: 8 } as const;
const KIND_FACTOR = 16;

export class SampleBatch {
  #records = new ArrayBuffer(FIRST_COUNT * WORDS * 8);
  #numbers = new Float64Array(this.#records);
  #times = new BigInt64Array(this.#records);
  #count = 0;
  #peers = new Map<PeerId, number>();

  get count(): number {
    return this.#count;
  }

  add(sample: PulseSample): void {
    if (this.#count * WORDS === this.#numbers.length) this.#grow();
    const at = this.#count++ * WORDS;
    const numbers = this.#numbers;
    numbers[at + HEAD] =
      KINDS.indexOf(sample.kind) * KIND_FACTOR + (sample.kind === "sent" ? 0 : flagBits(sample.flags));
    numbers[at + PEER] = this.#placeOf(sample.peer);
    numbers[at + SEQUENCE] = sample.sequence;
    numbers[at + REFLECTED] = sample.kind === "reply" ? (sample.reflectorSequence ?? NONE) : NONE;
    this.#times[at + TIMES] = sample.t1Ns;
    numbers[at + ERRORS] = sample.t1ErrorNs;
    if (sample.kind === "sent") return;
    this.#times[at + TIMES + 1] = sample.t2Ns;
    numbers[at + ERRORS + 1] = sample.t2ErrorNs;
    if (sample.kind === "heard") return;
    this.#times[at + TIMES + 2] = sample.t3Ns;
    this.#times[at + TIMES + 3] = sample.t4Ns;
    numbers[at + ERRORS + 2] = sample.t3ErrorNs;
    numbers[at + ERRORS + 3] = sample.t4ErrorNs;
  }

  /** All that was added, to be handed over; the next begin anew. */
  take(): SampleRecords {
    const taken = { records: this.#records, count: this.#count, peers: [...this.#peers.keys()] };
    this.#hold(new ArrayBuffer(Math.max(FIRST_COUNT, this.#count) * WORDS * 8));
    this.#count = 0;
    this.#peers = new Map();
    return taken;
  }

  #placeOf(peer: PeerId): number {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    this.#peers.set(peer, this.#peers.size);
    return this.#peers.size - 1;
  }

  #grow(): void {
    const before = this.#numbers;
    this.#hold(new ArrayBuffer(2 * before.byteLength));
    // By octets: a time read as a number could be one of the many that are none.
    new Uint8Array(this.#records).set(new Uint8Array(before.buffer));
  }

  #hold(records: ArrayBuffer): void {
    this.#records = records;
    this.#numbers = new Float64Array(records);
    this.#times = new BigInt64Array(records);
  }
}

export function readSamples({ records, count, peers }: SampleRecords): PulseSample[] {
  const [numbers, times] = [new Float64Array(records), new BigInt64Array(records)];
  const samples: PulseSample[] = [];
  for (let at = 0; at < count * WORDS; at += WORDS) samples.push(sampleAt(numbers, times, peers, at));
  return samples;
}

function sampleAt(numbers: Float64Array, times: BigInt64Array, peers: readonly PeerId[], at: number): PulseSample {
  const head = numbers[at + HEAD] as number;
  const time = (i: number): bigint => times[at + TIMES + i] as bigint;
  const error = (i: number): number => numbers[at + ERRORS + i] as number;
  const sent = {
    peer: peers[numbers[at + PEER] as number] as PeerId,
    sequence: numbers[at + SEQUENCE] as number,
    t1Ns: time(0),
    t1ErrorNs: error(0),
  };
  const kind = KINDS[Math.floor(head / KIND_FACTOR)];
  if (kind === "sent") return { kind, ...sent };
  const heard = { ...sent, t2Ns: time(1), t2ErrorNs: error(1), flags: flagsOf(head % KIND_FACTOR) };
  if (kind === "heard") return { kind, ...heard } satisfies HeardSample;
  const reflected = numbers[at + REFLECTED] as number;
  return {
    kind: "reply",
    ...heard,
    reflectorSequence: reflected === NONE ? undefined : reflected,
    t3Ns: time(2),
    t4Ns: time(3),
    t3ErrorNs: error(2),
    t4ErrorNs: error(3),
  } satisfies ReplySample;
}

const flagBits = (flags: SampleFlags): number =>
  (flags.stampSource === "kernel" ? FLAG.kernel : 0) |
  (flags.peerSynchronised ? FLAG.synchronised : 0) |
  (flags.authenticated ? FLAG.authenticated : 0) |
  (flags.reflectorStayUnknown ? FLAG.stayUnknown : 0);

const flagsOf = (bits: number): SampleFlags => ({
  stampSource: (bits & FLAG.kernel) !== 0 ? "kernel" : "handler",
  peerSynchronised: (bits & FLAG.synchronised) !== 0,
  authenticated: (bits & FLAG.authenticated) !== 0,
  reflectorStayUnknown: (bits & FLAG.stayUnknown) !== 0,
});
