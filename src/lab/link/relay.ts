// The relay: takes every frame of the lab's VXLAN devices on one UDP socket, and sends each to the other end of its link
// when its wire says so.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { LIMITS } from "../../base/limits.ts";
import { SeededRng } from "../../base/rng.ts";
import { socketDrops } from "../machine.ts";
import type { Impairment } from "../model.ts";
import { monoUs, Pacer } from "../pacer.ts";
import { DelayQueue } from "./delay-queue.ts";
import type { WireCounters } from "./driver.ts";
import { farNetwork, RELAY, VXLAN_HEADER } from "./relay-commands.ts";
import { type Chance, isChatter, Wire } from "./wire.ts";

/** What waking this process and the receiver takes, and half a nap: taken off the delay, so that the median is right. */
const SEEN_LATE_US = 300;
type Lane = { readonly wire: Wire; readonly far: number; sent: number; lost: number; full: number };

const chanceFrom = (seed: number): Chance => ({ traffic: new SeededRng(seed), chatter: new SeededRng(~seed) });

const NONE = { sent: 0, lost: 0, full: 0 };

export class Relay {
  readonly #lanes = new Map<number, Lane>();
  readonly #held = new DelayQueue<Buffer>();
  readonly #in: Socket;
  readonly #out: Socket;
  readonly #pacer = new Pacer(() => this.#release());
  #ownLoss = 0;

  private constructor(incoming: Socket, outgoing: Socket) {
    this.#in = incoming;
    this.#out = outgoing;
    incoming.on("message", (frame) => this.#take(frame));
    // A full send buffer: what cannot be sent is lost, and said to be.
    outgoing.on("error", () => this.#ownLoss++);
  }

  static async open(): Promise<Relay> {
    const [incoming, outgoing] = [createSocket("udp4"), createSocket("udp4")];
    incoming.bind(RELAY.port, RELAY.relayAddress);
    outgoing.connect(RELAY.port, RELAY.underAddress);
    await Promise.all([once(incoming, "listening"), once(outgoing, "connect")]);
    incoming.setRecvBufferSize(LIMITS.labRelayBufferOctets);
    outgoing.setSendBufferSize(LIMITS.labRelayBufferOctets);
    return new Relay(incoming, outgoing);
  }

  /** What happens to frames that a link's end sends under this network identifier. */
  set(network: number, does: Impairment): void {
    const lane = this.#lanes.get(network);
    if (lane) lane.wire.does = does;
    else this.#lanes.set(network, { wire: new Wire(chanceFrom(network), does), far: farNetwork(network), ...NONE });
  }

  /** Each direction draws from a seed of its own: what one carries does not change what another loses. */
  reseed(seed: number): void {
    const seeds = new SeededRng(seed);
    for (const network of [...this.#lanes.keys()].toSorted((a, b) => a - b)) {
      const lane = this.#lanes.get(network) as Lane;
      lane.wire.reseed(chanceFrom(seeds.uint32()));
    }
  }

  counters(network: number): WireCounters {
    const { sent, lost, full } = this.#lanes.get(network) ?? NONE;
    return { sent, lost, full };
  }

  /** Frames that found no room in the relay or in its sockets. */
  ownLoss(): number {
    return this.#ownLoss + socketDrops("udp", RELAY.port);
  }

  close(): void {
    this.#pacer.stop();
    this.#in.close();
    this.#out.close();
  }

  #take(frame: Buffer): void {
    // The network identifier is the three octets from the fifth (RFC 7348 section 5).
    const lane = frame.length > VXLAN_HEADER ? this.#lanes.get(frame.readUIntBE(4, 3)) : undefined;
    if (lane === undefined) return;
    lane.sent++;
    const nowUs = monoUs();
    const due = lane.wire.send(frame.length - VXLAN_HEADER, nowUs, isChatter(frame, VXLAN_HEADER));
    if (typeof due === "string") {
      lane[due]++;
      return;
    }
    frame.writeUIntBE(lane.far, 4, 3);
    if (due <= nowUs) {
      this.#out.send(frame);
      return;
    }
    if (this.#held.size >= LIMITS.labHeldMaxFrames) {
      this.#ownLoss++;
      return;
    }
    const dueUs = due - SEEN_LATE_US;
    this.#held.push(dueUs, frame);
    this.#pacer.at(dueUs);
  }

  #release(): number {
    const nowUs = monoUs();
    while (this.#held.nextDueUs <= nowUs) {
      const frame = this.#held.pop();
      if (frame) this.#out.send(frame);
    }
    return this.#held.nextDueUs;
  }
}
