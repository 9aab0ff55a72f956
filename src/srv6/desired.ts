// Reads a desired file (YAML or JSON) into the route model. Every error names the file, the line, the field and the
// value, and the first one stops: nothing is ever taken in part.

import { isNode, LineCounter, parseDocument } from "yaml";
import { SrwanError } from "../base/errors.ts";
import { type FieldPath, fieldText, misfit } from "../base/fit.ts";
import { nearest } from "../base/nearest.ts";
import { covers, formatPrefix, type Prefix, parseIpv4, parseIpv6, parsePrefix } from "./address.ts";
import type { Behavior, BehaviorAction, Flavors } from "./behavior.ts";
import { DesiredFile } from "./desired-schema.ts";
import type { CandidatePath, Desired, LocalSid, Policy, Steering, Tenant, TrafficClass } from "./model.ts";
import type { Sid } from "./sid.ts";

type Path = FieldPath;
type Refuse = (path: Path, what: string, remedy: string) => SrwanError;

export function readDesired(text: string, file: string): Desired {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (path: Path): number => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? doc.contents : doc.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const refuse: Refuse = (path, what, remedy) => {
    const field = fieldText(path) || "the file";
    const line = lineOf(path);
    return new SrwanError("DESIRED_INVALID", `${file}:${line}: ${field} ${what}`, {
      remedy,
      details: { file, line, field },
    });
  };
  const broken = doc.errors[0];
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    throw new SrwanError("DESIRED_INVALID", `${file}:${line}: neither YAML nor JSON: ${broken.message}`, {
      remedy: "Correct the line.",
      details: { file, line },
    });
  }
  const raw = fitSchema(doc.toJS({ maxAliasCount: 0 }), refuse);
  return convert(raw, refuse);
}

function fitSchema(value: unknown, refuse: Refuse): DesiredFile {
  const wrong = misfit(DesiredFile, value, "See docs/reference/schemas/desired.schema.json.");
  if (wrong) throw refuse(wrong.path, wrong.what, wrong.remedy);
  return value as DesiredFile;
}

function convert(raw: DesiredFile, refuse: Refuse): Desired {
  const at = <T>(path: Path, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof SrwanError) throw refuse(path, `: ${error.message}`, error.remedy);
      throw error;
    }
  };
  const prefix = (path: Path, text: string): Prefix => at(path, () => parsePrefix(text));
  const sid = (path: Path, text: string): Sid => at(path, () => parseIpv6(text) as Sid);
  const list = <T, R>(path: Path, items: readonly T[] | undefined, read: (item: T, path: Path) => R): R[] =>
    (items ?? []).map((item, i) => read(item, [...path, i]));

  const tenants: Tenant[] = list(["tenants"], raw.tenants, (tenant) => tenant);
  unique(["tenants"], tenants, (tenant) => tenant.name, "name", refuse);
  unique(["tenants"], tenants, (tenant) => String(tenant.table), "table", refuse);
  const hmacKeys = (raw.hmacKeys ?? []).map((key) => ({ algorithm: "sha256" as const, ...key }));
  unique(["hmacKeys"], hmacKeys, (key) => String(key.id), "id", refuse);
  const blocks = list(["domain", "blocks"], raw.domain.blocks, (text, path) => prefix(path, text));

  const path = (given: NonNullable<DesiredFile["policies"]>[number]["paths"][number], where: Path): CandidatePath => {
    if (given.hmacKey !== undefined && !hmacKeys.some((key) => key.id === given.hmacKey)) {
      throw refuse([...where, "hmacKey"], `= ${given.hmacKey} is no key of this file`, "Add it under hmacKeys.");
    }
    return {
      name: given.name,
      segments: list([...where, "segments"], given.segments, (text, p) => sid(p, text)),
      weight: given.weight ?? 1,
      mode: given.mode ?? (given.hmacKey === undefined ? "encap.red" : "encap"),
      ...(given.hmacKey === undefined ? {} : { hmacKeyId: given.hmacKey }),
    };
  };

  const policies: Policy[] = list(["policies"], raw.policies, (given, where) => {
    const paths = list([...where, "paths"], given.paths, path);
    const backup = given.backup ? path(given.backup, [...where, "backup"]) : undefined;
    unique([...where, "paths"], backup ? [...paths, backup] : paths, (p) => p.name, "name", refuse);
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
  unique(["policies"], policies, (policy) => policy.name, "name", refuse);

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
  unique(["localSids"], places, (place) => place, "SID", refuse);

  const steering: Steering[] = list(["steering"], raw.steering, (given, where) => {
    if (!policies.some((policy) => policy.name === given.policy)) {
      const near = nearest(
        given.policy,
        policies.map((policy) => policy.name),
      );
      throw refuse(
        [...where, "policy"],
        `= ${given.policy} is no policy of this file`,
        near ? `Did you mean ${near}?` : "Add it under policies.",
      );
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

function insideBlocks(given: Prefix, blocks: readonly Prefix[], path: Path, refuse: Refuse): Prefix {
  if (blocks.some((block) => covers(block, given))) return given;
  throw refuse(
    path,
    `= ${formatPrefix(given)} lies in no block of the domain`,
    `Use an address inside ${blocks.map(formatPrefix).join(", ")}.`,
  );
}

function trafficClass(
  given: NonNullable<NonNullable<DesiredFile["steering"]>[number]["classes"]>[number],
  path: Path,
  prefix: (path: Path, text: string) => Prefix,
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
  path: Path,
  tenants: readonly Tenant[],
  refuse: Refuse,
  list: <T, R>(path: Path, items: readonly T[] | undefined, read: (item: T, path: Path) => R) => R[],
  sid: (path: Path, text: string) => Sid,
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
    const near = nearest(
      name,
      tenants.map((candidate) => candidate.name),
    );
    throw refuse(
      [...path, "tenant"],
      `= ${name} is no tenant of this file`,
      near ? `Did you mean ${near}?` : "Add it under tenants.",
    );
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

function unique<T>(path: Path, items: readonly T[], key: (item: T) => string, field: string, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (seen.has(key(item)))
      throw refuse([...path, i], `repeats the ${field} "${key(item)}"`, `Give each a ${field} of its own.`);
    seen.add(key(item));
  }
}
