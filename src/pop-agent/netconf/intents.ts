// What a router is to hold at this stage, as intents: its locator and SIDs, each list as a policy of its own that is tried
// before it carries, the policies that carry, and the routes into them. What cannot be said in intents, or not to this
// family, is refused with the reason. Pure.

import { SrwanError } from "../../base/errors.ts";
import { type Driver, reasonsText } from "../../netconf/devices/driver.ts";
import { keyOf } from "../../netconf/devices/intent-file.ts";
import type { DeviceCapabilities } from "../../netconf/devices/modules.ts";
import { covers, formatIpv6, formatPrefix, type Ipv6, parsePrefix } from "../../srv6/address.ts";
import type { Behavior } from "../../srv6/behavior.ts";
import type { CandidatePath, LocalSid, Policy, Steering, Tenant } from "../../srv6/model.ts";
import type { DeviceIntent, IntentOf } from "../../wire/intent.ts";
import { type Refused, wireError } from "../document.ts";
import { type Goal, PROBE } from "../goal.ts";
import { Colors, orphanOf, type Standing, trialName, trialOf } from "./standing.ts";

export type Router = {
  readonly driver: Driver;
  /** As it announced itself; undefined before it was asked. */
  readonly capabilities: DeviceCapabilities | undefined;
  readonly pop: string;
  readonly locator: string;
  /** The router's own name of an interface of the record. */
  readonly portOf: (device: string) => string | undefined;
};

export type Wanted = {
  readonly intent: DeviceIntent;
  /** What it is there for: a policy and its routes go together. */
  readonly unit: string;
  readonly policy?: string;
};

export type RouterGoal = { readonly wanted: readonly Wanted[]; readonly refused: readonly Refused[] };

const [MAIN_TABLE, USID_LOCATOR_BITS] = [254, 48];

/** `holds`: a policy that stands keeps the lists it carries; what else it should carry is a shift's matter. */
export function intentsOf(
  { desired }: Pick<Goal, "desired">,
  standing: Standing,
  router: Router,
  holds: boolean,
): RouterGoal {
  const format = parsePrefix(router.locator).length === USID_LOCATOR_BITS ? "usid" : "full";
  const refused: Refused[] = [];
  const base = [locatorOf(router, format), ...sidsOf(desired.localSids, desired.tenants, router, format, refused)];
  const steering = new Map(desired.steering.map((one) => [one.policy, one]));
  const colors = new Colors(standing);
  const lists = new Map(
    desired.policies.flatMap(({ paths, spare = [] }) => [...paths, ...spare]).map((list) => [list.name, list] as const),
  );
  const taken: Wanted[] = [];
  const needed = new Map<string, CandidatePath>();
  for (const policy of desired.policies) {
    if (policy.name.startsWith(PROBE)) continue;
    const steers = steering.get(policy.name);
    const made = policyOf(policy, holds ? standing : undefined, lists, colors, format);
    // What will not be taken once it carries is not tried either.
    const trial = { ...policy, paths: policy.spare ?? [], spare: [] };
    const judged = made ?? policyOf(trial, undefined, lists, colors, format);
    const reasons = [...unsaid(policy, steers, desired.tenants), ...(judged ? unsupported(router, judged) : [])];
    if (reasons.length > 0) {
      refused.push(refusal(`policy ${policy.name}`, reasons.join("; "), policy.name));
      continue;
    }
    if (policy.bindingSid !== undefined) refused.push(noBinding(policy.name, formatIpv6(policy.bindingSid)));
    for (const list of [...policy.paths, ...(policy.spare ?? [])]) needed.set(list.name, list);
    if (made === undefined) continue;
    const own = { unit: policy.name, policy: policy.name };
    taken.push({ intent: bound(made, router), ...own });
    taken.push(...routesOf(steers, made, router, refused).map((intent) => ({ intent, ...own })));
  }
  const trials = needed.size === 0 ? [] : trialsOf(desired.policies, needed, steering, colors, format, router, refused);
  return { wanted: [...base.map((intent) => ({ intent, unit: keyOf(intent) })), ...trials, ...taken], refused };
}

const locatorOf = ({ pop, locator }: Router, format: "usid" | "full"): DeviceIntent => ({
  kind: "locator",
  name: pop,
  prefix: locator,
  format,
});

function sidsOf(
  sids: readonly LocalSid[],
  tenants: readonly Tenant[],
  router: Router,
  format: "usid" | "full",
  refused: Refused[],
): DeviceIntent[] {
  const locator = parsePrefix(router.locator);
  return sids.flatMap(({ prefix, behavior }): DeviceIntent[] => {
    const sid = formatIpv6(prefix.address as Ipv6);
    // A locator brings its own.
    if (behavior.action === "End" && prefix.address === locator.address) return [];
    const object = `${behavior.action} ${sid}`;
    if (!covers(locator, prefix)) {
      refused.push(refusal(object, `it lies outside the locator ${router.locator}`));
      return [];
    }
    const told = behaviorOf(behavior, tenants, router);
    if (typeof told === "string") {
      refused.push(refusal(object, told));
      return [];
    }
    const intent = { kind: "sid", locator: router.pop, format, sid, ...told } as const;
    // One SID for both families takes what a SID for one of them does.
    const broader = { ...intent, behavior: "End.DT46" } as const;
    const fits = [intent, ...(told.behavior.startsWith("End.DT") ? [broader] : [])];
    const found = fits.find((one) => unsupported(router, one).length === 0);
    if (found) return [found];
    refused.push(refusal(object, unsupported(router, intent).join("; ")));
    return [];
  });
}

type Told = Pick<IntentOf<"sid">, "behavior" | "device" | "vrf">;

/** Or why there is no such SID on a router. */
function behaviorOf(behavior: Behavior, tenants: readonly Tenant[], { portOf }: Router): Told | string {
  const vrfOf = (table: number): Pick<Told, "vrf"> => {
    const tenant = tenants.find((one) => one.table === table);
    return tenant === undefined ? {} : { vrf: tenant.name };
  };
  switch (behavior.action) {
    case "End":
      return { behavior: "End" };
    case "End.X": {
      const port = behavior.device === undefined ? undefined : portOf(behavior.device);
      if (port !== undefined) return { behavior: "End.X", device: port };
      return `the POP's record has no port for ${behavior.device ?? "it"}: what the router calls that interface`;
    }
    // How the main table is said to a kernel: document.ts.
    case "End.DX4":
      return { behavior: "End.DT4" };
    case "End.DX6":
      return { behavior: "End.DT6" };
    case "End.DT6":
      return { behavior: "End.DT6", ...("vrfTable" in behavior ? vrfOf(behavior.vrfTable) : {}) };
    case "End.DT4":
    case "End.DT46":
      return { behavior: behavior.action, ...vrfOf(behavior.vrfTable) };
    default:
      return `${behavior.action} is nothing that a router is asked for`;
  }
}

function policyOf(
  { name, paths, spare = [] }: Policy,
  standing: Standing | undefined,
  lists: ReadonlyMap<string, CandidatePath>,
  colors: Colors,
  format: "usid" | "full",
): IntentOf<"policy"> | undefined {
  const stands = standing?.policies.get(name);
  const held = stands === undefined ? [] : heldPaths(stands, lists);
  const carries = held.length > 0 ? held : paths.map((list) => ({ ...pathOf(list), weight: list.weight }));
  const [first] = carries;
  if (first === undefined) return undefined;
  const carrying = new Set(carries.map((path) => path.name));
  const backup = [...paths, ...spare].findLast((list) => !carrying.has(list.name));
  return {
    kind: "policy",
    name,
    ...colors.of(name, first.sids.at(-1) ?? ""),
    format,
    paths: carries,
    ...(backup === undefined ? {} : { backup: pathOf(backup) }),
  };
}

/** Some keep a policy without a binding SID down: where the router chooses one it may. */
function bound(intent: IntentOf<"policy">, router: Router): IntentOf<"policy"> {
  const asked = { ...intent, bindingSid: { locator: router.pop } };
  return unsupported(router, asked).length === 0 ? asked : intent;
}

/** What carries, each list as it should be; what nobody made of us is not held. */
const heldPaths = (stands: IntentOf<"policy">, lists: ReadonlyMap<string, CandidatePath>) =>
  stands.paths.flatMap(({ name, sids, weight }) => {
    const list = lists.get(name);
    if (list !== undefined) return [{ ...pathOf(list), weight }];
    return orphanOf(name, sids) ? [{ name, sids, weight }] : [];
  });

const pathOf = ({ name, segments }: CandidatePath) => ({ name, sids: segments.map(formatIpv6) });

/** Every list as a policy of its own; probes are led into those that have an address for it. */
function trialsOf(
  policies: readonly Policy[],
  needed: ReadonlyMap<string, CandidatePath>,
  steering: ReadonlyMap<string, Steering>,
  colors: Colors,
  format: "usid" | "full",
  router: Router,
  refused: Refused[],
): Wanted[] {
  const probes = policies.filter(({ name }) => name.startsWith(PROBE));
  const lists = new Map([...needed, ...probes.flatMap(({ paths }) => paths.map((list) => [list.name, list] as const))]);
  return [...lists.values()].flatMap((list) => {
    const path = pathOf(list);
    const name = trialName(list.name);
    const intent: IntentOf<"policy"> = {
      kind: "policy",
      name,
      ...colors.of(name, path.sids.at(-1) ?? ""),
      format,
      paths: [{ ...path, weight: 1 }],
    };
    if (unsupported(router, intent).length > 0) return [];
    const probing = probes.filter(({ paths }) => paths.some((one) => one.name === list.name));
    const routes = probing.flatMap((one) => routesOf(steering.get(one.name), intent, router, refused));
    return [bound(intent, router), ...routes].map((one) => ({ intent: one, unit: name }));
  });
}

function routesOf(
  steers: Steering | undefined,
  { name, color, endpoint }: IntentOf<"policy">,
  router: Router,
  refused: Refused[],
): IntentOf<"route">[] {
  return (steers?.prefixes ?? []).flatMap((prefix) => {
    const route = { kind: "route", prefix: formatPrefix(prefix), policy: name, color, endpoint } as const;
    const reasons = unsupported(router, route);
    if (reasons.length === 0) return [route];
    refused.push(refusal(`route ${route.prefix}`, reasons.join("; "), trialOf(name) === undefined ? name : undefined));
    return [];
  });
}

/** What of a policy no intent can say. */
function unsaid(policy: Policy, steers: Steering | undefined, tenants: readonly Tenant[]): string[] {
  const tenant = tenants.find(({ table }) => table === steers?.table);
  return [
    ...(trialOf(policy.name) === undefined ? [] : ["name: what begins with probe. is for lists on trial"]),
    ...((steers?.classes.length ?? 0) === 0 ? [] : ["classes: a router here steers by destination alone"]),
    ...(steers === undefined || steers.table === MAIN_TABLE
      ? []
      : [`tenant: ${tenant?.name ?? steers.table} has no routes on a router; the main table alone is steered`]),
    ...([...policy.paths, ...(policy.spare ?? [])].some(({ hmacKeyId }) => hmacKeyId !== undefined)
      ? ["hmacKey: routers do not sign SID lists"]
      : []),
    ...(policy.resilientBuckets === undefined ? [] : ["resilientBuckets: how flows are spread is the router's"]),
  ];
}

function unsupported({ driver, capabilities }: Router, intent: DeviceIntent): string[] {
  const verdict = driver.supports(intent, capabilities);
  return verdict.supported ? [] : [`${driver.title}: ${reasonsText(verdict.reasons)}`];
}

/** The policy carries without it: no family takes one of our choice. */
const noBinding = (policy: string, sid: string): Refused =>
  refusal(
    `binding SID ${sid} of ${policy}`,
    "a router chooses binding SIDs itself; others cannot enter the policy by this one",
  );

const refusal = (object: string, why: string, policy?: string): Refused => ({
  object: object.slice(0, 1_024),
  ...(policy === undefined ? {} : { policy }),
  error: wireError(
    new SrwanError("INTENT_UNSUPPORTED", why, {
      remedy: "Change what the reason names, or let the policy begin at a POP that can do it.",
      deviceStateKnown: true,
    }),
  ),
});
