// The flags of `srwan paths` as a request. Every error names the flag and what it may be.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
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
import { didYouMean, oneOf, readFlag, textOf, usage, wholeNumber } from "../flags.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

/** `nowMs` is used where --at is not given. */
export function requestOf(matrix: Matrix, flags: Flags, nowMs: number): Request {
  const read = <T>(flag: string, parse: (text: string) => T): T | undefined =>
    readFlag(flag, flags[flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())], parse);
  const count = (flag: string, least: number, most: number) =>
    read(flag, (text) => wholeNumber(flag, text, least, most));
  const given = {
    maxDelayUs: read("--max-delay", parseDurationUs),
    maxJitterUs: read("--max-jitter", parseDurationUs),
    maxLossPpm: read("--max-loss", parseLossPpm),
    maxPriceMicroPerGB: count("--max-price", 0, 1e15 - 1),
    maxHops: count("--max-hops", 0, 1e6),
    maxSids: count("--max-sids", 0, 1e6),
    minBandwidthBps: read("--min-bandwidth", parseRate),
    encrypted: flags.encrypted === true ? true : undefined,
    must: read("--must", (text) => criteria("--must", text, matrix)),
    never: read("--never", (text) => criteria("--never", text, matrix)),
    isolation: textOf(flags.isolation),
    intent: read("--intent", (text) => oneOf("--intent", text, INTENTS)),
    weights: read("--weights", weights),
    count: count("--k", 1, LIMITS.pathsInAnswer),
    apart: read("--apart", (text) => text.split(",").map((one): Apart => oneOf("--apart", one, APART))),
    owner: textOf(flags.owner),
    current: read("--current", (text) => segments(text, matrix)),
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
  throw unknown(`${flag} ${name}: the matrix has no such POP`, didYouMean(name, popNames(matrix)));
}

const popNames = (matrix: Matrix): string[] => matrix.pops.map((pop) => pop.name);

/** "0.1%", or "900ppm"; finer than a millionth too. */
function parseLossPpm(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%|ppm)$/.exec(text.trim());
  const ppm = Number(match?.[1]) * (match?.[2] === "%" ? 10_000 : 1);
  if (ppm >= 0 && ppm <= 1_000_000) return ppm;
  throw usage(`--max-loss ${text} cannot be read`, "Write 0.1% or 1000ppm.");
}

/** "fra,country=DE": a bare name is a POP's. */
function criteria(flag: string, text: string, matrix: Matrix): Criterion[] {
  return text.split(",").map((one) => {
    const [kindText, name] = one.includes("=") ? one.split("=") : ["pop", one];
    if (!name) throw usage(`${flag} ${one}: names nothing`, `Write ${flag} POP, or one of ${KINDS.join("=, ")}=.`);
    const kind = oneOf(flag, kindText ?? "", KINDS);
    const [known, what] = kind === "pop" ? [popNames(matrix), "POP"] : [matrix.transits, "transit"];
    if ((kind === "pop" || kind === "transit") && !known.includes(name)) {
      throw unknown(`${flag} ${one}: the matrix has no such ${what}`, didYouMean(name, known));
    }
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
function segments(text: string, matrix: Matrix): SegmentId[] {
  const stops = text.split(">").map((stop) => stop.split("/"));
  if (stops.length < 2) throw unknown(`--current ${text}: names no segment`, AS_PRINTED);
  return stops.slice(1).map(([to = ""], i) => {
    const [from = "", transit = ""] = stops[i] ?? [];
    const [fromId, transitId, toId] = [matrix.popId(from), matrix.transitId(transit), matrix.popId(to)];
    const between = fromId === undefined || toId === undefined ? [] : matrix.segmentsBetween(fromId, toId);
    const id = between.find((one) => matrix.transit(one) === transitId);
    if (id !== undefined) return id;
    const names = between.map((one) => matrix.segmentName(one));
    const remedy = names.length > 0 ? `Use ${names.join(" or ")}.` : AS_PRINTED;
    throw unknown(`--current ${text}: the matrix has no segment ${from}/${transit}>${to}`, remedy);
  });
}

const AS_PRINTED = "Write the path as srwan paths prints it: fra/south>par/west>nyc.";

export const demandOf = (flags: Flags): number | undefined => readFlag("--demand", flags.demand, parseRate);

function timeMs(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw usage(`--at ${text} is no time`, "Write it as 2026-01-31T22:00:00Z.");
}

const unknown = (message: string, remedy: string): SrwanError => new SrwanError("POP_UNKNOWN", message, { remedy });
