// A sender's session with one reflector: builds pulses, remembers those on their way, and turns a reply into a sample or
// into a reason why it is none. Pure: the clock and the socket are the caller's.

import type { PeerId, ReplySample, StampSource } from "./model.ts";
import { type Pending, PendingPulses } from "./pending.ts";
import { readRowHeader } from "./row-tlv.ts";
import { Widener } from "./sequence.ts";
import {
  baseOctets,
  echoes,
  MAC_OCTETS,
  type Mac,
  newRoom,
  packetIsGenuine,
  type Room,
  readReply,
  type StampMode,
  signPacket,
  stampPacket,
  writeRequest,
  writtenTime,
} from "./stamp-packet.ts";
import type { TimestampFormat } from "./stamp-time.ts";
import {
  checkIntegrity,
  hmacTlv,
  signTlvs,
  TLV,
  TLV_HEADER_OCTETS,
  type Tlv,
  usableTlvs,
  walkTlvs,
} from "./stamp-tlv.ts";

export type SessionSetup = {
  readonly peer: PeerId;
  readonly mode: StampMode;
  readonly mac: Mac | undefined;
  /** Guards extensions in the open mode too, where a key is at hand. */
  readonly signsTlvs: boolean;
  readonly ssid: number;
  readonly format: TimestampFormat;
  readonly synchronised: boolean;
  /** Undefined: found out from the replies. */
  readonly reflectorIsStateful: boolean | undefined;
};

export type Pulse = { readonly octets: Uint8Array; readonly sequence: number };

export type ReplyRefusal =
  | "reply-too-short"
  | "reply-hmac"
  | "reply-not-ours"
  | "reply-ssid"
  | "reply-time"
  | "tlv-integrity"
  | "tlv-malformed";

export type Received =
  | { readonly kind: "refused"; readonly why: ReplyRefusal }
  | {
      readonly kind: "reply";
      readonly sample: ReplySample;
      readonly duplicate: boolean;
      readonly senderTtl: number | undefined;
      readonly tlvs: readonly Tlv[];
      /** Why the extensions of a good reply are not to be used. */
      readonly extensions: "usable" | "tlv-integrity" | "tlv-malformed";
      readonly lacks: readonly Lack[];
    };

/** What a reflector leaves out that STAMP has: said to the user, and lived with. */
export type Lack = "ssid" | "sender-ttl" | "t2-equals-t3" | "error-estimate" | "extensions";

/** A reply may come this much before it was sent, by clocks alone. */
const NONSENSE_NS = 60_000_000_000n;

export class PulseSession {
  readonly setup: SessionSetup;
  #sequence = 0;
  readonly #pending = new PendingPulses();
  readonly #reflected = new Widener();
  #stateful: boolean | undefined;

  constructor(setup: SessionSetup) {
    this.setup = setup;
    this.#stateful = setup.reflectorIsStateful;
  }

  get reflectorIsStateful(): boolean | undefined {
    return this.#stateful;
  }

  /** A pulse but for its timestamp. `extensions` are whole TLVs; what `room` gives may be used again once it has left. */
  prepare(extensions: readonly Uint8Array[], errorNs: number, room: Room = newRoom): Pulse {
    const { mode, mac, signsTlvs, ssid, format, synchronised } = this.setup;
    const sequence = this.#sequence++;
    const base = baseOctets(mode);
    const signs = signsTlvs && mac !== undefined && extensions.length > 0;
    const guard = signs ? TLV_HEADER_OCTETS + MAC_OCTETS : 0;
    const octets = room(extensions.reduce((sum, { length }) => sum + length, base + guard));
    let at = base;
    for (const extension of extensions) {
      octets.set(extension, at);
      at += extension.length;
    }
    if (signs) octets.set(hmacTlv(), at);
    const request = { sequence: sequence % 2 ** 32, ssid, error: { synchronised, format, errorNs } };
    writeRequest(octets, mode, request, 0n);
    if (signs) signTlvs(octets, base, at, mac);
    return { octets, sequence };
  }

  /** Writes T1 and the HMAC over it; the pulse leaves next. */
  stamp({ octets }: Pulse, ns: bigint): void {
    const { mode, mac, format } = this.setup;
    stampPacket(octets, mode, ns, format);
    if (mode === "authenticated" && mac !== undefined) signPacket(octets, mac);
  }

  /** Said once the pulse has left. */
  sent({ octets, sequence }: Pulse, t1Ns: bigint, t1ErrorNs: number): void {
    const { mode } = this.setup;
    const extended = octets.length > baseOctets(mode);
    this.#pending.add({ sequence, t1Ns, t1ErrorNs, written: writtenTime(octets, mode), extended });
  }

  receive(octets: Uint8Array, t4Ns: bigint, t4ErrorNs: number, stampSource: StampSource): Received {
    const { mode, mac, ssid, peer } = this.setup;
    const refused = (why: ReplyRefusal): Received => ({ kind: "refused", why });
    const reply = readReply(octets, mode, t4Ns);
    if (reply === undefined) return refused("reply-too-short");
    if (mode === "authenticated" && (mac === undefined || !packetIsGenuine(octets, mac))) return refused("reply-hmac");
    const pending = this.#pending.find(reply.senderSequence);
    if (pending === undefined || !echoes(octets, pending.written, mode)) return refused("reply-not-ours");
    if (reply.ssid !== 0 && ssid !== 0 && reply.ssid !== ssid) return refused("reply-ssid");
    if (t4Ns < pending.t1Ns - NONSENSE_NS) return refused("reply-time");
    const base = baseOctets(mode);
    const walk = walkTlvs(octets, base);
    const usable = usableTlvs(walk, checkIntegrity(octets, walk, base, mac, mode === "authenticated"));
    const tlvs = usable.kind === "usable" ? usable.tlvs : [];
    this.#learnState(reply.sequence, pending, tlvs);
    const stayUnknown = reply.t2Ns === reply.t3Ns;
    const peerErrorNs = reply.error.errorNs ?? 0;
    return {
      kind: "reply",
      duplicate: this.#pending.countReply(pending) > 1,
      senderTtl: reply.senderTtl,
      tlvs,
      extensions: usable.kind === "usable" ? "usable" : `tlv-${usable.why}`,
      // Few ask.
      get lacks() {
        return lacksOf([
          ["ssid", reply.ssid === 0 && ssid !== 0],
          ["sender-ttl", reply.senderTtl === undefined],
          ["t2-equals-t3", stayUnknown],
          ["error-estimate", reply.error.errorNs === undefined],
          ["extensions", pending.extended && tlvs.length === 0],
        ]);
      },
      sample: {
        kind: "reply",
        peer,
        sequence: pending.sequence,
        reflectorSequence: this.#stateful === true ? this.#reflected.widen(reply.sequence) : undefined,
        t1Ns: pending.t1Ns,
        t2Ns: reply.t2Ns,
        t3Ns: reply.t3Ns,
        t4Ns,
        t1ErrorNs: pending.t1ErrorNs,
        t2ErrorNs: peerErrorNs,
        t3ErrorNs: peerErrorNs,
        t4ErrorNs,
        flags: {
          stampSource,
          peerSynchronised: reply.error.synchronised,
          authenticated: mode === "authenticated",
          reflectorStayUnknown: stayUnknown,
        },
      },
    };
  }

  /** One of ours says so itself; another gives itself away when its count falls behind ours. */
  #learnState(sequence: number, pending: Pending, tlvs: readonly Tlv[]): void {
    if (this.#stateful !== undefined) return;
    const greeting = tlvs.find(({ type }) => type === TLV.row);
    const header = greeting === undefined ? "row-length" : readRowHeader(greeting.value);
    if (typeof header !== "string") this.#stateful = header.stateful;
    else if (sequence !== pending.sequence % 2 ** 32) this.#stateful = true;
  }
}

const lacksOf = (found: readonly (readonly [Lack, boolean])[]): Lack[] =>
  found.filter(([, is]) => is).map(([lack]) => lack);
