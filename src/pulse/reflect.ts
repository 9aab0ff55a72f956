// The reflector as a function: a request and what the socket saw of it become a reply, or a reason for none (RFC 8762
// §4.3, RFC 8972 §4). The one thing left for the moment of sending is its own timestamp: `finishReply`.

import { markStateful } from "./row-tlv.ts";
import { newSession, type ReflectorSession, type Sessions } from "./sessions.ts";
import { type AddressOctets, answerExtension, lengthFits, type Seen, type Wish } from "./stamp-extensions.ts";
import {
  baseOctets,
  type Mac,
  newRoom,
  packetIsGenuine,
  type ReadRequest,
  type Room,
  readRequest,
  type StampMode,
  signPacket,
  stampPacket,
  writeReply,
} from "./stamp-packet.ts";
import { answerSegmentRouting, type ReturnPath, type ReturnPolicy } from "./stamp-sr.ts";
import type { TimestampFormat } from "./stamp-time.ts";
import {
  checkIntegrity,
  FLAG,
  type Integrity,
  signTlvs,
  TLV,
  TLV_HEADER_OCTETS,
  type Tlv,
  type Walk,
  walkTlvs,
} from "./stamp-tlv.ts";

export type ReflectorSetup = {
  readonly mode: StampMode;
  readonly stateful: boolean;
  readonly format: TimestampFormat;
  readonly synchronised: boolean;
  readonly syncSource: number;
  readonly policy: ReturnPolicy;
  readonly mayUseDscp: (dscp: number) => boolean;
};

/** A datagram as a socket gives it. */
export type Arrival = {
  readonly octets: Uint8Array;
  /** Stands for the sender's address and port. */
  readonly sourceKey: string;
  readonly source: AddressOctets | undefined;
  readonly sourcePort: number;
  readonly destination: AddressOctets | undefined;
  readonly destinationPort: number;
  readonly hopLimit: number | undefined;
  readonly trafficClass: number | undefined;
  readonly receivedNs: bigint;
  readonly errorNs: number;
  /** How the stamp was taken (RFC 8972 §5.5). */
  readonly method: number;
};

export type ReflectRefusal = "too-short" | "hmac" | "sessions-full";

export type Reflection =
  | { readonly kind: "refused"; readonly why: ReflectRefusal }
  | {
      readonly kind: "answered";
      /** Undefined where the sender wants no reply (RFC 9503 §4.1.1). */
      readonly reply: Uint8Array | undefined;
      readonly path: ReturnPath | undefined;
      readonly dscp: number | undefined;
      readonly session: ReflectorSession;
      readonly request: ReadRequest;
      readonly integrity: Integrity;
      /** The value of our own extension, where the request has it and may be believed: a window on the request. */
      readonly row: Uint8Array | undefined;
    };

export function reflect(
  arrival: Arrival,
  setup: ReflectorSetup,
  mac: Mac | undefined,
  sessions: Sessions,
  nowMs: number,
  room: Room = newRoom,
): Reflection {
  const { octets } = arrival;
  const { mode, stateful } = setup;
  const request = readRequest(octets, mode, arrival.receivedNs);
  if (request === undefined) return { kind: "refused", why: "too-short" };
  if (mode === "authenticated" && (mac === undefined || !packetIsGenuine(octets, mac))) {
    return { kind: "refused", why: "hmac" };
  }
  const known = sessions.of(arrival.sourceKey, request.ssid, nowMs);
  const session = known ?? (stateful ? undefined : newSession(nowMs));
  if (session === undefined) return { kind: "refused", why: "sessions-full" };
  session.received++;
  const base = baseOctets(mode);
  const reply = room(Math.max(base, octets.length));
  reply.set(octets);
  const answer = answerTlvs(reply, base, arrival, setup, mac, session);
  writeReply(reply, mode, octets, {
    sequence: stateful ? session.sent % 2 ** 32 : request.sequence,
    error: {
      synchronised: setup.synchronised,
      format: setup.format,
      errorNs: Math.max(arrival.errorNs, session.sendErrorNs),
    },
    receivedNs: arrival.receivedNs,
    senderTtl: arrival.hopLimit ?? 0,
  });
  if (answer.signAt !== undefined && mac !== undefined) signTlvs(reply, base, answer.signAt, mac);
  const { path, dscp, integrity, row } = answer;
  return {
    kind: "answered",
    reply: path?.kind === "none" ? undefined : reply,
    path,
    dscp,
    session,
    request,
    integrity,
    row,
  };
}

/** Writes T3 and the HMAC over it; the packet leaves next. */
export function finishReply(
  reply: Uint8Array,
  ns: bigint,
  setup: ReflectorSetup,
  mac: Mac | undefined,
  session: ReflectorSession,
): void {
  stampPacket(reply, setup.mode, ns, setup.format);
  if (setup.mode === "authenticated" && mac !== undefined) signPacket(reply, mac);
  session.last = { sequence: session.sent % 2 ** 32, ns };
  session.sent++;
}

type Answer = {
  readonly integrity: Integrity;
  readonly signAt: number | undefined;
  readonly path: ReturnPath | undefined;
  readonly dscp: number | undefined;
  readonly row: Uint8Array | undefined;
};

/** Answers each extension in place, within the reply's copy of them. */
function answerTlvs(
  reply: Uint8Array,
  base: number,
  arrival: Arrival,
  setup: ReflectorSetup,
  mac: Mac | undefined,
  session: ReflectorSession,
): Answer {
  const walk = walkTlvs(reply, base);
  const integrity = checkIntegrity(reply, walk, base, mac, setup.mode === "authenticated");
  if (walk.malformedAt !== undefined) reply[walk.malformedAt] = FLAG.malformed;
  if (integrity === "failed") {
    markFailed(reply, walk);
    return { integrity, signAt: undefined, path: undefined, dscp: undefined, row: undefined };
  }
  const seen = seenBy(arrival, setup, session);
  let path: ReturnPath | undefined;
  let dscp: number | undefined;
  let row: Uint8Array | undefined;
  for (const one of walk.tlvs) {
    if (!lengthFits(one)) {
      reply[one.at] = FLAG.malformed;
      break;
    }
    if (one.type === TLV.row) {
      row = arrival.octets.subarray(one.at + TLV_HEADER_OCTETS, one.at + TLV_HEADER_OCTETS + one.value.length);
      markStateful(one.value, setup.stateful);
      reply[one.at] = 0;
      continue;
    }
    const filled = fill(one, setup.policy, seen, path !== undefined);
    reply[one.at] = filled.flags;
    path ??= filled.path;
    dscp = filled.wish?.dscp ?? dscp;
  }
  return { integrity, signAt: walk.tlvs.find(({ type }) => type === TLV.hmac)?.at, path, dscp, row };
}

type Filled = { readonly flags: number; readonly path?: ReturnPath; readonly wish?: Wish };

function fill(one: Tlv, policy: ReturnPolicy, seen: Seen, pathIsKnown: boolean): Filled {
  // Only the first Return Path counts (RFC 9503 §4).
  if (one.type === TLV.returnPath && pathIsKnown) return { flags: 0 };
  return answerSegmentRouting(one, policy) ?? answerExtension(one, seen) ?? { flags: FLAG.unrecognised };
}

function markFailed(reply: Uint8Array, { tlvs, malformedAt }: Walk): void {
  for (const { at } of tlvs) reply[at] = FLAG.integrity;
  if (malformedAt !== undefined) reply[malformedAt] = FLAG.malformed | FLAG.integrity;
}

function seenBy(arrival: Arrival, setup: ReflectorSetup, session: ReflectorSession): Seen {
  return {
    source: arrival.source,
    destination: arrival.destination,
    sourcePort: arrival.sourcePort,
    destinationPort: arrival.destinationPort,
    trafficClass: arrival.trafficClass,
    syncSource: setup.syncSource,
    method: arrival.method,
    received: setup.stateful ? session.received % 2 ** 32 : 0,
    // This very reply is one of them.
    sent: setup.stateful ? (session.sent + 1) % 2 ** 32 : 0,
    last: setup.stateful ? session.last : undefined,
    format: setup.format,
    mayUseDscp: setup.mayUseDscp,
  };
}

/** Sets U on the Return Path of a reply whose way back could not be taken after all, and signs again. */
export function refusePath(reply: Uint8Array, setup: ReflectorSetup, mac: Mac | undefined): void {
  const base = baseOctets(setup.mode);
  const { tlvs } = walkTlvs(reply, base);
  const path = tlvs.find(({ type }: Tlv) => type === TLV.returnPath);
  if (path !== undefined) reply[path.at] = FLAG.unrecognised;
  const guard = tlvs.find(({ type }: Tlv) => type === TLV.hmac);
  if (guard !== undefined && mac !== undefined) signTlvs(reply, base, guard.at, mac);
}
