// What a sealed outcome proves of an order. Whether the seal is the router's is asked elsewhere; here it is read.

import type { OutcomeDocument } from "../../wire/outcome.ts";
import type { Hex } from "../typed.ts";
import { configText, type QosOrder, removalReference } from "./terms.ts";

const MICROS = 1_000_000n;

export type Installed = { readonly kind: "APPLIED" | "NOT_APPLIED"; readonly provedAt: bigint };

/** Whole seconds, as chains count them. */
const seconds = (us: string): bigint => BigInt(us) / MICROS;

const only = ({ devices }: OutcomeDocument) => (devices.length === 1 ? devices[0] : undefined);

/** What an outcome says of the ordered configuration; undefined where it says nothing of this order, or does not know. */
export function installed(
  document: OutcomeDocument,
  orderId: string,
  { configHash }: Pick<QosOrder, "configHash">,
  sha256Hex: (text: string) => string,
): Installed | undefined {
  const device = only(document);
  if (device === undefined || document.reference !== orderId || document.outcome === "UNKNOWN") return undefined;
  if (configHash !== (`0x${sha256Hex(configText(device))}` as Hex)) return undefined;
  // What was never sent to is as it was, and has no time of its own.
  if (document.outcome === "APPLIED" && device.provedAtUs === null) return undefined;
  return { kind: document.outcome, provedAt: seconds(device.provedAtUs ?? document.endedAtUs) };
}

/** The second in which nothing of an order was seen on its router; undefined where that is not proved. */
export function removed(document: OutcomeDocument, orderId: string, device: string): bigint | undefined {
  const seen = only(document);
  const isAbout = document.reference === removalReference(orderId) && seen?.device === device;
  if (!isAbout || document.outcome !== "APPLIED" || seen.provedAtUs === null) return undefined;
  return seconds(seen.provedAtUs);
}
