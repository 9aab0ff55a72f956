// The pulse loop: sockets, neighbours and reflectors of one thread that does nothing else. It is driven by the kernel's
// poll, where libc is at hand, so that a wait ends to the microsecond and a stamp is the kernel's; else by Node's timers.

import { asSrwanError, SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { RealRng } from "../base/real-rng.ts";
import { between } from "../base/rng.ts";
import { skewed } from "./clock-skew.ts";
import { DgramSocket, LoopLag } from "./dgram-socket.ts";
import { slotAfter } from "./due.ts";
import { checkAddress, KernelSocket } from "./kernel-socket.ts";
import { Histogram } from "./lateness.ts";
import { C, type Libc, loadLibc } from "./libc.ts";
import { createMac } from "./mac.ts";
import type { PeerId, PulseSample } from "./model.ts";
import { Neighbours } from "./neighbours.ts";
import type { LoopNews, NeighbourPlan, Order, PulsePlan, ReplyTold } from "./plan.ts";
import { addressKey, Reflector } from "./reflector.ts";
import { SampleBatch } from "./sample-batch.ts";
import type { Datagram, PulseSocket, SocketPlan } from "./socket.ts";
import { viewOf } from "./stamp-packet.ts";
import { CalibratedClock, kernelClock, skewedClock, type WallClock } from "./wall-clock.ts";

/** Samples wait this long for company; changes of liveness and rows do not wait. */
const FLUSH_MS = { quick: 50, slow: 100 } as const;
const FLUSH_SAMPLES = 2_000;
const COUNTERS_MS = 500;
/** Lateness is that of the last ten seconds or so. */
const FADE = 0.95;

export type Mailbox = {
  readonly tell: (news: LoopNews) => void;
  /** The next order that waits, at once. */
  readonly take: () => Order | undefined;
};

export class PulseLoop {
  readonly #mailbox: Mailbox;
  readonly #plan: PulsePlan;
  readonly #libc: Libc | undefined;
  readonly #trueWall: WallClock;
  /** As this member's clock shows it: the true one but in labs. */
  readonly #wall: WallClock;
  readonly #lag: LoopLag | undefined;
  readonly #neighbours: Neighbours;
  readonly #sockets = new Map<PulseSocket, Reflector | undefined>();
  readonly #senders = new Map<string, PulseSocket>();
  readonly #names = new Map<string, PeerId>();
  readonly #counters: Record<string, number> = {};
  readonly #lateness = new Histogram();
  readonly #samples = new SampleBatch();
  #replies: ReplyTold[] = [];
  #flushAtMs = 0;
  #countersAtMs = 0;
  #stopped = false;

  constructor(plan: PulsePlan, mailbox: Mailbox) {
    this.#plan = plan;
    this.#mailbox = mailbox;
    this.#libc = plan.stamps === "kernel" ? loadLibc() : undefined;
    this.#trueWall = this.#libc === undefined ? new CalibratedClock() : kernelClock(this.#libc);
    this.#wall = plan.skew === undefined ? this.#trueWall : skewedClock(this.#trueWall, plan.skew);
    this.#lag = this.#libc === undefined ? new LoopLag() : undefined;
    const rng = new RealRng();
    this.#neighbours = new Neighbours({
      ...this.#shared(),
      randomSsid: () => between(rng, 1, 0xffff),
      phaseStart: plan.phaseStart,
      synchronised: plan.synchronised,
      stateful: plan.reflectors.every(({ stateful }) => stateful),
      tellsReplies: plan.tellsReplies,
      lateness: this.#lateness,
      reply: (told) => this.#replies.push(told),
      change: (peer, change) => mailbox.tell({ kind: "change", peer, change }),
      finished: (peer) => {
        this.#flush();
        mailbox.tell({ kind: "finished", peer });
      },
    });
  }

  /** Opens everything, then runs until it is ordered to stop. */
  async run(): Promise<void> {
    const ports: number[] = [];
    for (const plan of this.#plan.reflectors) {
      const socket = await this.#open(plan);
      const reflector = new Reflector(plan, [plan.address], {
        ...this.#shared(),
        synchronised: this.#plan.synchronised,
        neighbourAt: (address) => this.#names.get(address),
        heard: (peer) => this.#neighbours.heard(peer),
        row: (peer, value, t1Ns) => this.#mailbox.tell({ kind: "row", peer, value, t1Ns }),
      });
      this.#sockets.set(socket, reflector);
      ports.push(socket.port);
    }
    for (const plan of this.#plan.neighbours) await this.#add(plan);
    const stamps = this.#libc === undefined ? "handler" : "kernel";
    this.#mailbox.tell({ kind: "ready", stamps, reflectorPorts: ports });
    await (this.#libc === undefined ? this.#runOnTimers() : this.#runOnPoll(this.#libc));
    this.#flush();
    this.#tellCounters();
    this.#lag?.stop();
    if (this.#trueWall instanceof CalibratedClock) this.#trueWall.stop();
    for (const socket of this.#sockets.keys()) socket.close();
  }

  #shared() {
    return {
      wall: this.#wall,
      monoMs: () => performance.now(),
      macOf: createMac,
      count: (what: string) => this.#count(what),
      sample: (sample: PulseSample) => this.#samples.add(sample),
    };
  }

  async #runOnPoll(libc: Libc): Promise<void> {
    const timeout = new Uint8Array(new ArrayBuffer(16));
    const wait = viewOf(timeout);
    let [polled, unwatched]: [KernelSocket[], KernelSocket[]] = [[], []];
    let [known, wereSlow] = [0, false];
    let fds = pollSet([]);
    let gathers = false;
    while (!this.#stopped) {
      const { areSlow } = this.#neighbours;
      if (known !== this.#sockets.size || wereSlow !== areSlow) {
        [known, wereSlow] = [this.#sockets.size, areSlow];
        const all = [...this.#sockets.keys()].filter((socket) => socket instanceof KernelSocket);
        const isWatched = (socket: KernelSocket): boolean => !areSlow || this.#sockets.get(socket) !== undefined;
        [polled, unwatched] = [all.filter(isWatched), all.filter((socket) => !isWatched(socket))];
        fds = pollSet(polled);
      }
      let came = 0;
      for (const [i, socket] of polled.entries()) {
        if (gathers || fds[i * POLLFD + 6] !== 0) came += socket.drain((datagram) => this.#receive(socket, datagram));
      }
      for (const socket of unwatched) socket.drain((datagram) => this.#receive(socket, datagram));
      this.#neighbours.tick();
      await this.#chores();
      // To be woken for each packet costs several times what the packet does. Where some came, the next are let gather until
      // the slot ends; their stamps are the kernel's, so only the answer waits, and its stay is told.
      gathers = came > 0;
      const nowMs = performance.now();
      const untilMs = gathers ? Math.min(this.#nextMs(), slotAfter(nowMs)) : this.#nextMs();
      wait.setBigInt64(8, BigInt(Math.max(0, Math.round((untilMs - nowMs) * 1e6))), true);
      libc.ppoll(fds, gathers ? 0 : polled.length, timeout, null);
    }
  }

  async #runOnTimers(): Promise<void> {
    while (!this.#stopped) {
      this.#neighbours.tick();
      await this.#chores();
      const waitMs = this.#nextMs() - performance.now();
      // A timer never fires early, but up to a millisecond late; what is nearer waits its turn by setImmediate.
      await new Promise<void>((resolve) =>
        waitMs < 1 ? setImmediate(resolve) : setTimeout(resolve, Math.floor(waitMs)),
      );
    }
  }

  #nextMs(): number {
    return Math.min(this.#neighbours.nextAtMs, performance.now() + LIMITS.pulseIdleMs);
  }

  async #chores(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs >= this.#flushAtMs || this.#samples.count >= FLUSH_SAMPLES) {
      this.#flush();
      this.#flushAtMs = nowMs + (this.#neighbours.areSlow ? FLUSH_MS.slow : FLUSH_MS.quick);
      for (let order = this.#mailbox.take(); order !== undefined; order = this.#mailbox.take()) await this.#obey(order);
    }
    if (nowMs >= this.#countersAtMs) {
      this.#tellCounters();
      this.#countersAtMs = nowMs + COUNTERS_MS;
    }
  }

  async #obey(order: Order): Promise<void> {
    if (order.kind === "stop") this.#stopped = true;
    else if (order.kind === "add") await this.#tryAdd(order.neighbour);
    else if (order.kind === "remove") this.#remove(order.peer);
    else if (order.kind === "row") this.#neighbours.setRow(order.value);
    else this.#neighbours.setInterval(order.peer, order.intervalMs);
  }

  /** One that cannot be added is no reason to leave the others. */
  async #tryAdd(plan: NeighbourPlan): Promise<void> {
    try {
      await this.#add(plan);
    } catch (thrown) {
      this.#mailbox.tell({ kind: "refused", peer: plan.id, error: asSrwanError(thrown).toJSON() });
    }
  }

  async #add(plan: NeighbourPlan): Promise<void> {
    if (this.#neighbours.size >= LIMITS.pulsePeersMax) {
      throw new SrwanError("VALUE_INVALID", `more than ${LIMITS.pulsePeersMax} neighbours`, {
        remedy: "Measure fewer: a group has at most 100 members.",
      });
    }
    const any = new Uint8Array(plan.address.length);
    // A kernel's socket sends from any address, each packet from its own: one for all, however many segments there are.
    if (this.#libc !== undefined && plan.from !== undefined) {
      checkAddress(this.#libc, { address: plan.from, port: 0, namespace: plan.namespace });
    }
    const address = this.#libc === undefined ? (plan.from ?? any) : any;
    const place: SocketPlan = { address, port: 0, namespace: plan.namespace };
    const key = `${place.namespace ?? ""}|${addressKey(place.address)}`;
    const socket = this.#senders.get(key) ?? (await this.#open(place));
    this.#senders.set(key, socket);
    this.#sockets.set(socket, undefined);
    this.#names.set(addressKey(plan.address), plan.id);
    this.#neighbours.add(plan, socket);
  }

  #remove(peer: PeerId): void {
    this.#neighbours.remove(peer);
    for (const [address, name] of this.#names) if (name === peer) this.#names.delete(address);
  }

  async #open(place: SocketPlan): Promise<PulseSocket> {
    if (this.#libc !== undefined) return new KernelSocket(this.#libc, place);
    const lag = this.#lag ?? new LoopLag();
    return DgramSocket.open(place, this.#trueWall, lag, (socket, datagram) => this.#receive(socket, datagram));
  }

  #receive(socket: PulseSocket, arrived: Datagram): void {
    const { skew } = this.#plan;
    const datagram = skew === undefined ? arrived : { ...arrived, receivedNs: skewed(arrived.receivedNs, skew) };
    const reflector = this.#sockets.get(socket);
    if (reflector !== undefined) reflector.receive(socket, datagram);
    else this.#neighbours.receive(socket, datagram);
  }

  #count(what: string): void {
    this.#counters[what] = (this.#counters[what] ?? 0) + 1;
  }

  #flush(): void {
    if (this.#samples.count + this.#replies.length === 0) return;
    this.#mailbox.tell({ kind: "samples", samples: this.#samples.take(), replies: this.#replies });
    this.#replies = [];
  }

  #tellCounters(): void {
    const latenessUs = { p50Us: this.#lateness.quantileUs(0.5), p99Us: this.#lateness.quantileUs(0.99) };
    this.#mailbox.tell({ kind: "counters", counters: { ...this.#counters }, latenessUs });
    this.#lateness.fade(FADE);
  }
}

const POLLFD = 8;

/** struct pollfd: descriptor, wanted events, seen events. */
function pollSet(sockets: readonly KernelSocket[]): Uint8Array {
  const fds = new Uint8Array(new ArrayBuffer(POLLFD * Math.max(1, sockets.length)));
  const view = viewOf(fds);
  for (const [i, { fd }] of sockets.entries()) {
    view.setInt32(i * POLLFD, fd, true);
    view.setInt16(i * POLLFD + 4, C.POLLIN, true);
  }
  return fds;
}
