// The two timestamp formats of STAMP and its Error Estimate (RFC 8762 §4.2.1), as octets and as nanoseconds since
// 1970-01-01 UTC.

export type TimestampFormat = "ntp" | "ptp";

const NTP_EPOCH_S = 2_208_988_800n;
const NS_PER_S = 1_000_000_000n;
const ERA_NS = (1n << 32n) * NS_PER_S;
/** A nanosecond in units of 2⁻³² s. */
const FRACTION_PER_NS = 4.294_967_296;

/**
 * NTP: seconds since 1900 and a binary fraction. PTPv2 truncated: seconds since 1970 and nanoseconds; we write UTC, and a
 * peer that writes TAI shows the difference as a part of its clock's offset.
 */
export function writeTime(view: DataView, at: number, ns: bigint, format: TimestampFormat): void {
  const seconds = ns / NS_PER_S;
  const rest = Number(ns - seconds * NS_PER_S);
  if (format === "ptp") {
    view.setUint32(at, Number(BigInt.asUintN(32, seconds)));
    view.setUint32(at + 4, rest);
    return;
  }
  view.setUint32(at, Number(BigInt.asUintN(32, seconds + NTP_EPOCH_S)));
  view.setUint32(at + 4, Math.round(rest * FRACTION_PER_NS));
}

/** The era (2036 for NTP, 2106 for PTP) is the one nearest to `nearNs`. */
export function readTime(view: DataView, at: number, format: TimestampFormat, nearNs: bigint): bigint {
  const seconds = BigInt(view.getUint32(at));
  const low = view.getUint32(at + 4);
  const ns =
    format === "ptp"
      ? seconds * NS_PER_S + BigInt(low)
      : (seconds - NTP_EPOCH_S) * NS_PER_S + BigInt(Math.round(low / FRACTION_PER_NS));
  const away = nearNs - ns;
  const eras = (away + (away < 0n ? -ERA_NS : ERA_NS) / 2n) / ERA_NS;
  return ns + eras * ERA_NS;
}

export type ErrorEstimate = {
  /** S: the clock follows UTC by an outside source. */
  readonly synchronised: boolean;
  /** Z (RFC 8186 §2.3): which format the packet's timestamps have. */
  readonly format: TimestampFormat;
  /** Undefined where the multiplier is 0, which RFC 4656 §4.1.2 forbids and some senders write all the same. */
  readonly errorNs: number | undefined;
};

const MAX_SCALE = 63;
const unitNs = (scale: number): number => 2 ** (scale - 32) * 1e9;

/** Multiplier · 2^(scale − 32) seconds, rounded up: an error is never told smaller than it is. */
export function encodeErrorEstimate({ synchronised, format, errorNs = 0 }: ErrorEstimate): number {
  const scale = Math.min(MAX_SCALE, Math.max(0, Math.ceil(Math.log2(errorNs / (255 * unitNs(0))))));
  const multiplier = Math.min(255, Math.max(1, Math.ceil(errorNs / unitNs(scale))));
  return (synchronised ? 0x8000 : 0) | (format === "ptp" ? 0x4000 : 0) | (scale << 8) | multiplier;
}

export function decodeErrorEstimate(word: number): ErrorEstimate {
  const multiplier = word & 0xff;
  return {
    synchronised: (word & 0x8000) !== 0,
    format: (word & 0x4000) !== 0 ? "ptp" : "ntp",
    errorNs: multiplier === 0 ? undefined : Math.ceil(multiplier * unitNs((word >> 8) & 0x3f)),
  };
}
