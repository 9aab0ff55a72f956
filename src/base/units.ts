// Numbers with their unit: made once at the edge, checked there, and never mixed up after. Reading takes what people
// type ("80ms", "5m", "1.5 Gbit"); writing gives what people read, with the unit.

import type { Brand } from "./brand.ts";
import { SrwanError } from "./errors.ts";

/** One-way delay in whole microseconds; may be negative while clocks disagree. */
export type LatencyUs = Brand<number, "LatencyUs">;
/** A count of octets; a bigint, for counters run past 2⁵³. */
export type Octets = Brand<bigint, "Octets">;
/** A length of time in whole milliseconds, never negative. */
export type DurationMs = Brand<number, "DurationMs">;
/** Bits per second, never negative. */
export type BitsPerSecond = Brand<number, "BitsPerSecond">;

const DURATION_US = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 } as const;
const RATE = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 } as const;

export function latencyUs(us: number): LatencyUs {
  if (!Number.isSafeInteger(us)) throw invalid("latency", us, "Give whole microseconds.");
  return us as LatencyUs;
}

export function octets(count: bigint): Octets {
  if (count < 0n) throw invalid("octets", count, "Give a count of 0 or more.");
  return count as Octets;
}

/** "250us", "80ms", "30s", "5m", "2h", "1d": a number and a unit; a bare number is refused, for its unit is a guess. */
export function parseDurationUs(text: string): number {
  const us = Math.round(scaled(text, DURATION_US) ?? Number.NaN);
  if (!Number.isSafeInteger(us)) {
    throw invalid("duration", text, "Write a number and a unit: 250us, 80ms, 30s, 5m, 2h or 1d.");
  }
  return us;
}

export function parseDurationMs(text: string): DurationMs {
  return Math.round(parseDurationUs(text) / 1_000) as DurationMs;
}

/** "50mbit", "1.5gbit": decimal multiples, as link rates are sold. */
export function parseRate(text: string): BitsPerSecond {
  const rate = Math.round(scaled(text, RATE) ?? Number.NaN);
  if (!Number.isSafeInteger(rate)) throw invalid("rate", text, "Write a number and a unit: 500kbit, 50mbit or 10gbit.");
  return rate as BitsPerSecond;
}

/** "0.1%", "250ppm": a share of the whole, in millionths. */
export function parseSharePpm(text: string): number {
  const ppm = Math.round(scaled(text.replace("%", "percent"), { percent: 10_000, ppm: 1 }) ?? Number.NaN);
  if (!(ppm <= 1_000_000)) throw invalid("share", text, "Write a number from 0% to 100%: 2%, 0.1% or 250ppm.");
  return ppm;
}

function scaled(text: string, factors: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const factor = match?.[2] === undefined ? undefined : own(factors, match[2].toLowerCase());
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

const own = (table: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Three figures and the unit that fits: "812 µs", "38.4 ms", "2.50 s". */
export function formatUs(us: number): string {
  const size = Math.abs(us);
  if (size < 1_000) return `${us} µs`;
  return size < 1_000_000 ? `${(us / 1_000).toPrecision(3)} ms` : `${(us / 1_000_000).toFixed(2)} s`;
}

/** "2%", "0.0001%": a share given in millionths. */
export const formatSharePpm = (ppm: number): string => `${ppm / 10_000}%`;

/** "100 Mbit/s", "1.5 Gbit/s": decimal, as rates are sold. */
export function formatRate(bps: BitsPerSecond): string {
  const names = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
  const step = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bps)) / 3)));
  return `${bps / 1_000 ** step} ${names[step]}`;
}

/** "999 B", "1.05 MB", "3.20 GB": decimal, as volumes are billed. */
export function formatOctets(count: bigint): string {
  const names = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  let value = Number(count);
  let step = 0;
  while (value >= 1_000 && step < names.length - 1) {
    value /= 1_000;
    step++;
  }
  return step === 0 ? `${count} B` : `${value.toFixed(2)} ${names[step]}`;
}

function invalid(what: string, value: unknown, remedy: string): SrwanError {
  return new SrwanError("VALUE_INVALID", `${what} "${String(value)}" cannot be read`, {
    remedy,
    details: { what, value: String(value) },
  });
}
