// What a lab says in labels that containerlab ignores: on links what each direction does to packets, on nodes where a POP
// is and how its clock goes wrong.

import { LIMITS } from "../base/limits.ts";
import type { FieldPath } from "../base/misfit.ts";
import { nearest } from "../base/nearest.ts";
import { parseDurationUs, parseRate, parseSharePpm } from "../base/units.ts";
import { type Refuse, readAt } from "../base/yaml-file.ts";
import { type Ipv6, parseIpv6, parsePrefix } from "../srv6/address.ts";
import type { ClockSkew, Impairment, Pop } from "./model.ts";

export const LINK_LABELS = ["delay", "jitter", "loss", "rate", "transit"] as const;
export const NODE_LABELS = [
  "pop",
  "city",
  "lat",
  "lon",
  "asn",
  "group",
  "locator",
  "transits",
  "address",
  "clock-offset",
  "clock-drift",
] as const;

export type Labels = Readonly<Record<string, string>>;

/** Where a label stands, so that an error about it can name its line. */
export type LabelPath = (label: string) => FieldPath;

type LinkSays = { readonly aToB: Impairment; readonly bToA: Impairment; readonly transit?: string };

export function readLinkLabels(labels: Labels, at: LabelPath, refuse: Refuse): LinkSays {
  refuseUnknownLabels(labels, LINK_LABELS, "link", at, refuse);
  const both = <T>(name: string, read: (text: string) => T): readonly [T | undefined, T | undefined] => {
    const label = `srwan.${name}`;
    const text = labels[label];
    if (text === undefined) return [undefined, undefined];
    const [first = "", second = first, extra] = text.split("/").map((part) => part.trim());
    if (extra !== undefined) {
      throw refuse(at(label), `= ${text} has more than two values`, "Write one for both directions, or A→B/B→A.");
    }
    return readAt(refuse, at(label), () => [read(first), read(second)]);
  };
  const delays = both("delay", parseDurationUs);
  const jitters = both("jitter", parseDurationUs);
  const losses = both("loss", parseSharePpm);
  const rates = both("rate", parseRate);
  const one = (i: 0 | 1): Impairment => {
    const rateBps = rates[i];
    const does = { delayUs: delays[i] ?? 0, jitterUs: jitters[i] ?? 0, lossPpm: losses[i] ?? 0 };
    if (does.delayUs > LIMITS.labDelayMaxUs) {
      const most = `${LIMITS.labDelayMaxUs / 1_000_000}s`;
      throw refuse(at("srwan.delay"), `= ${labels["srwan.delay"]} is too long`, `Give ${most} or less.`);
    }
    if (does.jitterUs > does.delayUs) {
      const what = `= ${labels["srwan.jitter"]} is more than the delay, and no packet arrives before it was sent`;
      throw refuse(at("srwan.jitter"), what, "Give a jitter up to the delay, or a longer srwan.delay.");
    }
    if (rateBps !== undefined && rateBps < 1_000) {
      throw refuse(at("srwan.rate"), `= ${labels["srwan.rate"]} is too little`, "Give 1kbit or more.");
    }
    return rateBps === undefined ? does : { ...does, rateBps };
  };
  const transit = labels["srwan.transit"];
  return { aToB: one(0), bToA: one(1), ...(transit === undefined ? {} : { transit }) };
}

type NodeSays = { readonly address?: Ipv6; readonly pop?: Pop; readonly clock: ClockSkew };

export function readNodeLabels(labels: Labels, at: LabelPath, refuse: Refuse): NodeSays {
  refuseUnknownLabels(labels, NODE_LABELS, "node", at, refuse);
  const read = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const text = labels[`srwan.${name}`];
    return text === undefined ? undefined : readAt(refuse, at(`srwan.${name}`), () => parse(text));
  };
  const number = (name: string, low: number, high: number): number | undefined => {
    const text = labels[`srwan.${name}`];
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= low && value <= high) return value;
    throw refuse(at(`srwan.${name}`), `= ${text} is no number from ${low} to ${high}`, "Correct it.");
  };
  const address = read("address", parseIpv6);
  const clock: ClockSkew = {
    offsetUs: read("clock-offset", (text) => signed(text, parseDurationUs)) ?? 0,
    driftPpm: read("clock-drift", (text) => signed(text, parseSharePpm)) ?? 0,
  };
  const latitude = number("lat", -90, 90);
  const longitude = number("lon", -180, 180);
  if ((latitude === undefined) !== (longitude === undefined)) {
    const [has, lacks] = latitude === undefined ? ["lon", "lat"] : ["lat", "lon"];
    throw refuse(at(`srwan.${has}`), `has no srwan.${lacks} beside it`, `Add srwan.${lacks}.`);
  }
  const asn = number("asn", 1, 4_294_967_295);
  const locator = read("locator", parsePrefix);
  const name = labels["srwan.pop"];
  // The others may come from defaults that reach every node.
  const ofPop = ["city", "lat", "locator"].find((part) => Object.hasOwn(labels, `srwan.${part}`));
  const base = { clock, ...(address === undefined ? {} : { address }) };
  if (name === undefined) {
    if (ofPop === undefined) return base;
    throw refuse(at(`srwan.${ofPop}`), "is for POPs, and this node has no srwan.pop", "Add srwan.pop: its name.");
  }
  const city = labels["srwan.city"];
  const group = labels["srwan.group"];
  const pop: Pop = {
    name,
    ...(city === undefined ? {} : { city }),
    ...(latitude === undefined || longitude === undefined ? {} : { place: { latitude, longitude } }),
    ...(asn === undefined ? {} : { asn }),
    ...(group === undefined ? {} : { group }),
    ...(locator === undefined ? {} : { locator }),
    transits: (labels["srwan.transits"] ?? "")
      .split(",")
      .map((transit) => transit.trim())
      .filter((transit) => transit !== ""),
  };
  return { ...base, pop };
}

/** "-3ms": the units of the house are never negative, a clock's error may be. */
function signed(text: string, parse: (text: string) => number): number {
  const trimmed = text.trim();
  return trimmed.startsWith("-") ? -parse(trimmed.slice(1)) : parse(trimmed.replace(/^\+/, ""));
}

function refuseUnknownLabels(
  labels: Labels,
  known: readonly string[],
  what: string,
  at: LabelPath,
  refuse: Refuse,
): void {
  for (const label of Object.keys(labels)) {
    if (!label.startsWith("srwan.") || known.includes(label.slice(6))) continue;
    const near = nearest(label.slice(6), known);
    throw refuse(
      at(label),
      `is no label of a ${what}`,
      near ? `Did you mean srwan.${near}?` : `Use one of ${known.map((name) => `srwan.${name}`).join(", ")}.`,
    );
  }
}
