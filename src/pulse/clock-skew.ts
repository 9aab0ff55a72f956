// A clock that goes wrong on purpose, for labs: all nodes of one machine have its one clock, so a node's is the machine's
// plus an offset plus a drift. Every stamp and every reading of a member goes through here, or none does.

import { SrwanError } from "../base/errors.ts";

/** Skewed = true + offset + drift × (true − since). */
export type ClockSkew = { readonly offsetUs: number; readonly driftPpm: number; readonly sinceUs: number };

export function skewed(ns: bigint, { offsetUs, driftPpm, sinceUs }: ClockSkew): bigint {
  const elapsedUs = Number(ns / 1_000n) - sinceUs;
  return ns + BigInt(Math.round(offsetUs * 1_000 + (elapsedUs * driftPpm) / 1_000));
}

/** As a lab tells each process in a node; undefined outside of labs and where the clock is true. */
export function skewFrom(env: Readonly<Record<string, string | undefined>>): ClockSkew | undefined {
  const read = (name: string): number => {
    const value = Number(env[name] ?? 0);
    if (Number.isFinite(value)) return value;
    throw new SrwanError("VALUE_INVALID", `${name}=${env[name]} is no number`, {
      remedy: "Unset it outside of a lab.",
    });
  };
  const [offsetUs, driftPpm] = [read("SRWAN_CLOCK_OFFSET_US"), read("SRWAN_CLOCK_DRIFT_PPM")];
  return offsetUs === 0 && driftPpm === 0 ? undefined : { offsetUs, driftPpm, sinceUs: read("SRWAN_CLOCK_SINCE_US") };
}
