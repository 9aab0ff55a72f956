// The sending half of the pulse loop: each neighbour's pulses at their times, what becomes of their replies, and whether
// its path lives.

import { LIMITS } from "../base/limits.ts";
import { endpoint } from "./address.ts";
import { DueHeap, phase, slotAfter, slotOf } from "./due.ts";
import type { Histogram } from "./lateness.ts";
import { Liveness, type LivenessChange } from "./liveness.ts";
import type { PeerId, PulseSample } from "./model.ts";
import type { NeighbourPlan, ReplyTold } from "./plan.ts";
import { ageRow, encodeGreeting } from "./row-tlv.ts";
import { PulseSession, type Received } from "./session.ts";
import type { Datagram, Endpoint, PulseSocket, SendOptions } from "./socket.ts";
import { directMeasurement, readExtension } from "./stamp-extensions.ts";
import { type Mac, oneRoom } from "./stamp-packet.ts";
import { TLV, TLV_HEADER_OCTETS, tlv } from "./stamp-tlv.ts";
import type { WallClock } from "./wall-clock.ts";

export type NeighbourTools = {
  readonly wall: WallClock;
  readonly monoMs: () => number;
  readonly macOf: (key: Uint8Array) => Mac;
  readonly randomSsid: () => number;
  readonly phaseStart: number;
  readonly synchronised: boolean;
  /** Ours keep state and say so in their greeting. */
  readonly stateful: boolean;
  readonly tellsReplies: boolean;
  readonly lateness: Histogram;
  readonly count: (what: string) => void;
  readonly sample: (sample: PulseSample) => void;
  readonly reply: (told: ReplyTold) => void;
  readonly change: (peer: PeerId, change: LivenessChange) => void;
  readonly finished: (peer: PeerId) => void;
};

type Neighbour = {
  readonly plan: NeighbourPlan;
  readonly session: PulseSession;
  readonly to: Endpoint;
  readonly socket: PulseSocket;
  readonly liveness: Liveness | undefined;
  intervalMs: number;
  nextMs: number;
  sent: number;
};

const INITIAL_HOPS = 255;
const SSID_AT = [
  ["open", 14],
  ["authenticated", 26],
] as const;
const optionsOf = ({ from, trafficClass }: NeighbourPlan): SendOptions => ({
  ...(from !== undefined && { from }),
  ...(trafficClass !== undefined && { trafficClass }),
});
/** A last reply may still come this long after the last pulse. */
const LINGER_MS = 1_000;

export class Neighbours {
  readonly #tools: NeighbourTools;
  readonly #due = new DueHeap<Neighbour>();
  readonly #byId = new Map<PeerId, Neighbour>();
  /** By socket: replies name their session by SSID, old reflectors by nothing but their address. */
  readonly #bySsid = new Map<PulseSocket, Map<number, Neighbour>>();
  readonly #byEndpoint = new Map<PulseSocket, Map<string, Neighbour>>();
  readonly #room = oneRoom(LIMITS.pulseMaxOctets);
  #added = 0;
  #areSlow = true;
  /** The whole extension, and the window on its value. */
  #row: { readonly tlv: Uint8Array; readonly value: Uint8Array; readonly madeMs: number } | undefined;

  constructor(tools: NeighbourTools) {
    this.#tools = tools;
  }

  get nextAtMs(): number {
    return this.#due.nextAt;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Nobody waits for a reply in less time than the loop takes to wake by itself. */
  get areSlow(): boolean {
    return this.#areSlow && !this.#tools.tellsReplies;
  }

  add(plan: NeighbourPlan, socket: PulseSocket): void {
    this.remove(plan.id);
    const { monoMs, macOf, randomSsid, phaseStart, synchronised } = this.#tools;
    const ssids = this.#bySsid.get(socket) ?? new Map<number, Neighbour>();
    let ssid = plan.light ? 0 : randomSsid();
    while (ssid !== 0 && ssids.has(ssid)) ssid = randomSsid();
    const session = new PulseSession({
      peer: plan.id,
      mode: plan.mode,
      mac: plan.key === undefined ? undefined : macOf(plan.key),
      signsTlvs: plan.key !== undefined,
      ssid,
      format: plan.format,
      synchronised,
      reflectorIsStateful: plan.reflectorIsStateful,
    });
    const neighbour: Neighbour = {
      plan,
      session,
      to: endpoint(plan.address, plan.port),
      socket,
      liveness: plan.watchesLiveness ? new Liveness() : undefined,
      intervalMs: plan.intervalMs,
      nextMs: slotAfter(monoMs() + phase(this.#added++, phaseStart) * plan.intervalMs, slotOf(plan.intervalMs)),
      sent: 0,
    };
    this.#byId.set(plan.id, neighbour);
    this.#bySsid.set(socket, ssid === 0 ? ssids : ssids.set(ssid, neighbour));
    const endpoints = this.#byEndpoint.get(socket) ?? new Map<string, Neighbour>();
    this.#byEndpoint.set(socket, endpoints.set(neighbour.to.key, neighbour));
    this.#arm(neighbour);
    this.#lookHowSlow();
  }

  remove(peer: PeerId): void {
    const neighbour = this.#byId.get(peer);
    if (neighbour === undefined) return;
    this.#byId.delete(peer);
    this.#due.delete(neighbour);
    this.#bySsid.get(neighbour.socket)?.delete(neighbour.session.setup.ssid);
    this.#byEndpoint.get(neighbour.socket)?.delete(neighbour.to.key);
    this.#lookHowSlow();
  }

  /** Takes effect at once: the next pulse leaves within the new interval. */
  setInterval(peer: PeerId, intervalMs: number): void {
    const neighbour = this.#byId.get(peer);
    if (neighbour === undefined) return;
    const share = Math.max(0, neighbour.nextMs - this.#tools.monoMs()) / neighbour.intervalMs;
    neighbour.intervalMs = intervalMs;
    neighbour.nextMs = slotAfter(this.#tools.monoMs() + share * intervalMs, slotOf(intervalMs));
    this.#arm(neighbour);
    this.#lookHowSlow();
  }

  setRow(value: Uint8Array): void {
    const whole = tlv(TLV.row, value);
    this.#row = { tlv: whole, value: whole.subarray(TLV_HEADER_OCTETS), madeMs: this.#tools.monoMs() };
  }

  /** A pulse of the peer's own was reflected. */
  heard(peer: PeerId): void {
    this.#byId.get(peer)?.liveness?.heard(this.#tools.monoMs());
  }

  /** Sends and judges what is due; sockets have been drained before. */
  tick(): void {
    for (;;) {
      const nowMs = this.#tools.monoMs();
      const neighbour = this.#due.first(nowMs);
      if (neighbour === undefined) return;
      this.#serve(neighbour, nowMs);
      if (this.#byId.has(neighbour.plan.id)) this.#arm(neighbour);
    }
  }

  receive(socket: PulseSocket, datagram: Datagram): void {
    const { count, sample } = this.#tools;
    const { octets, receivedNs, errorNs, source } = datagram;
    const neighbour = this.#neighbourOf(socket, datagram);
    const got = neighbour?.session.receive(octets, receivedNs, errorNs, source);
    if (neighbour === undefined || got === undefined || got.kind === "refused") {
      count(got?.kind === "refused" ? got.why : "reply-not-ours");
      return;
    }
    count("replies");
    if (got.extensions !== "usable") count(got.extensions);
    sample(got.sample);
    // By the kernel's stamp: how long the reply has waited for us is not the path's doing.
    const rttMs = Math.max(0, Number(receivedNs - got.sample.t1Ns) / 1e6);
    this.#told(neighbour, neighbour.liveness?.answered(got.sample.sequence, rttMs, this.#tools.monoMs()));
    if (neighbour.liveness !== undefined) this.#arm(neighbour);
    if (this.#tools.tellsReplies) this.#tellReply(neighbour, got);
  }

  #tellReply({ plan }: Neighbour, got: Extract<Received, { kind: "reply" }>): void {
    const { senderTtl } = got;
    this.#tools.reply({
      peer: plan.id,
      sequence: got.sample.sequence,
      duplicate: got.duplicate,
      hops: senderTtl === undefined || senderTtl === 0 ? undefined : INITIAL_HOPS - senderTtl,
      told: got.tlvs.flatMap((one) => readExtension(one, plan.format, got.sample.t4Ns) ?? []),
      extensions: got.extensions,
      lacks: got.lacks,
    });
  }

  /** By its SSID, which lies elsewhere in each mode; a reflector that gives none back is known by its address. */
  #neighbourOf(socket: PulseSocket, { octets, from }: Datagram): Neighbour | undefined {
    const ssids = this.#bySsid.get(socket);
    for (const [mode, at] of SSID_AT) {
      const found = ssids?.get(((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0));
      if (found?.plan.mode === mode) return found;
    }
    return this.#byEndpoint.get(socket)?.get(from.key);
  }

  #serve(neighbour: Neighbour, nowMs: number): void {
    const { liveness, plan } = neighbour;
    this.#told(neighbour, liveness?.pass(nowMs));
    if (liveness?.takeExtra(nowMs)) this.#send(neighbour, nowMs, true);
    if (neighbour.nextMs > nowMs) return;
    if (plan.count !== undefined && neighbour.sent >= plan.count) {
      this.remove(plan.id);
      this.#tools.finished(plan.id);
      return;
    }
    this.#tools.lateness.add((nowMs - neighbour.nextMs) * 1_000);
    this.#send(neighbour, nowMs, false);
    neighbour.sent++;
    const last = plan.count !== undefined && neighbour.sent >= plan.count;
    neighbour.nextMs += last ? LINGER_MS : neighbour.intervalMs;
    // After a standstill, pulses are not made up for.
    if (neighbour.nextMs <= nowMs) neighbour.nextMs = nowMs + neighbour.intervalMs;
  }

  #send(neighbour: Neighbour, nowMs: number, extra: boolean): void {
    const { session, socket, plan, to, liveness } = neighbour;
    const { wall, count, sample } = this.#tools;
    const errorNs = socket.errorNs + wall.errorNs;
    const pulse = session.prepare(this.#extensionsOf(neighbour), errorNs, this.#room);
    const t1Ns = wall.nowNs();
    session.stamp(pulse, t1Ns);
    const errno = socket.send(pulse.octets, to, optionsOf(plan));
    // It left between this reading and the next. T1 stays the earlier one: a thread put aside in between makes a delay
    // look longer, never shorter, and so a minimum stays true.
    const t1ErrorNs = Number(wall.nowNs() - t1Ns) + wall.errorNs;
    count(errno === 0 ? "sent" : "send-refused");
    if (errno !== 0) count(`send-errno-${errno}`);
    session.sent(pulse, t1Ns, t1ErrorNs);
    sample({ kind: "sent", peer: plan.id, sequence: pulse.sequence, t1Ns, t1ErrorNs });
    liveness?.sent(pulse.sequence, nowMs, extra);
  }

  #extensionsOf({ plan, sent }: Neighbour): readonly Uint8Array[] {
    if (!plan.greets && !plan.countsDirectly) return plan.extensions;
    const counted = plan.countsDirectly ? [directMeasurement(sent + 1)] : [];
    return [...plan.extensions, ...counted, ...(plan.greets ? [this.#greeting()] : [])];
  }

  #greeting(): Uint8Array {
    if (this.#row === undefined) return tlv(TLV.row, encodeGreeting(this.#tools.stateful));
    ageRow(this.#row.value, this.#tools.monoMs() - this.#row.madeMs);
    return this.#row.tlv;
  }

  #told(neighbour: Neighbour, change: LivenessChange | undefined): void {
    if (change !== undefined) this.#tools.change(neighbour.plan.id, change);
  }

  #lookHowSlow(): void {
    this.#areSlow = this.#byId.values().every(({ intervalMs }) => intervalMs >= LIMITS.pulseSlowMs);
  }

  #arm(neighbour: Neighbour): void {
    this.#due.set(neighbour, Math.min(neighbour.nextMs, neighbour.liveness?.dueMs ?? Number.POSITIVE_INFINITY));
  }
}
