// A document that steers the way to the service itself may cut it, and then nobody could ever take it back. Such a document
// stays on trial until the service was heard for a while with it in place; where it falls silent instead, the one before
// comes back, and the same version is not held again. Pure.

import { covers, type Prefix } from "../srv6/address.ts";
import type { PopDesired } from "../wire/desired.ts";
import type { ReadDocument } from "./document.ts";

export type Trial = {
  readonly version: number;
  readonly before: PopDesired;
  readonly sinceMs: number;
  readonly heardMs: number;
};

/** Heard so long after it was taken, the service is reached with it in place; silent so long, it is not. */
const [PROVED_MS, SILENT_MS] = [15_000, 30_000];
const MAIN_TABLE = 254;

/** Whether something of it would take what this machine itself sends to the service. */
export const takesService = ({ lanes }: Pick<ReadDocument, "lanes">, service: Prefix): boolean =>
  lanes.some(({ table, prefixes }) => table === MAIN_TABLE && prefixes.some((prefix) => covers(prefix, service)));

export const onTrial = (version: number, before: PopDesired, nowMs: number): Trial => ({
  version,
  before,
  sinceMs: nowMs,
  heardMs: nowMs,
});

export const heard = (trial: Trial, nowMs: number): Trial => ({ ...trial, heardMs: nowMs });

export function verdict(trial: Trial, nowMs: number): "open" | "proved" | "cut" {
  if (trial.heardMs - trial.sinceMs >= PROVED_MS) return "proved";
  return nowMs - trial.heardMs >= SILENT_MS ? "cut" : "open";
}
