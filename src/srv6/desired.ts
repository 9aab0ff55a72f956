// Reads a desired file (YAML or JSON) into the route model.

import type { FieldPath } from "../base/misfit.ts";
import { type Refuse, readAt, readYaml, refuseRepeats, refuseUnknown } from "../base/yaml-file.ts";
import { covers, formatPrefix, hostPrefix, type Prefix, parseIpv6, parsePrefix } from "./address.ts";
import { readBehavior } from "./desired-behavior.ts";
import { DesiredFile } from "./desired-schema.ts";
import type { CandidatePath, Desired, LocalSid, Policy, Steering, Tenant, TrafficClass } from "./model.ts";
import type { Sid } from "./sid.ts";

/** default, main and local. */
const KERNEL_TABLES: readonly number[] = [253, 254, 255];

export function readDesired(text: string, file: string): Desired {
  const reference = "docs/reference/schemas/desired.schema.json";
  const { value, refuse } = readYaml(DesiredFile, { text, file, code: "DESIRED_INVALID", reference });
  return convert(value, refuse);
}

function convert(raw: DesiredFile, refuse: Refuse): Desired {
  const at = <T>(path: FieldPath, read: () => T): T => readAt(refuse, path, read);
  const prefix = (path: FieldPath, text: string): Prefix => at(path, () => parsePrefix(text));
  const sid = (path: FieldPath, text: string): Sid => at(path, () => parseIpv6(text) as Sid);
  const list = <T, R>(path: FieldPath, items: readonly T[] | undefined, read: (item: T, path: FieldPath) => R): R[] =>
    (items ?? []).map((item, i) => read(item, [...path, i]));

  const tenants: Tenant[] = list(["tenants"], raw.tenants, (tenant) => tenant);
  refuseRepeats(refuse, ["tenants"], tenants, (tenant) => tenant.name, "name");
  refuseRepeats(refuse, ["tenants"], tenants, (tenant) => String(tenant.table), "table");
  const shared = tenants.findIndex(({ table }) => KERNEL_TABLES.includes(table));
  if (shared >= 0) {
    const what = `= ${tenants[shared]?.table} is a table that all share`;
    throw refuse(["tenants", shared, "table"], what, "Give the tenant a table of its own.");
  }
  const hmacKeys = (raw.hmacKeys ?? []).map((key) => ({ algorithm: "sha256" as const, ...key }));
  refuseRepeats(refuse, ["hmacKeys"], hmacKeys, (key) => String(key.id), "id");
  const keyIds = new Set(hmacKeys.map((key) => key.id));
  const blocks = list(["domain", "blocks"], raw.domain.blocks, (text, path) => {
    const block = prefix(path, text);
    if (block.family === 4) throw refuse(path, `= ${text} is IPv4, and SIDs are IPv6`, "Give an IPv6 prefix.");
    return block;
  });
  const ofOurs = (given: Prefix, path: FieldPath): Prefix => {
    if (blocks.some((block) => covers(block, given))) return given;
    throw refuse(
      path,
      `= ${formatPrefix(given)} lies in no block of the domain`,
      `Use an address inside ${blocks.map(formatPrefix).join(", ")}.`,
    );
  };

  const path = (
    given: NonNullable<DesiredFile["policies"]>[number]["paths"][number],
    where: FieldPath,
  ): CandidatePath => {
    if (given.hmacKey !== undefined && !keyIds.has(given.hmacKey)) {
      throw refuse([...where, "hmacKey"], `= ${given.hmacKey} is no key of this file`, "Add it under hmacKeys.");
    }
    const mode = given.mode ?? (given.hmacKey === undefined ? "encap.red" : "encap");
    const signed = given.hmacKey !== undefined || raw.domain.requireHmac === true;
    // A reduced list of one SID is sent without a routing header, so there is nothing to sign (RFC 8754 §4.1).
    if (signed && given.segments.length === 1 && mode.endsWith(".red")) {
      throw refuse(
        [...where, "mode"],
        `= ${mode} sends one SID without a routing header, and ${given.hmacKey === undefined ? "domain.requireHmac" : `hmacKey ${given.hmacKey}`} wants it signed`,
        `Use mode: ${mode.replace(".red", "")}.`,
      );
    }
    return {
      name: given.name,
      segments: list([...where, "segments"], given.segments, (text, p) => sid(p, text)),
      weight: given.weight ?? 1,
      mode,
      ...(given.hmacKey === undefined ? {} : { hmacKeyId: given.hmacKey }),
    };
  };

  const binding = (where: FieldPath, text: string): Sid => ofOurs(hostPrefix(sid(where, text)), where).address as Sid;
  const policies: Policy[] = list(["policies"], raw.policies, (given, where) => {
    const paths = list([...where, "paths"], given.paths, path);
    const backup = given.backup ? path(given.backup, [...where, "backup"]) : undefined;
    refuseRepeats(refuse, [...where, "paths"], paths, (p) => p.name, "name");
    if (backup && paths.some((p) => p.name === backup.name)) {
      throw refuse(
        [...where, "backup", "name"],
        `= ${backup.name} is the name of a path`,
        "Give it a name of its own.",
      );
    }
    if (given.active === "backup" && !backup) {
      throw refuse([...where, "active"], "= backup, and there is no backup", "Add a backup, or leave active out.");
    }
    return {
      name: given.name,
      paths,
      active: given.active ?? "paths",
      ...(backup ? { backup } : {}),
      ...(given.bindingSid === undefined ? {} : { bindingSid: binding([...where, "bindingSid"], given.bindingSid) }),
      ...(given.resilient === undefined ? {} : { resilientBuckets: given.resilient }),
    };
  });
  refuseRepeats(refuse, ["policies"], policies, (policy) => policy.name, "name");

  const tableOf = new Map(tenants.map((tenant) => [tenant.name, tenant.table]));
  const localSids: LocalSid[] = list(["localSids"], raw.localSids, (given, where) => {
    const place = ofOurs(prefix([...where, "sid"], given.sid), [...where, "sid"]);
    const behavior = readBehavior(given, place, where, tableOf, refuse);
    return { prefix: place, behavior, counted: given.counted ?? true };
  });
  refuseRepeats(refuse, ["localSids"], localSids, (local) => formatPrefix(local.prefix), "SID");
  const held = new Set(localSids.map((local) => formatPrefix(local.prefix)));
  for (const [i, { bindingSid }] of policies.entries()) {
    if (bindingSid === undefined) continue;
    const place = formatPrefix(hostPrefix(bindingSid));
    if (held.has(place)) {
      throw refuse(["policies", i, "bindingSid"], `repeats the SID "${place}"`, "Give each a SID of its own.");
    }
    held.add(place);
  }

  const names = new Set(policies.map((policy) => policy.name));
  const steering: Steering[] = list(["steering"], raw.steering, (given, where) => {
    if (!names.has(given.policy)) {
      const remedy = "Add it under policies.";
      throw refuseUnknown(refuse, [...where, "policy"], given.policy, { what: "policy", known: names, remedy });
    }
    if (!given.prefixes?.length && !given.classes?.length) {
      throw refuse(where, "steers nothing", "Give prefixes, classes, or both.");
    }
    return {
      policy: given.policy,
      prefixes: list([...where, "prefixes"], given.prefixes, (text, p) => prefix(p, text)),
      classes: list([...where, "classes"], given.classes, (one, p) => trafficClass(one, p, prefix, refuse)),
      table: given.table ?? 254,
      metric: given.metric ?? 64,
    };
  });
  steeredOnce(steering, refuse);

  return {
    domain: {
      blocks,
      segments: raw.domain.segments ?? [],
      management: list(["domain", "management"], raw.domain.management, (text, p) => prefix(p, text)),
      requireHmac: raw.domain.requireHmac ?? false,
    },
    ...(raw.tunnelSource === undefined ? {} : { tunnelSource: sid(["tunnelSource"], raw.tunnelSource) }),
    hmacKeys,
    tenants,
    localSids,
    policies,
    steering,
  };
}

/** Two routes of one prefix, table and metric cannot both stand: which policy would get the traffic would be chance. */
function steeredOnce(steering: readonly Steering[], refuse: Refuse): void {
  const taken = new Set<string>();
  for (const [i, { prefixes, table, metric }] of steering.entries()) {
    for (const [j, prefix] of prefixes.entries()) {
      const place = `${prefix.family} ${prefix.address.toString(32)} ${prefix.length} ${table} ${metric}`;
      if (taken.has(place)) {
        const what = `= ${formatPrefix(prefix)} is steered already, in table ${table} with metric ${metric}`;
        throw refuse(["steering", i, "prefixes", j], what, "Remove one of the two, or give one another metric.");
      }
      taken.add(place);
    }
  }
}

function trafficClass(
  given: NonNullable<NonNullable<DesiredFile["steering"]>[number]["classes"]>[number],
  path: FieldPath,
  prefix: (path: FieldPath, text: string) => Prefix,
  refuse: Refuse,
): TrafficClass {
  if (given.destinationPort !== undefined && given.protocol === undefined) {
    throw refuse([...path, "destinationPort"], "has no protocol", "Add protocol: tcp or udp.");
  }
  const { source: from, destination: to, ...rest } = given;
  const source = from === undefined ? undefined : prefix([...path, "source"], from);
  const destination = to === undefined ? undefined : prefix([...path, "destination"], to);
  if (source && destination && source.family !== destination.family) {
    const what = `: from IPv${source.family} to IPv${destination.family} no packet goes`;
    throw refuse(path, what, "Give source and destination of one family.");
  }
  return { ...rest, ...(source ? { source } : {}), ...(destination ? { destination } : {}) };
}
