// The answering half of the pulse loop: a socket's requests become replies, and a neighbour's own pulses become samples
// of its way to us.

import { LIMITS } from "../base/limits.ts";
import { endpoint, keyOf } from "./address.ts";
import type { HeardSample, PeerId, PulseSample } from "./model.ts";
import type { ReflectorPlan } from "./plan.ts";
import { type Arrival, finishReply, type ReflectorSetup, reflect, refusePath } from "./reflect.ts";
import { readRowHeader } from "./row-tlv.ts";
import { Sessions } from "./sessions.ts";
import type { Datagram, PulseSocket, SendOptions } from "./socket.ts";
import { STAMP_METHOD, SYNC_SOURCE } from "./stamp-extensions.ts";
import { baseOctets, type Mac, oneRoom, packetIsGenuine } from "./stamp-packet.ts";
import { returnHeader } from "./stamp-sr.ts";
import type { WallClock } from "./wall-clock.ts";

/** How a neighbour's own pulses are believed. */
export type Guard = { readonly macs: readonly Mac[]; readonly takesOpen: boolean };

export type ReflectorTools = {
  readonly wall: WallClock;
  readonly monoMs: () => number;
  readonly macOf: (key: Uint8Array) => Mac;
  readonly synchronised: boolean;
  /** Which neighbour sends from this address. */
  readonly neighbourAt: (addressKey: string) => PeerId | undefined;
  /** Undefined: as anybody's. */
  readonly guardOf: (peer: PeerId) => Guard | undefined;
  readonly count: (what: string) => void;
  readonly sample: (sample: PulseSample) => void;
  readonly heard: (peer: PeerId) => void;
  readonly row: (peer: PeerId, value: Uint8Array, t1Ns: bigint) => void;
};

/**
 * The usual lag of a send, as its 90th percentile: a step up where it took longer, a small one down where it did not. One
 * send that was put aside does not spoil the next hundred; its own reply only looks late, never early.
 */
const [LAG_UP, LAG_DOWN] = [1.2, 0.98];

/** How one pulse is read and answered. */
type Seal = { readonly setup: ReflectorSetup; readonly mac: Mac | undefined };

export class Reflector {
  readonly #own: Seal;
  readonly #signed: ReflectorSetup;
  readonly #tools: ReflectorTools;
  readonly #sessions = new Sessions();
  readonly #room = oneRoom(LIMITS.pulseMaxOctets);
  readonly #maySend: (address: string) => boolean;
  /** The last row of each peer: the same one comes with each pulse, and is handed on once. Which is newer is not for here. */
  readonly #rows = new Map<PeerId, number>();

  constructor(plan: ReflectorPlan, own: readonly Uint8Array[], tools: ReflectorTools) {
    this.#tools = tools;
    this.#maySend = allowed(plan.sources, tools);
    const mayReturn = new Set(plan.returnAddresses.map(addressKey));
    const ours = new Set(own.map(addressKey));
    const setup: ReflectorSetup = {
      mode: plan.mode,
      stateful: plan.stateful,
      format: plan.format,
      synchronised: tools.synchronised,
      syncSource: tools.synchronised ? SYNC_SOURCE.ntp : SYNC_SOURCE.local,
      policy: {
        own: (address) => ours.has(addressKey(address)),
        mayReturnTo: (address) => mayReturn.has(addressKey(address)),
        maySteer: () => plan.steersReplies,
      },
      mayUseDscp: (dscp) => plan.dscps === undefined || plan.dscps.includes(dscp),
    };
    this.#own = { setup, mac: plan.key === undefined ? undefined : tools.macOf(plan.key) };
    this.#signed = { ...setup, mode: "authenticated" };
  }

  receive(socket: PulseSocket, datagram: Datagram): void {
    const { count, monoMs } = this.#tools;
    if (!this.#maySend(addressKey(datagram.from.address))) {
      count("request-not-allowed");
      return;
    }
    const peer = this.#tools.neighbourAt(addressKey(datagram.from.address));
    const seal = this.#sealOf(datagram.octets, peer);
    if (seal === undefined) {
      count("request-unsigned");
      return;
    }
    const { setup, mac } = seal;
    const done = reflect(arrivalOf(socket, datagram), setup, mac, this.#sessions, monoMs(), this.#room);
    if (done.kind === "refused") {
      count(`request-${done.why}`);
      return;
    }
    if (done.integrity === "failed") count("request-tlv-integrity");
    if (done.reply === undefined) count("asked-for-no-reply");
    else this.#answer(socket, datagram, seal, done, done.reply);
    if (peer !== undefined) this.#tell(datagram, peer, seal, done);
  }

  /** A neighbour that has keys is believed by whichever of them signed it; undefined where none did and one has to. */
  #sealOf(octets: Uint8Array, peer: PeerId | undefined): Seal | undefined {
    const guard = peer === undefined ? undefined : this.#tools.guardOf(peer);
    if (guard === undefined) return this.#own;
    const isLongEnough = octets.length >= baseOctets("authenticated");
    const mac = guard.macs.find((one) => isLongEnough && packetIsGenuine(octets, one));
    if (mac !== undefined) return { setup: this.#signed, mac };
    return guard.takesOpen ? this.#own : undefined;
  }

  #answer(
    socket: PulseSocket,
    datagram: Datagram,
    { setup, mac }: Seal,
    { path, dscp, session }: Answered,
    reply: Uint8Array,
  ): void {
    const { count, wall } = this.#tools;
    const { from, destination } = datagram;
    const asked = path?.kind === "path" ? path : undefined;
    const to = asked?.address === undefined ? from : endpoint(asked.address, from.port);
    const steers = asked?.sids !== undefined && socket.steers && to.address.length === 16;
    if (asked?.sids !== undefined && !steers) refusePath(reply, setup, mac);
    const options: SendOptions = {
      ...(destination && { from: destination }),
      ...(dscp !== undefined && { trafficClass: dscp << 2 }),
      ...(steers && { routingHeader: returnHeader(asked.sids, to.address) }),
    };
    const t3Ns = wall.nowNs();
    finishReply(reply, t3Ns, setup, mac, session);
    const errno = socket.send(reply, to, options);
    session.sendErrorNs *= Number(wall.nowNs() - t3Ns) > session.sendErrorNs ? LAG_UP : LAG_DOWN;
    count(errno === 0 ? "answered" : "answer-refused");
    if (errno !== 0) count(`answer-errno-${errno}`);
  }

  #tell({ receivedNs, errorNs, source }: Datagram, peer: PeerId, { setup, mac }: Seal, done: Answered): void {
    const { request, session, row } = done;
    const sequence = session.widener.widen(request.sequence);
    // A pulse that comes again, or late, says nothing of the path now.
    if (sequence > session.newest) {
      session.newest = sequence;
      this.#tools.heard(peer);
    }
    const sample: HeardSample = {
      kind: "heard",
      peer,
      sequence,
      t1Ns: request.t1Ns,
      t2Ns: receivedNs,
      t1ErrorNs: request.error.errorNs ?? 0,
      t2ErrorNs: errorNs,
      flags: {
        stampSource: source,
        peerSynchronised: request.error.synchronised,
        authenticated: setup.mode === "authenticated",
        reflectorStayUnknown: false,
      },
    };
    this.#tools.sample(sample);
    if (row === undefined || (mac !== undefined && done.integrity !== "genuine")) return;
    const header = readRowHeader(row);
    if (typeof header === "string") {
      this.#tools.count(header);
      return;
    }
    if (header.members === 0 || header.sequence === this.#rows.get(peer)) return;
    this.#rows.set(peer, header.sequence);
    this.#tools.row(peer, row.slice(), request.t1Ns);
  }
}

function allowed(sources: ReflectorPlan["sources"], tools: ReflectorTools): (address: string) => boolean {
  if (sources === undefined) return () => true;
  if (sources === "neighbours") return (address) => tools.neighbourAt(address) !== undefined;
  const known = new Set(sources.map(addressKey));
  return (address) => known.has(address);
}

type Answered = Extract<ReturnType<typeof reflect>, { kind: "answered" }>;

/** An address alone, as a key. */
export const addressKey = (address: Uint8Array): string => keyOf(address, 0);

const arrivalOf = (socket: PulseSocket, datagram: Datagram): Arrival => ({
  octets: datagram.octets,
  sourceKey: datagram.from.key,
  source: datagram.from.address,
  sourcePort: datagram.from.port,
  destination: datagram.destination ?? (socket.address.some((octet) => octet !== 0) ? socket.address : undefined),
  destinationPort: socket.port,
  hopLimit: datagram.hopLimit,
  trafficClass: datagram.trafficClass,
  receivedNs: datagram.receivedNs,
  errorNs: datagram.errorNs,
  method: STAMP_METHOD.softwareLocal,
});
