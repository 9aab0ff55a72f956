// From the route model to kernel objects: one nexthop object per candidate path, one group per policy, routes that point
// at groups, so that moving a policy is one message however many prefixes follow it. Pure.

import { SrwanError } from "../../base/errors.ts";
import { BITS, covers, type Family, formatPrefix, hostPrefix, type Prefix } from "../address.ts";
import type { CandidatePath, Desired, Policy, Steering } from "../model.ts";
import { pathsOf } from "../probe.ts";
import {
  type Encap,
  type KernelGroup,
  type KernelNexthop,
  type KernelObject,
  type KernelRoute,
  type KernelSetting,
  MAIN_TABLE,
  OUR_PROTOCOL,
  REVERSIBLE,
} from "./objects.ts";

/** What a kernel can do of it: hold SID lists in nexthop objects, or only on routes themselves. */
export type Abilities = { readonly nexthopEncap: boolean };

/** Where SID-list nexthops hang: on lo they survive the loss of any link, and the kernel routes anew on the first SID. */
const ANCHOR = "lo";
/** Above what people number by hand, below the kernel's sign bit. */
const ID_BASE = 0x5300_0000;
const ID_MASK = 0x00ff_ffff;
/** Our part of the packet mark; the rest of it is left to others. */
export const MARK_MASK = 0x00ff_0000;
const MARK_SHIFT = 16;
const RULE_PRIORITY = 19_600;
/** Before the kernel's own rule for VRF devices (1000). */
const SID_RULE_PRIORITY = 960;
/** After any default route that a tenant has; the number that Linux's documentation of VRF gives. */
const LAST_METRIC = 4_278_198_272;

export function compile(desired: Desired, abilities: Abilities): KernelObject[] {
  const groups = compilePolicies(desired.policies);
  const marks = classMarks(desired.steering);
  const policies = new Map(desired.policies.map((policy) => [policy.name, policy]));
  const named = (name: string): Policy => policies.get(name) as Policy;
  const taking: Taking = (policy) => (prefix, table, metric) =>
    abilities.nexthopEncap
      ? toGroup(prefix, table, metric, groups.get(policy.name)?.group ?? 0)
      : toHops(prefix, table, metric, policy, seg6);
  return [
    ...tenantObjects(desired),
    ...desired.hmacKeys.map((key) => ({ kind: "hmac", ...key }) as const),
    ...(desired.domain.requireHmac ? desired.domain.segments.map(onlySigned) : []),
    ...desired.localSids.map(({ prefix, behavior, counted }) =>
      sidRoute(prefix, sidDevice(behavior, desired), { kind: "seg6local", behavior, counted }),
    ),
    ...(abilities.nexthopEncap ? [...groups.values()].flatMap(({ objects }) => objects) : []),
    ...desired.policies.flatMap((policy) => bindingRoute(policy, groups, abilities)),
    ...desired.steering.flatMap((steering) => steer(steering, named(steering.policy), taking)),
    ...[...marks].flatMap(([name, mark]) =>
      (inlinePath(named(name)) ? [6 as const] : familiesIn(desired.steering, name)).flatMap((family) =>
        classRoute(family, mark, taking(named(name)), desired),
      ),
    ),
  ];
}

/** nftables sees that a header says it is signed; whether it is, only the kernel can tell, and does so where it must. */
const onlySigned = (segment: string): KernelSetting => ({
  kind: "setting",
  name: `net/ipv6/conf/${segment}/${REVERSIBLE}`,
  value: 1,
});

/** VRF devices, and what keeps them closed: what a tenant's table does not hold would be looked up in main (tried). */
function tenantObjects({ tenants, domain }: Desired): KernelObject[] {
  if (tenants.length === 0) return [];
  return [
    ...tenants.map(({ name, table }) => ({ kind: "vrf", name: vrfName(name), table }) as const),
    // Without it the kernel refuses every SID that leads into a VRF, with EPERM (tried).
    { kind: "setting", name: "net.vrf.strict_mode", value: 1 },
    ...tenants.flatMap(({ table }) => ([4, 6] as const).map((family) => nowhere(family, table))),
    // A tenant's packet that got its outer header is still the VRF's: its SID has to be found in main all the same.
    ...domain.blocks.map((destination) => {
      const protocol = OUR_PROTOCOL;
      return {
        kind: "rule",
        family: 6,
        priority: SID_RULE_PRIORITY,
        table: MAIN_TABLE,
        protocol,
        destination,
      } as const;
    }),
  ];
}

const nowhere = (family: Family, table: number): KernelRoute => ({
  kind: "route",
  prefix: { family, address: 0n, length: 0 },
  table,
  metric: LAST_METRIC,
  protocol: OUR_PROTOCOL,
  target: { kind: "discard", how: "unreachable" },
});

/** A VRF's device name, within the kernel's fifteen characters: a longer tenant is shown by its start and a hash. */
export const vrfName = (tenant: string): string =>
  tenant.length <= 9
    ? `srwan-${tenant}`
    : `srwan-${tenant.slice(0, 4)}${hash(tenant).toString(36).slice(-5).padStart(5, "0")}`;

export type PolicyObjects = {
  readonly objects: readonly (KernelNexthop | KernelGroup)[];
  readonly group: number;
  readonly bindingGroup: number | undefined;
  /** By the names of the policy's paths. */
  readonly nexthops: ReadonlyMap<string, number>;
};

/** Each policy's nexthop objects and groups, without the routes that follow them. */
export function compilePolicies(policies: readonly Policy[]): ReadonlyMap<string, PolicyObjects> {
  const ids = new Ids();
  return new Map(policies.map((policy) => [policy.name, policyObjects(policy, ids)]));
}

function policyObjects(policy: Policy, ids: Ids): PolicyObjects {
  const lists = (purpose: string, encapOf: (path: CandidatePath) => Encap) => {
    const all = pathsOf(policy);
    const nexthops = all.map((path) => nexthop(ids.give(`${purpose} ${policy.name} ${path.name}`), encapOf(path)));
    const active = policy.active === "backup" && policy.backup ? [policy.backup] : policy.paths;
    // The type is part of the name an identifier is made of: a change of type is a new identifier.
    const type = policy.resilientBuckets === undefined ? "weighted" : `resilient ${policy.resilientBuckets}`;
    const group: KernelGroup = {
      kind: "group",
      id: ids.give(`${purpose} group ${policy.name} ${type}`),
      protocol: OUR_PROTOCOL,
      members: active.map((path) => ({ id: nexthops[all.indexOf(path)]?.id ?? 0, weight: path.weight })),
      ...(policy.resilientBuckets === undefined ? {} : { resilient: { buckets: policy.resilientBuckets } }),
    };
    return { nexthops, group };
  };
  const paths = lists("path", seg6);
  const nexthops = new Map(pathsOf(policy).map(({ name }, i) => [name, paths.nexthops[i]?.id ?? 0]));
  const objects = [...paths.nexthops, ...unlessEmpty(paths.group)];
  if (policy.bindingSid === undefined) return { objects, group: paths.group.id, bindingGroup: undefined, nexthops };
  const bound = lists("binding", ({ segments }) => binding(segments));
  return {
    objects: [...objects, ...bound.nexthops, ...unlessEmpty(bound.group)],
    group: paths.group.id,
    bindingGroup: bound.group.id,
    nexthops,
  };
}

/** A policy whose paths are all spare has no group yet: the kernel takes none without members. */
const unlessEmpty = (group: KernelGroup): KernelGroup[] => (group.members.length === 0 ? [] : [group]);

const binding = (segments: CandidatePath["segments"]): Encap => ({
  kind: "seg6local",
  behavior: { action: "End.B6.Encaps", segments },
  counted: true,
});

const seg6 = ({ mode, segments, hmacKeyId }: CandidatePath): Encap => ({
  kind: "seg6",
  mode,
  segments,
  ...(hmacKeyId === undefined ? {} : { hmacKeyId }),
});

const nexthop = (id: number, encap: Encap): KernelNexthop => ({
  kind: "nexthop",
  id,
  family: 6,
  protocol: OUR_PROTOCOL,
  hop: { device: ANCHOR, encap },
});

/** A SID's device: a tenant's VRF, else lo, so that it stands and counts on when a link goes. Its action names its own way. */
function sidDevice(behavior: Desired["localSids"][number]["behavior"], desired: Desired): string {
  if ("vrfTable" in behavior) {
    const tenant = desired.tenants.find((candidate) => candidate.table === behavior.vrfTable);
    if (tenant) return vrfName(tenant.name);
  }
  return ANCHOR;
}

function bindingRoute(policy: Policy, groups: ReadonlyMap<string, PolicyObjects>, abilities: Abilities): KernelRoute[] {
  const id = groups.get(policy.name)?.bindingGroup;
  if (policy.bindingSid === undefined || id === undefined) return [];
  const place = hostPrefix(policy.bindingSid);
  return [
    abilities.nexthopEncap
      ? toGroup(place, MAIN_TABLE, 0, id)
      : toHops(place, MAIN_TABLE, 0, policy, ({ segments }) => binding(segments)),
  ];
}

/** How a policy takes a prefix: by its group, or with its own lists on the route. */
type Taking = (policy: Policy) => (prefix: Prefix, table: number, metric: number) => KernelRoute;

function steer({ prefixes, table, metric }: Steering, policy: Policy, taking: Taking): KernelRoute[] {
  const inline = inlinePath(policy);
  const four = prefixes.find(({ family }) => family === 4);
  if (inline && four) throw cannotCarry(inline, four, policy);
  const to = taking(policy);
  return prefixes.map((prefix) => to(prefix, table, metric));
}

const inlinePath = (policy: Policy): CandidatePath | undefined => pathsOf(policy).find(({ mode }) => mode === "inline");

/** The kernel takes such a route without a word and drops every packet (tried). */
const cannotCarry = (path: CandidatePath, prefix: Prefix, policy: Policy): SrwanError =>
  new SrwanError(
    "VALUE_INVALID",
    `policy ${policy.name} cannot take ${formatPrefix(prefix)}: its path ${path.name} is inline, which carries no IPv4`,
    {
      remedy: "Give the path the mode encap.red, or steer IPv6 prefixes only.",
      details: { policy: policy.name, path: path.name, prefix: formatPrefix(prefix) },
    },
  );

const familiesIn = (steering: readonly Steering[], name: string): readonly Family[] => {
  const only = steering.find(({ policy, family }) => policy === name && family !== undefined)?.family;
  return only === undefined ? [4, 6] : [only];
};

/** Marked packets look in a table of their own, which holds one default route to the policy, and what is spared from it. */
function classRoute(
  family: Family,
  mark: number,
  to: (prefix: Prefix, table: number, metric: number) => KernelRoute,
  desired: Desired,
): KernelObject[] {
  const table = ID_BASE | mark;
  const metric = 64;
  return [
    to({ family, address: 0n, length: 0 }, table, metric),
    ...spared(desired, family).map((prefix): KernelRoute => {
      const target = { kind: "discard", how: "throw" } as const;
      return { kind: "route", prefix, table, metric, protocol: OUR_PROTOCOL, target };
    }),
    { kind: "rule", family, priority: RULE_PRIORITY, table, protocol: OUR_PROTOCOL, mark, mask: MARK_MASK },
  ];
}

/**
 * What this node itself looks up for packets that are steered already and still carry the mark: SIDs, and the neighbours
 * that local SIDs lead to. Taken by the class's default again, nothing marked would ever leave (tried).
 */
function spared({ domain, policies, localSids }: Desired, family: Family): Prefix[] {
  const nexthops = localSids.flatMap(({ behavior }) => ("nexthop" in behavior ? [behavior] : []));
  if (family === 4) {
    return unique(nexthops.filter(({ action }) => action === "End.DX4").map((one) => hostOf(4, one.nexthop)));
  }
  const lists = policies.flatMap((policy) => pathsOf(policy).map((path) => path.segments));
  const bound = localSids.flatMap(({ behavior }) => ("segments" in behavior ? [behavior.segments] : []));
  const firsts = [...lists, ...bound].flatMap(([first]) => (first === undefined ? [] : [hostPrefix(first)]));
  return unique([
    ...domain.blocks,
    ...firsts.filter((first) => !domain.blocks.some((block) => covers(block, first))),
    ...nexthops.filter(({ action }) => action !== "End.DX4").map((one) => hostOf(6, one.nexthop)),
  ]);
}

const hostOf = (family: Family, address: bigint): Prefix => ({ family, address, length: BITS[family] });

const unique = (prefixes: readonly Prefix[]): Prefix[] => [
  ...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values(),
];

/** The mark of each policy that steers by class, 1 to 255 under our mask, the same as long as the set of names is. */
export function classMarks(steering: readonly Steering[]): ReadonlyMap<string, number> {
  const names = [...new Set(steering.filter((one) => one.classes.length > 0).map((one) => one.policy))].sort();
  const taken = new Set<number>();
  return new Map(
    names.map((name) => {
      let slot = (hash(name) % 255) + 1;
      while (taken.has(slot)) slot = (slot % 255) + 1;
      taken.add(slot);
      return [name, slot << MARK_SHIFT];
    }),
  );
}

/** Where there are no nexthop objects every route carries its own SID lists. */
function toHops(
  prefix: Prefix,
  table: number,
  metric: number,
  policy: Policy,
  encapOf: (path: CandidatePath) => Encap,
): KernelRoute {
  const active = policy.active === "backup" && policy.backup ? [policy.backup] : policy.paths;
  if (prefix.family === 6 && active.length > 1) {
    // "Device only routes can not be added for IPv6 using the multipath API": no gateway stands for a SID list.
    throw new SrwanError(
      "KERNEL_LACKS",
      `policy ${policy.name} spreads ${formatPrefix(prefix)} over ${active.length} paths, and an IPv6 route with SID lists of its own can hold one`,
      {
        remedy: "Leave one path and a backup, or use a kernel with nexthop objects (5.3 or newer) and no --own-encap.",
        details: { policy: policy.name, prefix: formatPrefix(prefix), paths: active.length },
      },
    );
  }
  // A route with one hop has no weights: the kernel would not give one back.
  const hops = active.map((path) => ({
    device: ANCHOR,
    encap: encapOf(path),
    weight: active.length === 1 ? 1 : path.weight,
  }));
  const target = { kind: "hops", hops, ...(prefix.family === 6 ? { local: true as const } : {}) } as const;
  return { kind: "route", prefix, table, metric, protocol: OUR_PROTOCOL, target };
}

const toGroup = (prefix: Prefix, table: number, metric: number, id: number): KernelRoute => ({
  kind: "route",
  prefix,
  table,
  metric,
  protocol: OUR_PROTOCOL,
  target: { kind: "nexthop", id },
});

const sidRoute = (prefix: Prefix, device: string, encap: Encap): KernelRoute => ({
  kind: "route",
  prefix,
  table: MAIN_TABLE,
  metric: 0,
  protocol: OUR_PROTOCOL,
  target: { kind: "hops", hops: [{ device, encap, weight: 1 }], ...(device === ANCHOR ? { local: true } : {}) },
});

/** Identifiers made of names, so that the same file gives the same objects on every machine and after every restart. */
class Ids {
  readonly #taken = new Set<number>();

  give(name: string): number {
    let slot = hash(name) & ID_MASK;
    while (this.#taken.has(slot)) slot = (slot + 1) & ID_MASK;
    this.#taken.add(slot);
    return ID_BASE | slot;
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
