// What the pulse room speaks in: a sample as it comes off the wire, one direction's statistics, a member's row, a cell
// of the matrix. Missing is `undefined`, never zero.

import type { Brand } from "../base/brand.ts";

/** A member of a group, by the name its controller gave it. */
export type PeerId = Brand<string, "PeerId">;

/** `out` is from us to the peer, `in` is from the peer to us. */
export type Direction = "out" | "in";

/** Where a stamp came from; `handler` is the event loop's own time, whose lag is in the stamp's error. */
export type StampSource = "kernel" | "handler";

/**
 * What one pulse showed. Stamps are nanoseconds since 1970-01-01 UTC on the clock of whoever took them: T1 and T4 are
 * the sender's, T2 and T3 the reflector's. A stamp's error is a half-width: the true time on that same clock lies within
 * ± of it. Our own stamps err one way only, T1 and T3 early and T2 and T4 late, so that a delay may look longer than it is
 * and never shorter: minima stay true. Offsets between the clocks are no error of a stamp.
 */
export type PulseSample = SentSample | ReplySample | HeardSample;

/** A pulse of ours that left. Every one is told, so that what has no reply within its time is a loss. */
export type SentSample = {
  readonly kind: "sent";
  readonly peer: PeerId;
  /** Counts from 0 in a session and does not wrap: the wire's 32 bits are widened. */
  readonly sequence: number;
  readonly t1Ns: bigint;
  readonly t1ErrorNs: number;
};

/** The reply to a pulse of ours: both legs. A duplicate is told again. */
export type ReplySample = {
  readonly kind: "reply";
  readonly peer: PeerId;
  readonly sequence: number;
  /**
   * How many the reflector had sent to us before this reply (widened like ours). A stateless reflector has none: then
   * loss is known of the round trip only.
   */
  readonly reflectorSequence: number | undefined;
  readonly t1Ns: bigint;
  readonly t2Ns: bigint;
  readonly t3Ns: bigint;
  readonly t4Ns: bigint;
  readonly t1ErrorNs: number;
  readonly t2ErrorNs: number;
  readonly t3ErrorNs: number;
  readonly t4ErrorNs: number;
  readonly flags: SampleFlags;
};

/** A pulse of the peer's that we reflected: the peer's way to us alone, known even while the way back is dead. */
export type HeardSample = {
  readonly kind: "heard";
  readonly peer: PeerId;
  /** The peer's own count, widened. */
  readonly sequence: number;
  readonly t1Ns: bigint;
  readonly t2Ns: bigint;
  readonly t1ErrorNs: number;
  readonly t2ErrorNs: number;
  readonly flags: SampleFlags;
};

export type SampleFlags = {
  readonly stampSource: StampSource;
  /** The peer says that its clock follows UTC (S bit of its Error Estimate). */
  readonly peerSynchronised: boolean;
  readonly authenticated: boolean;
  /** The reflector answered with T2 = T3, as some routers do: its stay is counted to the legs. */
  readonly reflectorStayUnknown: boolean;
};

/**
 * One direction over the window, as the two clocks show it: delays still hold the receiver's clock minus the sender's,
 * so they may be negative. What the one clock gains on the other is taken out: every delay is as it would be measured at
 * the time of the row. Whole microseconds.
 */
export type DirectionStats = {
  readonly minUs: number;
  readonly p5Us: number;
  readonly p50Us: number;
  readonly p95Us: number;
  /** RFC 3550 §6.4.1; p95 − p50 is the other jitter. */
  readonly jitterUs: number;
  /** Undefined where sequence numbers do not tell the legs apart. */
  readonly lossPpm: number | undefined;
  readonly reorderedPpm: number | undefined;
  readonly duplicatedPpm: number | undefined;
  /** Since the youngest sample. */
  readonly ageMs: number;
  readonly samples: number;
  /** What the stamps and the drift that was taken out can be wrong by: ± of every delay above. */
  readonly stampErrorUs: number;
  /** How far the few bits of the wire may have moved the median (±). */
  readonly p50RoundedUs?: number | undefined;
};

/** What a member publishes of one peer. `lossPpm` of a direction may be known where its delay is not: all was lost. */
export type RowCell = {
  readonly out: DirectionStats | undefined;
  readonly outLossPpm: number | undefined;
  /** The member's own view of the way back; set beside the peer's `out` it shows who contradicts whom. */
  readonly inMinUs: number | undefined;
  readonly inLossPpm: number | undefined;
  /** How far the few bits of the wire may have moved `inMinUs` (±). */
  readonly inRoundedUs?: number | undefined;
};

/** One member's row: what it measured towards every other. Cells come in the order of the group's members. */
export type Row = {
  readonly member: PeerId;
  /** Grows with every new row of this member, from the seconds of its clock at its start; an older one is not taken. */
  readonly sequence: number;
  /** When it was made, on the member's own clock. */
  readonly madeNs: bigint;
  readonly cells: RowCells;
};

/** A map of them is one. */
export type RowCells = Iterable<[PeerId, RowCell]> & { readonly get: (peer: PeerId) => RowCell | undefined };

/** An interval that holds the true value. */
export type IntervalUs = { readonly lowUs: number; readonly highUs: number };

/** One directed cell of the matrix: the clocks are accounted for. A delay is an estimate; `p50Bound` holds the truth. */
export type Cell = {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly minUs: number | undefined;
  readonly p5Us: number | undefined;
  readonly p50Us: number | undefined;
  readonly p95Us: number | undefined;
  readonly p50Bound: IntervalUs | undefined;
  /**
   * What is left of the median's error (±) when medians of one matrix are added along two paths between the same ends and
   * compared: the clocks of the members between cancel.
   */
  readonly comparisonErrorUs: number | undefined;
  readonly jitterUs: number | undefined;
  readonly lossPpm: number | undefined;
  readonly reorderedPpm: number | undefined;
  readonly duplicatedPpm: number | undefined;
  /** Since the youngest sample; undefined where there is none. */
  readonly ageMs: number | undefined;
  readonly samples: number;
};

/** A member's clock against ours. */
export type MemberOffset = {
  readonly member: PeerId;
  /** Its clock less ours. */
  readonly offsetUs: number | undefined;
  readonly bound: IntervalUs | undefined;
  /** By how much it gains on ours, in millionths. */
  readonly ratePpm: number | undefined;
  /** It says that it follows UTC, and nothing speaks against it. */
  readonly synchronised: boolean;
  /** How often its clock was seen to be set. */
  readonly clockSteps: number;
};

/** Two views of one cell that cannot both be true, or a way round that is shorter than light allows. */
export type Evidence =
  | {
      readonly kind: "views";
      readonly from: PeerId;
      readonly to: PeerId;
      /** The lowest delay as the sender and as the receiver report it, both clocks still in it. */
      readonly senderUs: number;
      readonly receiverUs: number;
      /** How far they may lie apart. */
      readonly toleranceUs: number;
    }
  | {
      readonly kind: "cycle";
      /** From each to the next, and from the last to the first. */
      readonly members: readonly PeerId[];
      /** What the lowest delays add up to, every error on their side; on a way round no clock is left in it. */
      readonly sumUs: number;
      /** What light needs. */
      readonly floorUs: number;
    };

export type Contradiction = {
  /** One: the bad reporter. More: one of them is, and nobody can say which. */
  readonly reporters: readonly PeerId[];
  readonly lastedMs: number;
  readonly evidence: readonly Evidence[];
};
