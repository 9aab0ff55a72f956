// A group that pulses, from a seed: members on a map, paths that differ each way, queues, losses, clocks that are off, drift
// and are set. Real statistics, real row encoding and real matrices; only time, paths and clocks are made up. Beside them
// it keeps what was true.

import { SeededRng, unit } from "../../src/base/rng.ts";
import { DueHeap } from "../../src/pulse/due.ts";
import { GroupMatrix } from "../../src/pulse/matrix/group-matrix.ts";
import type { PeerId, PulseSample, Row } from "../../src/pulse/model.ts";
import { ageRow, decodeRow, encodeRow } from "../../src/pulse/row-tlv.ts";
import { DelayWindow, type WindowStats } from "../../src/pulse/stats/delay-window.ts";
import { MemberStats } from "../../src/pulse/stats/member-stats.ts";
import { STATS } from "../../src/pulse/stats/peer-stats.ts";

export type GroupWorld = {
  readonly seed: number;
  readonly size: number;
  readonly intervalMs?: number;
  /** ± of each clock at the beginning, and of its rate. */
  readonly offsetUs?: number;
  readonly driftPpm?: number;
  /** The mean of the busiest path's queue. */
  readonly queueUs?: number;
  readonly loss?: number;
  readonly steps?: readonly { readonly member: number; readonly atS: number; readonly byUs: number }[];
  /** Neither answers nor pulses from then on. */
  readonly deaths?: readonly { readonly member: number; readonly atS: number }[];
  /** Nothing passes from the one to the other from then on. */
  readonly cuts?: readonly { readonly from: number; readonly to: number; readonly atS: number }[];
  /** Everybody says that its clock is within so much of UTC. */
  readonly withinUs?: number;
  /** Who holds a matrix. */
  readonly observers?: readonly number[];
  /** What a member publishes instead of its row. */
  readonly lie?: (row: Row, member: number) => Row;
  /** What a member adds to all stamps that it gives or takes towards a peer. */
  readonly stampLieUs?: (member: number, peer: number) => number;
};

type Path = { readonly baseUs: number; readonly floorUs: number; readonly queueUs: number; readonly loss: number };
type Session = {
  readonly from: number;
  readonly to: number;
  readonly phaseUs: number;
  sequence: number;
  reflected: number;
};
type Made = { readonly octets: Uint8Array; readonly sequence: number; readonly madeUs: number };

const EPOCH_NS = 1_800_000_000_000_000_000n;
const STAMP_ERROR_NS = 10_000;
const FLAGS = {
  stampSource: "kernel",
  peerSynchronised: false,
  authenticated: false,
  reflectorStayUnknown: false,
} as const;

export class PulseGroup {
  readonly members: readonly PeerId[];
  readonly matrices = new Map<number, GroupMatrix>();
  readonly paths: readonly (readonly Path[])[];
  readonly #world: GroupWorld;
  readonly #rng: SeededRng;
  readonly #clocks: readonly { readonly offsetUs: number; readonly ppm: number }[];
  readonly #stats: readonly MemberStats[];
  readonly #sessions: readonly Session[];
  readonly #truth = new Map<string, DelayWindow>();
  /** By member, sequence and peer: what was true when the row was made. */
  readonly #truths = new Map<string, WindowStats | undefined>();
  readonly #heard = new Map<string, number>();
  readonly #steps = new Map<string, number>();
  readonly #rows: Made[] = [];
  #nowUs = 0;
  readonly #happenings = new DueHeap<() => void>();

  constructor(world: GroupWorld) {
    this.#world = world;
    this.#rng = new SeededRng(world.seed);
    const { size, offsetUs = 500_000, driftPpm = 50, queueUs = 1_000, loss = 0.01, withinUs } = world;
    const all = Array.from({ length: size }, (_, i) => i);
    this.members = all.map((i) => `pop-${i}` as PeerId);
    // On a plane of 10,000 km by 6,000 km.
    const places = all.map(() => [10_000 * this.#draw(), 6_000 * this.#draw()] as const);
    this.paths = places.map(([x, y]) =>
      places.map(([otherX, otherY]) => {
        const floorUs = (Math.hypot(x - otherX, y - otherY) / 200) * 1_000;
        const baseUs = floorUs * (1.03 + 0.5 * this.#draw()) + 200 * this.#draw();
        return { floorUs, baseUs, queueUs: queueUs * this.#draw(), loss: loss * 2 * this.#draw() };
      }),
    );
    this.#clocks = all.map(() => ({ offsetUs: offsetUs * this.#either(), ppm: driftPpm * this.#either() }));
    this.#stats = this.members.map((member) => new MemberStats(member));
    this.#sessions = all.flatMap((from) =>
      all.flatMap((to) => {
        const phaseUs = this.#draw() * this.#intervalUs;
        return from === to ? [] : [{ from, to, phaseUs, sequence: 0, reflected: 0 }];
      }),
    );
    const synchronised = withinUs === undefined ? undefined : new Map(this.members.map((id) => [id, withinUs]));
    for (const observer of world.observers ?? [0]) {
      const matrix = new GroupMatrix(this.members[observer] as PeerId, this.members, {
        floorUs: (from, to) => this.path(this.members.indexOf(from), this.members.indexOf(to)).floorUs,
        intervalMs: this.#intervalUs / 1_000,
        ...(synchronised ? { synchronised } : {}),
      });
      this.matrices.set(observer, matrix);
    }
  }

  path(from: number, to: number): Path {
    return this.paths[from]?.[to] as Path;
  }

  /** What a member's clock shows now. */
  clockNs(member: number): bigint {
    return this.#read(member, this.#nowUs);
  }

  /** How far ahead of the true time a member's clock is. */
  offsetUs(member: number, atUs = this.#nowUs): number {
    const clock = this.#clocks[member] as { offsetUs: number; ppm: number };
    const set = (this.#world.steps ?? []).filter((step) => step.member === member && step.atS * 1e6 <= atUs);
    return clock.offsetUs + (clock.ppm * atUs) / 1e6 + set.reduce((sum, { byUs }) => sum + byUs, 0);
  }

  ratePpm(member: number): number {
    return this.#clocks[member]?.ppm ?? 0;
  }

  /** The true delays of the samples behind the cell that an observer shows. */
  truth(observer: number, from: number, to: number): WindowStats | undefined {
    const sequence = observer === from ? this.#rows[from]?.sequence : this.#heard.get(`${observer} ${from}`);
    return this.#truths.get(`${from} ${sequence} ${to}`);
  }

  /** Lets time pass, a second at a time; after each, every member makes its row. */
  run(untilS: number, eachSecond: (second: number) => void = () => {}): void {
    while (this.#nowUs < untilS * 1e6) {
      const endUs = this.#nowUs + 1e6;
      for (const session of this.#sessions) this.#pulse(session, endUs);
      for (let next = this.#happenings.first(endUs); next !== undefined; next = this.#happenings.first(endUs)) {
        this.#happenings.delete(next);
        next();
      }
      this.#nowUs = endUs;
      for (const member of this.members.keys()) this.#makeRow(member);
      eachSecond(endUs / 1e6);
    }
  }

  get #intervalUs(): number {
    return (this.#world.intervalMs ?? 1_000) * 1_000;
  }

  #draw(): number {
    return unit(this.#rng);
  }

  #either(): number {
    return 2 * this.#draw() - 1;
  }

  #read(member: number, atUs: number): bigint {
    return EPOCH_NS + BigInt(Math.round((atUs + this.offsetUs(member, atUs)) * 1_000));
  }

  /** A stamp is early at the sender and late at the receiver, by no more than it says. */
  #stamp(member: number, peer: number, atUs: number, isLate: boolean): bigint {
    const errorNs = BigInt(Math.round(STAMP_ERROR_NS * this.#draw()));
    const lieNs = BigInt(Math.round((this.#world.stampLieUs?.(member, peer) ?? 0) * 1_000));
    return this.#read(member, atUs) + lieNs + (isLate ? errorNs : -errorNs);
  }

  #isDead(member: number, atUs: number): boolean {
    return (this.#world.deaths ?? []).some((death) => death.member === member && death.atS * 1e6 <= atUs);
  }

  #isCut(from: number, to: number, atUs: number): boolean {
    return (this.#world.cuts ?? []).some((cut) => cut.from === from && cut.to === to && cut.atS * 1e6 <= atUs);
  }

  #delayUs(from: number, to: number, atUs: number): number | undefined {
    const { baseUs, queueUs, loss } = this.path(from, to);
    const spike = this.#draw() < 0.005 ? 20 : 1;
    const delayUs = baseUs - spike * queueUs * Math.log(1 - this.#draw());
    const isLost = this.#draw() < loss || this.#isDead(from, atUs) || this.#isDead(to, atUs);
    return isLost || this.#isCut(from, to, atUs) ? undefined : delayUs;
  }

  #pulse(session: Session, endUs: number): void {
    for (;;) {
      const sentUs = session.phaseUs + session.sequence * this.#intervalUs;
      if (sentUs >= endUs) return;
      const sequence = session.sequence++;
      this.#happen(sentUs, () => this.#send(session, sequence, sentUs));
    }
  }

  #happen(atUs: number, what: () => void): void {
    this.#happenings.set(what, atUs);
  }

  #send(session: Session, sequence: number, sentUs: number): void {
    const { from, to } = session;
    const t1Ns = this.#stamp(from, to, sentUs, false);
    this.#take(from, { kind: "sent", peer: this.members[to] as PeerId, sequence, t1Ns, t1ErrorNs: STAMP_ERROR_NS });
    const row = this.#rows[from];
    const outUs = this.#delayUs(from, to, sentUs);
    if (outUs === undefined) return;
    const heardUs = sentUs + outUs;
    this.#happen(heardUs, () => {
      const t2Ns = this.#stamp(to, from, heardUs, true);
      const errors = { t1ErrorNs: STAMP_ERROR_NS, t2ErrorNs: STAMP_ERROR_NS };
      const [peer, flags] = [this.members[from] as PeerId, FLAGS];
      this.#take(to, { kind: "heard", peer, sequence, t1Ns, t2Ns, ...errors, flags });
      if (row !== undefined) this.#hearRow(to, from, row, t1Ns, sentUs, heardUs);
      this.#reflect(session, sequence, t1Ns, t2Ns, outUs, heardUs);
    });
  }

  #reflect(session: Session, sequence: number, t1Ns: bigint, t2Ns: bigint, outUs: number, heardUs: number): void {
    const { from, to } = session;
    const answeredUs = heardUs + 50 + 100 * this.#draw();
    const t3Ns = this.#stamp(to, from, answeredUs, false);
    const reflectorSequence = session.reflected++;
    const backUs = this.#delayUs(to, from, answeredUs);
    if (backUs === undefined) return;
    const arrivedUs = answeredUs + backUs;
    this.#happen(arrivedUs, () => {
      const t4Ns = this.#stamp(from, to, arrivedUs, true);
      const peer = this.members[to] as PeerId;
      const errors = {
        t1ErrorNs: STAMP_ERROR_NS,
        t2ErrorNs: STAMP_ERROR_NS,
        t3ErrorNs: STAMP_ERROR_NS,
        t4ErrorNs: STAMP_ERROR_NS,
      };
      const sample = { kind: "reply", peer, sequence, reflectorSequence, t1Ns, t2Ns, t3Ns, t4Ns } as const;
      this.#take(from, { ...sample, ...errors, flags: FLAGS });
      const [key, nowNs] = [`${from} ${to}`, t4Ns];
      const window = this.#truth.get(key) ?? new DelayWindow(STATS.windowMs, STATS.maxSamples);
      this.#truth.set(key, window);
      const steps = this.#hadStep(arrivedUs) ? this.#stats[from]?.view(peer, nowNs)?.clockSteps : undefined;
      if (steps !== undefined && steps !== this.#steps.get(key)) {
        this.#steps.set(key, steps);
        if (steps > 0) window.forget();
      }
      window.add(arrivedUs / 1_000, outUs, 0);
    });
  }

  #hadStep(atUs: number): boolean {
    return (this.#world.steps ?? []).some(({ atS }) => atUs > atS * 1e6 && atUs < (atS + 5) * 1e6);
  }

  #take(member: number, sample: PulseSample): void {
    this.#stats[member]?.take(sample);
  }

  #makeRow(member: number): void {
    const nowNs = this.#read(member, this.#nowUs);
    const sequence = Math.round(this.#nowUs / 1e6);
    const own = this.#stats[member]?.row(nowNs, sequence);
    if (own === undefined) return;
    for (const [to, peer] of this.members.entries()) {
      const truth = this.#truth.get(`${member} ${to}`)?.stats(this.#nowUs / 1_000);
      const counted = own.row.cells.get(peer)?.out?.samples ?? 0;
      // After a clock was set the member may have kept other samples than we: then they are not to be compared.
      const isSame = truth !== undefined && Math.abs(truth.samples - counted) <= counted / 10;
      this.#truths.set(`${member} ${sequence} ${to}`, isSame ? truth : undefined);
      this.#truths.delete(`${member} ${sequence - 20} ${to}`);
    }
    this.matrices.get(member)?.takeOwn(own, nowNs);
    const told = this.#world.lie?.(own.row, member) ?? own.row;
    this.#rows[member] = { octets: encodeRow(told, this.members, true), sequence, madeUs: this.#nowUs };
  }

  #hearRow(
    at: number,
    from: number,
    { octets, sequence, madeUs }: Made,
    t1Ns: bigint,
    sentUs: number,
    heardUs: number,
  ): void {
    const matrix = this.matrices.get(at);
    if (matrix === undefined) return;
    ageRow(octets, (sentUs - madeUs) / 1_000);
    const row = decodeRow(octets, this.members, t1Ns);
    if (typeof row === "string") throw new Error(row);
    if (matrix.takeRow(row, this.#read(at, heardUs))) this.#heard.set(`${at} ${from}`, sequence);
  }
}
