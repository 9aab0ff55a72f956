// The service's document as lanes, SIDs and tenants of the route model. An entry that cannot be read is refused by itself,
// with its reason, and leaves the others as they are. Pure.

import { asSrwanError, SrwanError } from "../base/errors.ts";
import { covers, formatPrefix, type Ipv4, type Ipv6, type Prefix, parseIpv6, parsePrefix } from "../srv6/address.ts";
import type { Behavior } from "../srv6/behavior.ts";
import type { Domain, HmacKey, LocalSid, Tenant, TrafficClass } from "../srv6/model.ts";
import { parseSid } from "../srv6/sid.ts";
import type { PopDesired, WirePath, WirePolicy, WireSid } from "../wire/desired.ts";
import type { WireError } from "../wire/parts.ts";
import type { TrafficClass as WireClass } from "../wire/policy.ts";
import { keyed, type Lane, type LanePath, type PathContent } from "./lane.ts";

/** Who has to do without it: a policy, all of a tenant's, or whoever is led over a SID. */
export type Refused = {
  readonly object: string;
  readonly policy?: string;
  readonly tenant?: string;
  readonly sid?: string;
  readonly error: WireError;
};

export type ReadDocument = {
  readonly version: number;
  readonly domain: Domain;
  readonly tunnelSource: bigint;
  readonly near: Prefix;
  readonly hmacKeys: readonly HmacKey[];
  readonly tenants: readonly Tenant[];
  readonly localSids: readonly LocalSid[];
  readonly lanes: readonly Lane[];
  readonly refused: readonly Refused[];
};

/** What the machine's own configuration adds. */
export type Local = {
  /** The POP's end of the probe namespace's link: SID lists of answers are believed from there. */
  readonly probeDevice: string;
  /** Prefixes that no policy may take along. */
  readonly management: readonly Prefix[];
  /** IPv6 is translated where it leaves: then it must pass the hooks of netfilter, which End.DT6 goes around. */
  readonly translates6: boolean;
};

const [MAIN_TABLE, PROBE_MS] = [254, 100];

export const wireError = (thrown: unknown): WireError => {
  const { code, message, remedy } = asSrwanError(thrown);
  return { code, message: message.slice(0, 1_024), remedy: remedy.slice(0, 1_024) };
};

export function readDocument(document: PopDesired, local: Local): ReadDocument {
  const refused: Refused[] = [];
  const each = <T, R>(entries: readonly T[], name: (entry: T) => Omit<Refused, "error">, read: (entry: T) => R): R[] =>
    entries.flatMap((entry) => {
      try {
        return [read(entry)];
      } catch (thrown) {
        refused.push({ ...name(entry), error: wireError(thrown) });
        return [];
      }
    });
  const { settings } = document;
  const tenants = document.tenants.map(({ name, table }): Tenant => ({ name, table }));
  return {
    version: document.version,
    domain: {
      blocks: settings.blocks.map(parsePrefix),
      segments: [...settings.segments, local.probeDevice],
      management: [],
      requireHmac: settings.requireHmac ?? false,
    },
    tunnelSource: parseIpv6(settings.tunnelSource),
    near: parsePrefix(settings.near),
    hmacKeys: document.hmacKeys,
    tenants,
    localSids: each(
      document.localSids,
      ({ sid, behavior }) => ({ object: `${behavior} ${sid}`, sid }),
      (sid) => ({ prefix: parsePrefix(sid.sid), behavior: behaviorOf(sid, tenants, local), counted: true }),
    ),
    lanes: each(
      document.policies,
      ({ name }) => ({ object: `policy ${name}`, policy: name }),
      (policy) => laneOf(policy, tenants, local.management),
    ),
    refused,
  };
}

function laneOf(policy: WirePolicy, tenants: readonly Tenant[], management: readonly Prefix[]): Lane {
  const prefixes = policy.prefixes.map(parsePrefix);
  const table = policy.tenant === undefined ? MAIN_TABLE : tenantTable(policy.tenant, tenants);
  if (table === MAIN_TABLE) refuseManagement(policy.name, prefixes, management);
  return {
    policy: policy.name,
    to: policy.to,
    far: parsePrefix(policy.far),
    paths: unique(policy.paths.map(pathOf)),
    backup: policy.backup === undefined ? undefined : pathOf(policy.backup),
    probed: policy.unprobed !== true,
    word: policy.word ?? 0,
    probeMs: policy.probeMs ?? PROBE_MS,
    bindingSid: policy.bindingSid === undefined ? undefined : parseSid(policy.bindingSid),
    resilientBuckets: policy.resilientBuckets,
    prefixes,
    classes: policy.classes.map(classOf),
    family: policy.tenant !== undefined ? undefined : policy.paths.some(({ probeSids }) => probeSids) ? 4 : 6,
    table,
  };
}

const contentOf = ({ mode, hmacKey }: WirePath, sids: readonly string[]): PathContent => ({
  mode,
  segments: sids.map(parseSid),
  ...(hmacKey === undefined ? {} : { hmacKeyId: hmacKey }),
});

const pathOf = (path: WirePath): LanePath => ({
  name: path.name,
  list: keyed(contentOf(path, path.sids), path.weight),
  probe: keyed(contentOf(path, path.probeSids ?? path.sids), 1),
  first: path.segments[0],
  back: path.back?.map(parseSid),
  mtuOctets: path.mtuOctets,
});

/** Two paths that say the same are one with the weight of both: a group takes no member twice. */
function unique(paths: readonly LanePath[]): LanePath[] {
  const found = new Map<string, LanePath>();
  for (const path of paths) {
    const known = found.get(path.list.name);
    const weight = Math.min(256, (known?.list.weight ?? 0) + path.list.weight);
    found.set(path.list.name, known === undefined ? path : { ...known, list: { ...known.list, weight } });
  }
  return [...found.values()];
}

function behaviorOf(sid: WireSid, tenants: readonly Tenant[], { translates6 }: Local): Behavior {
  const flavors = {
    ...(sid.psp === true ? { psp: true } : {}),
    ...(sid.nextCsid === undefined ? {} : { nextCsid: sid.nextCsid }),
  };
  const flavored = Object.keys(flavors).length === 0 ? {} : { flavors };
  switch (sid.behavior) {
    case "End":
      return { action: "End", ...flavored };
    case "End.X":
      if (sid.nexthop === undefined) throw lacking(sid, "nexthop", "Name the neighbour that it leads to.");
      return {
        action: "End.X",
        nexthop: parseIpv6(sid.nexthop),
        ...(sid.device === undefined ? {} : { device: sid.device }),
        ...flavored,
      };
    case "End.B6.Encaps":
      if (sid.segments === undefined) throw lacking(sid, "segments", "Name the SIDs that it stands for.");
      return { action: "End.B6.Encaps", segments: sid.segments.map(parseSid) };
    case "End.DT4":
      // Decapsulates and looks the packet's own destination up in the POP's own table: what End.DT4 does, without a VRF.
      if (sid.tenant === undefined) return { action: "End.DX4", nexthop: 0n as Ipv4 };
      return { action: "End.DT4", vrfTable: tenantTable(sid.tenant, tenants) };
    case "End.DT6":
      // Looks the destination up in main just as well, but for what is steered on into a policy here.
      if (sid.tenant === undefined && translates6) return { action: "End.DX6", nexthop: 0n as Ipv6 };
      if (sid.tenant === undefined) return { action: "End.DT6", table: sid.table ?? MAIN_TABLE };
      return { action: "End.DT6", vrfTable: tenantTable(sid.tenant, tenants) };
    case "End.DT46":
      if (sid.tenant === undefined) {
        throw lacking(
          sid,
          "tenant",
          "Give a tenant, or one SID of End.DT4 and one of End.DT6 for the POP's own table.",
        );
      }
      return { action: "End.DT46", vrfTable: tenantTable(sid.tenant, tenants) };
  }
}

const lacking = (sid: WireSid, field: string, remedy: string): SrwanError =>
  new SrwanError("VALUE_INVALID", `${sid.behavior} ${sid.sid} has no ${field}`, { remedy });

function tenantTable(name: string, tenants: readonly Tenant[]): number {
  const tenant = tenants.find((one) => one.name === name);
  if (tenant !== undefined) return tenant.table;
  throw new SrwanError("VALUE_INVALID", `there is no tenant ${name} in the document`, {
    remedy: "Put the tenant into the document before what belongs to it.",
  });
}

const classOf = (one: WireClass): TrafficClass => ({
  ...(one.dscp === undefined ? {} : { dscp: one.dscp }),
  ...(one.protocol === undefined ? {} : { protocol: one.protocol }),
  ...(one.destinationPort === undefined ? {} : { destinationPort: one.destinationPort }),
  ...(one.source === undefined ? {} : { source: parsePrefix(one.source) }),
  ...(one.destination === undefined ? {} : { destination: parsePrefix(one.destination) }),
});

function refuseManagement(policy: string, prefixes: readonly Prefix[], management: readonly Prefix[]): void {
  for (const prefix of prefixes) {
    const hit = management.find((one) => covers(prefix, one) || covers(one, prefix));
    if (hit === undefined) continue;
    const what = `${formatPrefix(prefix)} of policy ${policy} would take the management path ${formatPrefix(hit)} along`;
    throw new SrwanError("RISK_MANAGEMENT_PATH", what, {
      remedy: "Take the prefix out of the policy, or out of the POP's management prefixes.",
    });
  }
}
