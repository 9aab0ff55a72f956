// What cannot be in a configuration, all of it, each with its field, its value and what to do. Pure: the POPs there are
// come in as a value.

import { SrwanError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { parsePrefix } from "../../srv6/address.ts";
import { segmentName, segmentParts } from "../../wire/parts.ts";
import type { Maintenance, PolicySpec, WanConfig } from "../../wire/policy.ts";
import type { PopRecord } from "../../wire/pop.ts";

export type Mistake = {
  readonly field: string;
  readonly value: unknown;
  readonly what: string;
  readonly remedy: string;
};

export function checkConfig(config: WanConfig, pops: ReadonlyMap<string, PopRecord>): void {
  const found = mistakes(config, pops);
  const [first] = found;
  if (first === undefined) return;
  const more = found.length > 1 ? `, and ${found.length - 1} more` : "";
  throw new SrwanError("CHANGE_INVALID", `${first.field} = ${JSON.stringify(first.value)} ${first.what}${more}`, {
    remedy: first.remedy,
    details: { mistakes: found.slice(0, MISTAKES_TOLD) },
  });
}

const MISTAKES_TOLD = 100;

export function mistakes(config: WanConfig, pops: ReadonlyMap<string, PopRecord>): Mistake[] {
  return [
    ...repeated(config.policies.map(({ name }) => name)).map(([at, name]) => ({
      field: `policies[${at}].name`,
      value: name,
      what: "is the name of another policy before it",
      remedy: "Give each policy a name of its own.",
    })),
    ...config.policies.flatMap((policy, at) => policyMistakes(policy, `policies[${at}]`, pops)),
    ...sharedPrefixes(config.policies),
    ...config.maintenance.flatMap(({ pop }, at) => unknownPop(`maintenance[${at}].pop`, pop, pops)),
    ...repeated(config.maintenance.map(({ pop }) => pop)).map(([at, pop]) => ({
      field: `maintenance[${at}].pop`,
      value: pop,
      what: "is drained by an entry before it",
      remedy: "Remove one of the two.",
    })),
    ...config.maintenance.flatMap((one, at) => segmentMistakes(one, `maintenance[${at}]`, pops)),
    ...signingMistakes(config, pops),
  ];
}

function segmentMistakes({ pop, segments = [] }: Maintenance, field: string, pops: Pops): Mistake[] {
  const record = pops.get(pop);
  if (record === undefined) return [];
  const own = record.segments.map(({ transit, to }) => segmentName({ from: pop, transit, to }));
  return segments.flatMap((value, at) =>
    own.includes(value)
      ? []
      : [{ field: `${field}.segments[${at}]`, value, what: `is no segment of ${pop}`, remedy: oneOfThem(own) }],
  );
}

const oneOfThem = (own: readonly string[]): string =>
  own.length === 0 ? "It has none: leave `segments` out." : `Name one of ${own.slice(0, 8).join(", ")}.`;

function signingMistakes({ signing }: WanConfig, pops: Pops): Mistake[] {
  if (signing === undefined) return [];
  const { keys, sign, require } = signing;
  const router = [...pops.values()].find(({ platform }) => platform !== "linux");
  return [
    ...(sign === undefined || keys.includes(sign)
      ? []
      : [{ field: "signing.sign", value: sign, what: "is none of signing.keys", remedy: "Add it there first." }]),
    ...(require === true && sign === undefined
      ? [
          {
            field: "signing.require",
            value: true,
            what: "asks for what nobody does",
            remedy: "Say signing.sign first.",
          },
        ]
      : []),
    ...(router === undefined || require !== true
      ? []
      : [
          {
            field: "signing.require",
            value: true,
            what: `would drop what ${router.name} sends: a router does not sign`,
            remedy: "Leave it out while a POP's router forwards; encrypt segments instead.",
          },
        ]),
  ];
}

/** POPs take a change one after another, so that keys change in steps: no step may ask of one what another has not yet. */
export function checkStep(before: WanConfig, after: WanConfig): void {
  const [old, next] = [before.signing, after.signing];
  const refuse = (field: string, value: unknown, what: string, remedy: string): SrwanError =>
    new SrwanError("CHANGE_INVALID", `signing.${field} = ${JSON.stringify(value ?? null)} ${what}`, { remedy });
  const { sign } = next ?? {};
  if (sign !== undefined && old?.keys.includes(sign) !== true) {
    const remedy = `Commit signing.keys with ${sign} first, and this when every POP holds that (srwan pops).`;
    throw refuse("sign", sign, "is a key that no POP has yet", remedy);
  }
  if (next?.require === true && old?.sign === undefined) {
    throw refuse("require", true, "comes before anybody signs", "Commit signing.sign first, and this when all sign.");
  }
  if (old?.sign !== undefined && next?.keys.includes(old.sign) !== true) {
    throw refuse(
      "keys",
      next?.keys,
      `lacks ${old.sign}, which POPs sign with`,
      "Commit another signing.sign, or none, first.",
    );
  }
  if (old?.require === true && sign === undefined) {
    throw refuse("sign", sign, "while POPs drop what is not signed", "Commit signing.require = false first.");
  }
}

function* repeatedOf(names: readonly string[]): Generator<readonly [number, string]> {
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    if (seen.has(name)) yield [at, name];
    seen.add(name);
  }
}
const repeated = (names: readonly string[]) => [...repeatedOf(names)];

type Pops = ReadonlyMap<string, PopRecord>;

function unknownPop(field: string, value: string, pops: Pops): Mistake[] {
  if (pops.has(value)) return [];
  const near = nearest(value, pops.keys());
  const remedy = near === undefined ? "`srwan pops` lists those that joined." : `Did you mean ${near}?`;
  return [{ field, value, what: "is no POP that joined", remedy }];
}

function policyMistakes(policy: PolicySpec, at: string, pops: Pops): Mistake[] {
  const found = [...unknownPop(`${at}.from`, policy.from, pops), ...unknownPop(`${at}.to`, policy.to, pops)];
  if (policy.from === policy.to) {
    found.push({
      field: `${at}.to`,
      value: policy.to,
      what: "is where the policy begins",
      remedy: "Name the far end.",
    });
  }
  if ((policy.prefixes ?? []).length === 0 && (policy.classes ?? []).length === 0) {
    found.push({
      field: `${at}.prefixes`,
      value: policy.prefixes ?? null,
      what: "says no destination, and classes says no kind of traffic",
      remedy: "Give prefixes, classes or both; 0.0.0.0/0 and ::/0 stand for all.",
    });
  }
  for (const [i, prefix] of (policy.prefixes ?? []).entries())
    found.push(...prefixMistakes(`${at}.prefixes[${i}]`, prefix));
  for (const [i, one] of (policy.classes ?? []).entries()) found.push(...classMistakes(`${at}.classes[${i}]`, one));
  found.push(...criteriaMistakes(policy, at, pops), ...pinMistakes(policy, at, pops));
  return found;
}

function prefixMistakes(field: string, value: string): Mistake[] {
  try {
    parsePrefix(value);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof SrwanError)) throw thrown;
    return [{ field, value, what: `cannot be read: ${thrown.message}`, remedy: thrown.remedy }];
  }
}

function classMistakes(at: string, one: NonNullable<PolicySpec["classes"]>[number]): Mistake[] {
  const found: Mistake[] = [];
  if (one.destinationPort !== undefined && one.protocol === undefined) {
    const remedy = `Say ${at}.protocol: tcp or udp.`;
    found.push({
      field: `${at}.destinationPort`,
      value: one.destinationPort,
      what: "is a port of no protocol",
      remedy,
    });
  }
  for (const side of ["source", "destination"] as const) {
    const value = one[side];
    if (value !== undefined) found.push(...prefixMistakes(`${at}.${side}`, value));
  }
  return found;
}

/** Words that a criterion may be met by, of all POPs. */
function known(kind: string, pops: Pops): Set<string> | undefined {
  const all = [...pops.values()];
  const of = (values: readonly (string | number | undefined)[]) =>
    new Set(values.filter((one) => one !== undefined).map(String));
  if (kind === "pop") return new Set(pops.keys());
  if (kind === "transit") return of(all.flatMap(({ transits }) => transits.map(({ name }) => name)));
  if (kind === "country") return of(all.map(({ country }) => country));
  if (kind === "region") return of(all.map(({ region }) => region));
  if (kind === "asn") return of(all.flatMap(({ asn, transits }) => [asn, ...transits.map((one) => one.asn)]));
  if (kind === "tag") return of(all.flatMap(({ tags }) => tags ?? []));
  if (kind === "risk") return of(all.flatMap(({ segments }) => segments.flatMap(({ riskGroups }) => riskGroups ?? [])));
  return undefined;
}

function criteriaMistakes(policy: PolicySpec, at: string, pops: Pops): Mistake[] {
  const found: Mistake[] = [];
  for (const [i, value] of (policy.must ?? []).entries()) {
    const [kind = "", word = ""] = value.split(":");
    const words = known(kind, pops);
    if (words === undefined || words.has(word)) continue;
    const near = nearest(word, words);
    found.push({
      field: `${at}.must[${i}]`,
      value,
      what: "is met by no POP, so no path can",
      remedy: near === undefined ? "Remove it, or add it to a POP." : `Did you mean ${kind}:${near}?`,
    });
  }
  for (const [i, value] of (policy.never ?? []).entries()) {
    const end = value === `pop:${policy.from}` || value === `pop:${policy.to}`;
    const what = "is an end of the policy, which every path meets";
    if (end) found.push({ field: `${at}.never[${i}]`, value, what, remedy: "Remove it." });
    if ((policy.must ?? []).includes(value)) {
      const both = "is what the path must meet too";
      found.push({ field: `${at}.never[${i}]`, value, what: both, remedy: "Remove it from must or from never." });
    }
  }
  return found;
}

function pinMistakes(policy: PolicySpec, at: string, pops: Pops): Mistake[] {
  const found: Mistake[] = [];
  let place = policy.from;
  for (const [i, value] of (policy.pin ?? []).entries()) {
    const field = `${at}.pin[${i}]`;
    const { from, transit, to } = segmentParts(value);
    if (from !== place) {
      found.push({
        field,
        value,
        what: `leaves ${from}, but the path is at ${place}`,
        remedy: "Let each begin where the one before ended.",
      });
    }
    const ports = pops.get(from)?.segments ?? [];
    if (!ports.some((port) => port.transit === transit && port.to === to)) {
      const there = ports.map((port) => segmentName({ from, transit: port.transit, to: port.to }));
      const remedy =
        there.length === 0 ? `${from} has no segments.` : `From ${from} there are ${there.slice(0, 8).join(", ")}.`;
      found.push({ field, value, what: "is no segment", remedy });
    }
    place = to;
  }
  if (policy.pin !== undefined && place !== policy.to) {
    const remedy = `Let the last segment lead to ${policy.to}.`;
    found.push({
      field: `${at}.pin`,
      value: policy.pin.join(" "),
      what: `ends at ${place}, not at ${policy.to}`,
      remedy,
    });
  }
  return found;
}

/** Of one POP's policies without classes, each destination belongs to one within a tenant. */
function sharedPrefixes(policies: readonly PolicySpec[]): Mistake[] {
  const owners = new Map<string, string>();
  const found: Mistake[] = [];
  for (const [at, policy] of policies.entries()) {
    if ((policy.classes ?? []).length > 0) continue;
    for (const [i, value] of (policy.prefixes ?? []).entries()) {
      const key = `${policy.from} ${policy.tenant ?? ""} ${value}`;
      const owner = owners.get(key);
      if (owner !== undefined && owner !== policy.name) {
        const what = `is a destination of policy ${owner} at ${policy.from} already`;
        found.push({
          field: `policies[${at}].prefixes[${i}]`,
          value,
          what,
          remedy: "Leave it to one of the two, or give classes.",
        });
      }
      owners.set(key, policy.name);
    }
  }
  return found;
}
