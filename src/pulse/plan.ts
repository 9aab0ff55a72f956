// What a pulse loop is told to do and what it tells back: plain values, for they cross from one thread to another.

import { LIMITS } from "../base/limits.ts";
import type { ClockSkew } from "./clock-skew.ts";
import type { LivenessChange } from "./liveness.ts";
import type { PeerId, PulseSample, StampSource } from "./model.ts";
import type { SampleRecords } from "./sample-batch.ts";
import type { Lack } from "./session.ts";
import type { AddressOctets, Told } from "./stamp-extensions.ts";
import type { StampMode } from "./stamp-packet.ts";
import type { TimestampFormat } from "./stamp-time.ts";

/** The port of STAMP and TWAMP-Light (RFC 8762 §4.1). */
export const STAMP_PORT = 862;

/** How a neighbour's own pulses are believed: signed with one of these keys, or unsigned too. */
export type PulseGuard = { readonly keys: readonly Uint8Array[]; readonly takesOpen: boolean };

export type NeighbourPlan = {
  readonly id: PeerId;
  readonly address: AddressOctets;
  readonly port: number;
  readonly intervalMs: number;
  readonly mode: StampMode;
  /** Signs the packet in the authenticated mode, and the extensions in either. */
  readonly key?: Uint8Array | undefined;
  readonly format: TimestampFormat;
  /** Undefined: as the reflector believes anybody's. */
  readonly guard?: PulseGuard | undefined;
  /** Undefined: found out. */
  readonly reflectorIsStateful?: boolean | undefined;
  /** From which address, and in which namespace, its pulses leave. */
  readonly from?: AddressOctets | undefined;
  readonly namespace?: string | undefined;
  readonly trafficClass?: number | undefined;
  /** Whole TLVs that every pulse carries. */
  readonly extensions: readonly Uint8Array[];
  /** TWAMP-Light: no session identifier. */
  readonly light?: boolean | undefined;
  /** Carries our own extension: the latest row where there is one, else a greeting. */
  readonly greets: boolean;
  readonly countsDirectly: boolean;
  /** Stops after so many. */
  readonly count?: number | undefined;
  readonly watchesLiveness: boolean;
};

export type ReflectorPlan = {
  readonly address: AddressOctets;
  readonly port: number;
  readonly namespace?: string | undefined;
  readonly mode: StampMode;
  readonly key?: Uint8Array | undefined;
  readonly stateful: boolean;
  readonly format: TimestampFormat;
  /** Answers these senders only, or whoever is a neighbour at the time; undefined: all. */
  readonly sources?: readonly AddressOctets[] | "neighbours" | undefined;
  /** RFC 9503: where else than to the sender an answer may go, and whether over a SID list that the sender names. */
  readonly returnAddresses: readonly AddressOctets[];
  readonly steersReplies: boolean;
  /** DSCPs that an answer may be asked to carry; undefined: any. */
  readonly dscps?: readonly number[] | undefined;
};

export type PulsePlan = {
  readonly neighbours: readonly NeighbourPlan[];
  readonly reflectors: readonly ReflectorPlan[];
  /** This machine's clock follows UTC by NTP or PTP, said in every packet. */
  readonly synchronised: boolean;
  /** `handler` never asks for the kernel's stamps. */
  readonly stamps: StampSource;
  /** 0 to 1: where in the interval the first neighbour's pulses leave. */
  readonly phaseStart: number;
  /** A lab's clock that goes wrong; every stamp is told as it would show it. */
  readonly skew?: ClockSkew | undefined;
  /** Tells every reply with what its extensions say, for a person who watches. */
  readonly tellsReplies: boolean;
};

export type Order =
  | { readonly kind: "add"; readonly neighbour: NeighbourPlan }
  | { readonly kind: "remove"; readonly peer: PeerId }
  /** A faster pulse for a path in use, or back to the usual one. */
  | { readonly kind: "interval"; readonly peer: PeerId; readonly intervalMs: number }
  | { readonly kind: "guard"; readonly peer: PeerId; readonly guard: PulseGuard | undefined }
  /** The member's row as its extension's value, which all greeting neighbours get from now on. */
  | { readonly kind: "row"; readonly value: Uint8Array }
  | { readonly kind: "stop" };

/** A reply as a person wants to see it. */
export type ReplyTold = {
  readonly peer: PeerId;
  readonly sequence: number;
  readonly duplicate: boolean;
  readonly hops: number | undefined;
  readonly told: readonly Told[];
  readonly extensions: "usable" | "tlv-integrity" | "tlv-malformed";
  readonly lacks: readonly Lack[];
};

export type PulseNews =
  | { readonly kind: "ready"; readonly stamps: StampSource; readonly reflectorPorts: readonly number[] }
  | { readonly kind: "samples"; readonly samples: readonly PulseSample[]; readonly replies: readonly ReplyTold[] }
  /** At once. */
  | { readonly kind: "change"; readonly peer: PeerId; readonly change: LivenessChange }
  | { readonly kind: "row"; readonly peer: PeerId; readonly value: Uint8Array; readonly t1Ns: bigint }
  | { readonly kind: "counters"; readonly counters: Readonly<Record<string, number>>; readonly latenessUs: Lateness }
  | { readonly kind: "finished"; readonly peer: PeerId }
  /** A neighbour that was added and cannot be measured from here. */
  | { readonly kind: "refused"; readonly peer: PeerId; readonly error: Readonly<Record<string, unknown>> };

/** The same as the loop tells it: samples as records. */
export type LoopNews =
  | Exclude<PulseNews, { kind: "samples" }>
  | { readonly kind: "samples"; readonly samples: SampleRecords; readonly replies: readonly ReplyTold[] };

/** How late pulses left against their time, of late. */
export type Lateness = { readonly p50Us: number; readonly p99Us: number };

export const intervalFits = (ms: number): boolean => ms >= LIMITS.pulseIntervalMinMs && ms <= LIMITS.pulseIntervalMaxMs;
