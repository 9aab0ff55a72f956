// The flags of `srwan paths` as a request. Every error names the flag and what it may be.

import { SrwanError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { parseDurationUs, parseRate } from "../../base/units.ts";
import type { Matrix, PopId, SegmentId } from "../../topology/engine/matrix.ts";
import {
  APART,
  type Apart,
  type Criterion,
  INTENTS,
  KINDS,
  type Request,
  type Weights,
} from "../../topology/engine/request.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

/** `nowMs` is used where --at is not given. */
export function requestOf(matrix: Matrix, flags: Flags, nowMs: number): Request {
  const read = <T>(flag: string, parse: (text: string) => T): T | undefined => {
    const text = flags[flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    return typeof text === "string" ? parse(text) : undefined;
  };
  const given = {
    maxDelayUs: read("--max-delay", parseDurationUs),
    maxJitterUs: read("--max-jitter", parseDurationUs),
    maxLossPpm: read("--max-loss", parseLossPpm),
    maxPriceMicroPerGB: read("--max-price", (text) => whole("--max-price", text)),
    maxHops: read("--max-hops", (text) => whole("--max-hops", text)),
    maxSids: read("--max-sids", (text) => whole("--max-sids", text)),
    minBandwidthBps: read("--min-bandwidth", parseRate),
    must: read("--must", (text) => criteria("--must", text, matrix)),
    never: read("--never", (text) => criteria("--never", text, matrix)),
    isolation: read("--isolation", (text) => text),
    intent: read("--intent", (text) => oneOf("--intent", text, INTENTS)),
    weights: read("--weights", weights),
    count: read("--k", (text) => whole("--k", text)),
    apart: read("--apart", (text) => text.split(",").map((one): Apart => oneOf("--apart", one, APART))),
    owner: read("--owner", (text) => text),
    current: read("--current", (text) => segments("--current", text, matrix)),
  };
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    from: popId(matrix, "--from", flags.from),
    to: popId(matrix, "--to", flags.to),
    atMs: read("--at", timeMs) ?? nowMs,
    bounds: flags.nominal === true ? "nominal" : "certain",
    ...stated,
  };
}

function popId(matrix: Matrix, flag: string, name: Flags[string]): PopId {
  if (typeof name !== "string") throw usage(`${flag} is missing`, `Name a POP of the matrix: ${flag} POP.`);
  const id = matrix.popId(name);
  if (id !== undefined) return id;
  throw unknown(
    `${flag} ${name}: the matrix has no such POP`,
    name,
    matrix.pops.map((pop) => pop.name),
  );
}

/** "0.1%", or "900ppm". */
export function parseLossPpm(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%|ppm)$/.exec(text.trim());
  const ppm = Number(match?.[1]) * (match?.[2] === "%" ? 10_000 : 1);
  if (ppm >= 0 && ppm <= 1_000_000) return ppm;
  throw usage(`--max-loss ${text} cannot be read`, "Write 0.1% or 1000ppm.");
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw usage(`${flag} ${text} is no whole number`, `Give ${flag} a number of 0 or more.`);
}

function oneOf<T extends string>(flag: string, text: string, of: readonly T[]): T {
  const found = of.find((one) => one === text);
  if (found !== undefined) return found;
  const near = nearest(text, of);
  throw usage(
    `${flag} ${text}: there is no such thing`,
    near ? `Did you mean ${near}?` : `Use one of ${of.join(", ")}.`,
  );
}

/** "pop=fra,country=DE". POPs and transits are known; a tag or a country that is nowhere is taken as it is. */
function criteria(flag: string, text: string, matrix: Matrix): Criterion[] {
  return text.split(",").map((one) => {
    const [kindText = "", name] = one.split("=");
    if (!name) throw usage(`${flag} ${one} says no name`, `Write ${flag} KIND=NAME with one of ${KINDS.join(", ")}.`);
    const kind = oneOf(flag, kindText, KINDS);
    const known =
      kind === "pop" ? matrix.pops.map((pop) => pop.name) : kind === "transit" ? matrix.transits : undefined;
    if (known && !known.includes(name)) throw unknown(`${flag} ${one}: the matrix has no such ${kind}`, name, known);
    return { kind, name };
  });
}

const WEIGHTS = ["delay", "jitter", "price", "loss"] as const;

/** "delay=1,price=0.5". */
function weights(text: string): Weights {
  const pairs = text.split(",").map((one) => {
    const [name = "", value = ""] = one.split("=");
    const weight = Number(value);
    if (value === "" || !(weight >= 0)) throw usage(`--weights ${one} says no weight`, "Write delay=1,price=0.5.");
    return [oneOf("--weights", name, WEIGHTS), weight];
  });
  return Object.fromEntries(pairs);
}

/** "fra/south>par/west>nyc", as a path prints. */
function segments(flag: string, text: string, matrix: Matrix): SegmentId[] {
  const stops = text.split(">").map((stop) => stop.split("/"));
  return stops.slice(1).map(([to = ""], i) => {
    const [from = "", transit = ""] = stops[i] ?? [];
    const [fromId, transitId, toId] = [matrix.popId(from), matrix.transitId(transit), matrix.popId(to)];
    const isKnown = fromId !== undefined && transitId !== undefined && toId !== undefined;
    const id = isKnown ? matrix.segmentId(fromId, transitId, toId) : undefined;
    if (id !== undefined) return id;
    throw new SrwanError("POP_UNKNOWN", `${flag} ${text}: the matrix has no segment ${from}/${transit}>${to}`, {
      remedy: "Write the path as srwan paths prints it: fra/south>par/west>nyc.",
    });
  });
}

export const demandOf = (text: string): number => parseRate(text);

function timeMs(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw usage(`--at ${text} is no time`, "Write it as 2026-01-31T22:00:00Z.");
}

const usage = (message: string, remedy: string): SrwanError => new SrwanError("USAGE", message, { remedy });

function unknown(message: string, name: string, known: readonly string[]): SrwanError {
  const near = nearest(name, known);
  const list = known.length > 20 ? `${known.slice(0, 20).join(", ")} and ${known.length - 20} more` : known.join(", ");
  return new SrwanError("POP_UNKNOWN", message, { remedy: near ? `Did you mean ${near}?` : `Use one of ${list}.` });
}
