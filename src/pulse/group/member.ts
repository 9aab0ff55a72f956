// A member of a group: pulses all others in a thread of its own, makes a row of what it sees, takes the rows of all
// others from their pulses, and so holds the whole matrix without anybody's help.

import { SrwanError } from "../../base/errors.ts";
import { type ClockSkew, skewed } from "../clock-skew.ts";
import type { LivenessChange } from "../liveness.ts";
import { GroupMatrix } from "../matrix/group-matrix.ts";
import type { PeerId, PulseSample, Row, StampSource } from "../model.ts";
import type { Lateness, PulseNews } from "../plan.ts";
import { Pulse } from "../pulse.ts";
import { decodeRow, encodeRow } from "../row-tlv.ts";
import { MemberStats } from "../stats/member-stats.ts";
import {
  type HeldMatrix,
  type HeldRow,
  heldCell,
  heldClock,
  heldContradiction,
  ROW_EVERY_MS,
  staleAfterMs,
} from "./held.ts";
import { floorsOf, type Group, type GroupMember, idsOf, sameFootings, sameMember, sameOctets } from "./model.ts";
import { heldPath } from "./paths.ts";
import {
  type MemberSockets,
  neighbourPlan,
  type PathProbe,
  pathOfId,
  probeId,
  probePlan,
  reflectorPlans,
} from "./plans.ts";

export type MemberPlan = MemberSockets & {
  readonly self: PeerId;
  readonly stamps: StampSource;
  /** 0 to 1, drawn by chance: where in the interval the first pulse leaves. */
  readonly phaseStart: number;
  readonly skew?: ClockSkew | undefined;
};

/** Told at once. */
export type LivenessNews = LivenessChange & {
  readonly peer: PeerId;
  /** Undefined: the way to the peer itself. */
  readonly path: string | undefined;
  /** On the member's own clock. */
  readonly atWallNs: bigint;
};

type Link = Pick<LivenessChange, "state" | "dead"> & { readonly sinceNs: bigint };
type Listener<T> = (news: T) => void;

export class Member {
  readonly #plan: MemberPlan;
  readonly #pulse: Pulse;
  readonly #listeners = {
    liveness: new Set<Listener<LivenessNews>>(),
    row: new Set<Listener<Row>>(),
    trouble: new Set<Listener<SrwanError>>(),
  };
  readonly #startedNs: bigint;
  readonly #links = new Map<PeerId, Link>();
  readonly #probes = new Map<string, PathProbe>();
  readonly #rows = new Map<PeerId, { readonly sequence: number; readonly madeNs: bigint }>();
  readonly #refusedRows: Record<string, number> = {};
  readonly #stats: MemberStats;
  /** Probes of paths apart from the group's own, so that no row tells of them. */
  readonly #pathStats: MemberStats;
  #group: Group;
  /** In the group's order. */
  #ids: readonly PeerId[];
  #matrix: GroupMatrix;
  #inUse: ReadonlySet<PeerId> = new Set();
  #sequence: number;
  #rowTimer: NodeJS.Timeout | undefined;
  #stamps: StampSource | undefined;
  #counters: Readonly<Record<string, number>> = {};
  #late: Lateness = { p50Us: 0, p99Us: 0 };

  constructor(group: Group, plan: MemberPlan) {
    this.#plan = plan;
    this.#group = group;
    this.#ids = idsOf(group);
    this.#matrix = this.#freshMatrix();
    this.#stats = new MemberStats(plan.self);
    this.#pathStats = new MemberStats(plan.self);
    this.#startedNs = this.nowNs();
    this.#sequence = Number(this.#startedNs / 1_000_000_000n);
    this.#pulse = new Pulse(
      {
        neighbours: this.#others().map((other) => this.#neighbour(other)),
        reflectors: reflectorPlans(group, this.#own(), plan),
        synchronised: group.clocksWithinUs !== undefined,
        stamps: plan.stamps,
        phaseStart: plan.phaseStart,
        tellsReplies: false,
        skew: plan.skew,
      },
      (news) => this.#take(news),
    );
  }

  get self(): PeerId {
    return this.#plan.self;
  }

  /** Ends when its thread has ended; rejects when that ended by itself. */
  get ended(): Promise<void> {
    return this.#pulse.ended;
  }

  /** Resolves when its sockets are open and it pulses. */
  async start(): Promise<{ readonly stamps: StampSource; readonly ports: readonly number[] }> {
    const { stamps, reflectorPorts } = await this.#pulse.ready;
    this.#stamps = stamps;
    this.#rowTimer = setInterval(() => this.#makeRow(), ROW_EVERY_MS);
    return { stamps, ports: reflectorPorts };
  }

  /** Also of one that ended by itself. */
  async stop(): Promise<void> {
    clearInterval(this.#rowTimer);
    await this.#pulse.stop().catch(() => undefined);
  }

  /** Each gives back what ends it. */
  onLiveness = (listener: Listener<LivenessNews>): (() => void) => listening(this.#listeners.liveness, listener);
  onRow = (listener: Listener<Row>): (() => void) => listening(this.#listeners.row, listener);
  onTrouble = (listener: Listener<SrwanError>): (() => void) => listening(this.#listeners.trouble, listener);

  /** The member's own clock. */
  nowNs(): bigint {
    const ns = BigInt(Date.now()) * 1_000_000n;
    return this.#plan.skew === undefined ? ns : skewed(ns, this.#plan.skew);
  }

  /** Who belongs to the group from now on. What is known of those who stay where they are is kept. */
  setGroup(group: Group): void {
    const [before, own] = [this.#group, this.#own()];
    const still = group.members.find(({ id }) => id === this.self);
    if (still === undefined || !sameMember(still, own) || !sameFootings(group, before)) {
      const what = "left the group, or its address, its port, the group's key or its word on clocks has changed";
      throw new SrwanError("GROUP_INVALID", `${this.self}: it ${what}`, {
        remedy: "Stop the member and start it again: its sockets have to be opened anew.",
      });
    }
    const left = new Map(this.#others().map((other) => [other.id, other]));
    this.#group = group;
    this.#ids = idsOf(group);
    for (const other of this.#others()) {
      const known = left.get(other.id);
      if (known !== undefined && sameMember(known, other)) {
        left.delete(other.id);
        this.#pulse.setInterval(other.id, this.#intervalOf(other.id));
      }
    }
    for (const id of left.keys()) this.#forget(id);
    const stayed = new Set(idsOf(before).filter((id) => !left.has(id)));
    for (const other of this.#others()) if (!stayed.has(other.id)) this.#pulse.add(this.#neighbour(other));
    this.#matrix = this.#freshMatrix();
    this.#rows.clear();
  }

  /** Ways that carry traffic are pulsed at the fast interval, so that they are found dead sooner. */
  setInUse(peers: ReadonlySet<PeerId>): void {
    const before = this.#inUse;
    this.#inUse = new Set(peers);
    for (const { id } of this.#others()) {
      if (before.has(id) !== peers.has(id)) this.#pulse.setInterval(id, this.#intervalOf(id));
    }
  }

  /** Which candidate paths are probed from now on. */
  setProbes(probes: readonly PathProbe[]): void {
    const wanted = new Map(probes.map((probe) => [probe.path, probe]));
    for (const [path, probe] of this.#probes) {
      if (sameProbe(wanted.get(path), probe)) continue;
      this.#probes.delete(path);
      this.#links.delete(probeId(path));
      this.#pulse.remove(probeId(path));
      this.#pathStats.forget(probeId(path));
    }
    for (const probe of probes) {
      if (this.#probes.has(probe.path)) continue;
      this.#probes.set(probe.path, probe);
      this.#pulse.add(probePlan(this.#group, probe, this.#plan));
    }
  }

  /** All that it knew when it made its last row: clocks are reconciled once a second, and not for each who asks. */
  matrix(): HeldMatrix {
    const nowNs = this.#rows.get(this.self)?.madeNs ?? this.nowNs();
    const members = this.#ids;
    const cells = this.#matrix.cells(nowNs);
    const rows = members.map((member) => this.#heldRow(member, nowNs));
    const rowAgeMs = new Map(rows.map(({ member, ageMs }) => [member, ageMs ?? 0]));
    const direct = new Map(cells.filter(({ from }) => from === this.self).map((cell) => [cell.to, cell]));
    return {
      schema: "srwan.group-matrix/1",
      group: this.#group.name,
      member: this.self,
      at: timeText(nowNs),
      stamps: this.#stamps ?? null,
      staleAfterMs: staleAfterMs(this.#group.intervalMs),
      members: [...members],
      cells: cells.map((cell) => heldCell(cell, rowAgeMs.get(cell.from) ?? 0)),
      rows,
      links: this.#others().map(({ id }) => ({ peer: id, ...this.#heldLink(id) })),
      paths: [...this.#probes.values()].map(({ path, peer }) => ({
        path,
        peer,
        ...this.#heldLink(probeId(path)),
        ...heldPath(this.#pathStats.view(probeId(path), nowNs), this.#stats.view(peer, nowNs), direct.get(peer)),
      })),
      clocks: this.#matrix.offsets(nowNs).map(heldClock),
      contradictions: this.#matrix.contradictions(nowNs).map(heldContradiction),
      late: { p50Us: Math.round(this.#late.p50Us), p99Us: Math.round(this.#late.p99Us) },
      counters: { ...this.#counters, ...this.#refusedRows },
    };
  }

  #take(news: PulseNews): void {
    if (news.kind === "samples") for (const sample of news.samples) this.#takeSample(sample);
    else if (news.kind === "change") this.#takeChange(news.peer, news.change);
    else if (news.kind === "row") this.#takeRow(news.peer, news.value, news.t1Ns);
    else if (news.kind === "counters") {
      this.#counters = news.counters;
      this.#late = news.latenessUs;
    } else if (news.kind === "refused") {
      const why = `${news.peer} cannot be pulsed: ${String(news.error.message)}`;
      tell(this.#listeners.trouble, new SrwanError("PULSE_SOCKET_REFUSED", why, { remedy: String(news.error.remedy) }));
    }
  }

  #takeSample(sample: PulseSample): void {
    const isProbe = pathOfId(sample.peer) !== undefined;
    (isProbe ? this.#pathStats : this.#stats).take(sample);
    const within = this.#group.clocksWithinUs;
    if (isProbe || sample.kind === "sent" || within === undefined) return;
    this.#matrix.setSynchronised(sample.peer, sample.flags.peerSynchronised ? within : undefined);
  }

  #takeChange(id: PeerId, change: LivenessChange): void {
    const atWallNs = this.nowNs();
    const path = pathOfId(id);
    const peer = path === undefined ? id : this.#probes.get(path)?.peer;
    // Of one that was removed meanwhile.
    if (peer === undefined || !this.#ids.includes(peer)) return;
    this.#links.set(id, { state: change.state, dead: change.dead, sinceNs: atWallNs });
    tell(this.#listeners.liveness, { ...change, peer, path, atWallNs });
  }

  /** A row is taken from its owner alone. */
  #takeRow(peer: PeerId, value: Uint8Array, t1Ns: bigint): void {
    const nowNs = this.nowNs();
    const row = decodeRow(value, this.#ids, t1Ns);
    if (typeof row === "string" || row.member !== peer) {
      const why = typeof row === "string" ? row : "row-owner";
      this.#refusedRows[why] = (this.#refusedRows[why] ?? 0) + 1;
      return;
    }
    if (!this.#matrix.takeRow(row, nowNs)) return;
    this.#rows.set(peer, { sequence: row.sequence, madeNs: nowNs - (t1Ns - row.madeNs) });
    tell(this.#listeners.row, row);
  }

  #makeRow(): void {
    const nowNs = this.nowNs();
    const own = this.#stats.row(nowNs, this.#sequence++);
    this.#matrix.takeOwn(own, nowNs);
    this.#rows.set(this.self, { sequence: own.row.sequence, madeNs: nowNs });
    this.#pulse.setRow(encodeRow(own.row, this.#ids, true));
    tell(this.#listeners.row, own.row);
  }

  #forget(id: PeerId): void {
    this.#pulse.remove(id);
    this.#stats.forget(id);
    this.#links.delete(id);
  }

  #freshMatrix(): GroupMatrix {
    const within = this.#group.clocksWithinUs;
    return new GroupMatrix(this.self, this.#ids, {
      floorUs: floorsOf(this.#group),
      intervalMs: this.#group.intervalMs,
      ...(within !== undefined && { synchronised: new Map([[this.self, within]]) }),
    });
  }

  #own(): GroupMember {
    const own = this.#group.members.find(({ id }) => id === this.self);
    if (own !== undefined) return own;
    throw new SrwanError("GROUP_INVALID", `${this.self} is no member of the group ${this.#group.name}`, {
      remedy: `Name one of ${idsOf(this.#group).join(", ")}.`,
    });
  }

  #others = (): readonly GroupMember[] => this.#group.members.filter(({ id }) => id !== this.self);

  #neighbour = (other: GroupMember) =>
    neighbourPlan(this.#group, this.#own(), other, this.#intervalOf(other.id), this.#plan);

  #intervalOf = (id: PeerId): number => (this.#inUse.has(id) ? this.#group.fastIntervalMs : this.#group.intervalMs);

  #heldLink(id: PeerId) {
    const { state, dead, sinceNs } = this.#links.get(id) ?? {
      state: "unknown",
      dead: undefined,
      sinceNs: this.#startedNs,
    };
    return { state, dead: dead ?? null, since: timeText(sinceNs) } as const;
  }

  #heldRow(member: PeerId, nowNs: bigint): HeldRow {
    const row = this.#rows.get(member);
    const ageMs = row === undefined ? null : Math.max(0, Number((nowNs - row.madeNs) / 1_000_000n));
    return { member, sequence: row?.sequence ?? null, ageMs };
  }
}

function listening<T>(listeners: Set<Listener<T>>, listener: Listener<T>): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function tell<T>(listeners: ReadonlySet<Listener<T>>, news: T): void {
  for (const listener of listeners) listener(news);
}

const sameProbe = (a: PathProbe | undefined, b: PathProbe): boolean =>
  a !== undefined &&
  a.peer === b.peer &&
  a.port === b.port &&
  a.intervalMs === b.intervalMs &&
  sameOctets(a.address, b.address) &&
  sameOctets(a.from, b.from);

const timeText = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
