// Flags of the pulse verbs, read into the plans of the pulse room.

import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { parseDurationMs } from "../../base/units.ts";
import { parseAddress } from "../../pulse/address.ts";
import { parseKey } from "../../pulse/mac.ts";
import type { PeerId } from "../../pulse/model.ts";
import { intervalFits, type NeighbourPlan, type ReflectorPlan, STAMP_PORT } from "../../pulse/plan.ts";
import {
  type AddressOctets,
  accessReport,
  askClassOfService,
  askFollowUp,
  askLocation,
  askTimestampInformation,
  extraPadding,
} from "../../pulse/stamp-extensions.ts";
import { destinationNode, returnPath } from "../../pulse/stamp-sr.ts";
import type { TimestampFormat } from "../../pulse/stamp-time.ts";
import { textOf } from "../flags.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

const DEFAULT_COUNT = 10;

export async function readSend({ arguments: [host = ""], flags }: Input): Promise<NeighbourPlan> {
  const light = flags.twampLight === true;
  const key = keyOf(flags);
  if (light && (key !== undefined || flags.tlv !== undefined)) {
    throw usage("--twamp-light", "stands with a key or extensions", "Leave them out: TWAMP-Light has neither.");
  }
  const from = textOf(flags.from) === undefined ? undefined : parseAddress(textOf(flags.from) ?? "");
  const address = await resolve(host, from);
  const intervalMs = textOf(flags.interval) === undefined ? 1_000 : parseDurationMs(textOf(flags.interval) ?? "");
  if (!intervalFits(intervalMs)) {
    const { pulseIntervalMinMs: least, pulseIntervalMaxMs: most } = LIMITS;
    throw usage("--interval", `${intervalMs} ms is out of range`, `Give ${least}ms to ${most / 1_000}s.`);
  }
  const { extensions, countsDirectly } = readTlvs(flags);
  const count = number(flags.count, "--count", 0, 1e9) ?? DEFAULT_COUNT;
  const dscp = number(flags.dscp, "--dscp", 0, 63);
  return {
    id: host as PeerId,
    address,
    port: number(flags.port, "--port", 1, 65_535) ?? STAMP_PORT,
    intervalMs,
    mode: key === undefined ? "open" : "authenticated",
    key,
    format: formatOf(flags),
    from,
    namespace: textOf(flags.netns),
    trafficClass: dscp === undefined ? undefined : dscp << 2,
    extensions,
    light,
    greets: !light,
    countsDirectly,
    count: count === 0 ? undefined : count,
    watchesLiveness: false,
  };
}

export function readReflect({ flags }: Input): ReflectorPlan[] {
  const key = keyOf(flags);
  const listen = list(flags.listen);
  const addresses = (listen.length === 0 ? ["0.0.0.0", "::"] : listen).map(parseAddress);
  const allowed = list(flags.allow).map(parseAddress);
  return addresses.map((address) => ({
    address,
    port: number(flags.port, "--port", 0, 65_535) ?? STAMP_PORT,
    namespace: textOf(flags.netns),
    mode: key === undefined ? "open" : "authenticated",
    key,
    stateful: flags.stateless !== true,
    format: formatOf(flags),
    ...(allowed.length > 0 && { sources: allowed }),
    returnAddresses: list(flags.returnTo).map(parseAddress),
    steersReplies: flags.steerReplies === true,
  }));
}

/** The extensions by name, as `--tlv` takes them. */
const TLVS: Readonly<Record<string, (value: string) => Uint8Array>> = {
  location: askLocation,
  timestamps: askTimestampInformation,
  "follow-up": askFollowUp,
  "class-of-service": (value) => askClassOfService(number(value || "0", "--tlv class-of-service", 0, 63) ?? 0),
  "access-report": (value) => accessReport(value === "3gpp" ? "3gpp" : "non-3gpp", true),
  padding: (value) => extraPadding(number(value, "--tlv padding", 0, LIMITS.pulseMaxOctets - 256) ?? 64),
  destination: (value) => destinationNode(parseAddress(value)),
};

function readTlvs(flags: Flags): { extensions: Uint8Array[]; countsDirectly: boolean } {
  const names = list(flags.tlv);
  const extensions = names
    .filter((name) => name !== "direct")
    .map((entry) => {
      const [name = "", value = ""] = entry.split("=");
      const make = Object.hasOwn(TLVS, name) ? TLVS[name] : undefined;
      if (make !== undefined) return make(value);
      throw usage("--tlv", `there is no extension "${name}"`, `Use ${[...Object.keys(TLVS), "direct"].join(", ")}.`);
    });
  return { extensions: [...extensions, ...wayBack(flags)], countsDirectly: names.includes("direct") };
}

function wayBack(flags: Flags): Uint8Array[] {
  const sids = list(flags.returnVia).map(parseAddress);
  const to = textOf(flags.returnTo);
  if (sids.length === 0 && to === undefined) return [];
  if (sids.some(({ length }) => length !== 16))
    throw usage("--return-via", "a SID is no IPv6 address", "Give IPv6 SIDs.");
  return [
    returnPath({
      kind: "path",
      ...(to !== undefined && { address: parseAddress(to) }),
      ...(sids.length > 0 && { sids }),
    }),
  ];
}

/** The key itself, or a file that holds it: what stands on a command line can be read by every user of the machine. */
function keyOf(flags: Flags): Uint8Array | undefined {
  const given = textOf(flags.authKey);
  if (given === undefined) return undefined;
  if (!given.startsWith("@")) return parseKey(given);
  try {
    return parseKey(readFileSync(given.slice(1), "utf8"));
  } catch (error) {
    if (error instanceof SrwanError) throw error;
    throw usage("--auth-key", (error as Error).message, "Check the path after @.");
  }
}

async function resolve(host: string, from: AddressOctets | undefined): Promise<AddressOctets> {
  const family = from === undefined ? 0 : from.length === 4 ? 4 : 6;
  try {
    return parseAddress((await lookup(host, { family })).address);
  } catch (error) {
    throw new SrwanError("HOST_UNKNOWN", `"${host}" has no ${family === 0 ? "" : `IPv${family} `}address`, {
      remedy: "Check the name, or give an IP address.",
      cause: error,
    });
  }
}

function formatOf(flags: Flags): TimestampFormat {
  return flags.timestampFormat === "ptp" ? "ptp" : "ntp";
}

const list = (value: Flags[string]): string[] => textOf(value)?.split(",").filter(Boolean) ?? [];

function number(value: Flags[string], flag: string, low: number, high: number): number | undefined {
  const given = textOf(value);
  if (given === undefined) return undefined;
  const read = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (read >= low && read <= high) return read;
  throw usage(flag, `${given} is no whole number from ${low} to ${high}`, `Give ${low} to ${high}.`);
}

const usage = (flag: string, what: string, remedy: string): SrwanError =>
  new SrwanError("USAGE", `${flag}: ${what}`, { remedy, details: { flag } });
