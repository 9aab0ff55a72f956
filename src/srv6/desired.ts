// Reads a desired file (YAML or JSON) into the route model.

import { type FieldPath, type Refuse, readAt, readYaml, refuseRepeats, refuseUnknown } from "../base/yaml-file.ts";
import { covers, formatPrefix, type Prefix, parseIpv4, parseIpv6, parsePrefix } from "./address.ts";
import type { Behavior, BehaviorAction, Flavors } from "./behavior.ts";
import { DesiredFile } from "./desired-schema.ts";
import type { CandidatePath, Desired, LocalSid, Policy, Steering, Tenant, TrafficClass } from "./model.ts";
import type { Sid } from "./sid.ts";

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
  const hmacKeys = (raw.hmacKeys ?? []).map((key) => ({ algorithm: "sha256" as const, ...key }));
  refuseRepeats(refuse, ["hmacKeys"], hmacKeys, (key) => String(key.id), "id");
  const blocks = list(["domain", "blocks"], raw.domain.blocks, (text, path) => prefix(path, text));

  const path = (
    given: NonNullable<DesiredFile["policies"]>[number]["paths"][number],
    where: FieldPath,
  ): CandidatePath => {
    if (given.hmacKey !== undefined && !hmacKeys.some((key) => key.id === given.hmacKey)) {
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

  const policies: Policy[] = list(["policies"], raw.policies, (given, where) => {
    const paths = list([...where, "paths"], given.paths, path);
    const backup = given.backup ? path(given.backup, [...where, "backup"]) : undefined;
    refuseRepeats(refuse, [...where, "paths"], backup ? [...paths, backup] : paths, (p) => p.name, "name");
    if (given.active === "backup" && !backup) {
      throw refuse([...where, "active"], "= backup, and there is no backup", "Add a backup, or leave active out.");
    }
    return {
      name: given.name,
      paths,
      active: given.active ?? "paths",
      ...(backup ? { backup } : {}),
      ...(given.bindingSid === undefined ? {} : { bindingSid: sid([...where, "bindingSid"], given.bindingSid) }),
      ...(given.resilient === undefined ? {} : { resilientBuckets: given.resilient }),
    };
  });
  refuseRepeats(refuse, ["policies"], policies, (policy) => policy.name, "name");

  const localSids: LocalSid[] = list(["localSids"], raw.localSids, (given, where) => ({
    prefix: insideBlocks(prefix([...where, "sid"], given.sid), blocks, [...where, "sid"], refuse),
    behavior: at(where, () => behavior(given, where, tenants, refuse, list, sid)),
    counted: given.counted ?? true,
  }));
  const places = [
    ...localSids.map((local) => formatPrefix(local.prefix)),
    ...policies.flatMap((policy) =>
      policy.bindingSid === undefined
        ? []
        : [`${formatPrefix({ family: 6, address: policy.bindingSid, length: 128 })}`],
    ),
  ];
  refuseRepeats(refuse, ["localSids"], places, (place) => place, "SID");

  const steering: Steering[] = list(["steering"], raw.steering, (given, where) => {
    if (!policies.some((policy) => policy.name === given.policy)) {
      const known = policies.map((policy) => policy.name);
      const remedy = "Add it under policies.";
      throw refuseUnknown(refuse, [...where, "policy"], given.policy, { what: "policy", known, remedy });
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

function insideBlocks(given: Prefix, blocks: readonly Prefix[], path: FieldPath, refuse: Refuse): Prefix {
  if (blocks.some((block) => covers(block, given))) return given;
  throw refuse(
    path,
    `= ${formatPrefix(given)} lies in no block of the domain`,
    `Use an address inside ${blocks.map(formatPrefix).join(", ")}.`,
  );
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
  const { source, destination, ...rest } = given;
  return {
    ...rest,
    ...(source === undefined ? {} : { source: prefix([...path, "source"], source) }),
    ...(destination === undefined ? {} : { destination: prefix([...path, "destination"], destination) }),
  };
}

function behavior(
  given: NonNullable<DesiredFile["localSids"]>[number],
  path: FieldPath,
  tenants: readonly Tenant[],
  refuse: Refuse,
  list: <T, R>(path: FieldPath, items: readonly T[] | undefined, read: (item: T, path: FieldPath) => R) => R[],
  sid: (path: FieldPath, text: string) => Sid,
): Behavior {
  const action = given.behavior as BehaviorAction;
  const need = <T>(value: T | undefined, field: string): T => {
    if (value === undefined) throw refuse(path, `: ${action} needs ${field}`, `Add ${field}.`);
    return value;
  };
  const flavors: Flavors = {
    ...(given.psp ? { psp: true } : {}),
    ...(given.nextCsid ? { nextCsid: given.nextCsid } : {}),
  };
  const flavored = Object.keys(flavors).length ? { flavors } : {};
  const tenantTable = (): number => {
    const name = need(given.tenant, "tenant");
    const tenant = tenants.find((candidate) => candidate.name === name);
    if (tenant) return tenant.table;
    const known = tenants.map((candidate) => candidate.name);
    throw refuseUnknown(refuse, [...path, "tenant"], name, { what: "tenant", known, remedy: "Add it under tenants." });
  };
  switch (action) {
    case "End":
      return { action, ...flavored };
    case "End.X":
      return {
        action,
        nexthop: parseIpv6(need(given.nexthop, "nexthop")),
        ...(given.device === undefined ? {} : { device: given.device }),
        ...flavored,
      };
    case "End.T":
      return { action, table: need(given.table, "table") };
    case "End.DX2":
      return { action, device: need(given.device, "device") };
    case "End.DX4":
      return { action, nexthop: parseIpv4(need(given.nexthop, "nexthop")) };
    case "End.DX6":
      return { action, nexthop: parseIpv6(need(given.nexthop, "nexthop")) };
    case "End.DT4":
    case "End.DT46":
      return { action, vrfTable: tenantTable() };
    case "End.DT6":
      return given.tenant === undefined
        ? { action, table: need(given.table, "table or tenant") }
        : { action, vrfTable: tenantTable() };
    case "End.B6.Encaps":
      return {
        action,
        segments: list([...path, "segments"], need(given.segments, "segments"), (text, p) => sid(p, text)),
      };
  }
}
