// What no router may be given, whichever its family: checked by us, since the models of some take anything as a SID.

import { SrwanError } from "../../base/errors.ts";
import { covers, formatPrefix, type Ipv6, type Prefix, parseIpv6, parsePrefix } from "../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../wire/intent.ts";
import type { Reason } from "./family.ts";

const NEVER: readonly (readonly [Prefix, string])[] = (
  [
    ["::/128", "the unspecified address"],
    ["::1/128", "the loopback address"],
    ["::ffff:0.0.0.0/96", "an IPv4-mapped address"],
    ["fe80::/10", "a link-local address"],
    ["ff00::/8", "a multicast address"],
  ] as const
).map(([text, what]) => [parsePrefix(text), what]);

export function faultsOf(intent: DeviceIntent): Reason[] {
  switch (intent.kind) {
    case "locator":
      return locatorFaults(intent);
    case "sid":
      return sidFaults(intent);
    case "policy":
      return policyFaults(intent);
    case "dynamic-policy":
      return unicast("endpoint", intent.endpoint);
    case "route":
      return [...prefixFaults("prefix", intent.prefix), ...unicast("endpoint", intent.endpoint)];
    case "queue":
      return intent.dscp.includes(0)
        ? [{ field: "dscp", why: "0 is what all unmarked traffic bears; a queue for it is no priority" }]
        : [];
  }
}

function locatorFaults({ prefix, format }: IntentOf<"locator">): Reason[] {
  const wrong = prefixFaults("prefix", prefix);
  if (wrong.length > 0) return wrong;
  const { family, address, length } = parsePrefix(prefix);
  if (family !== 6) return [{ field: "prefix", why: "SIDs are IPv6; this is an IPv4 prefix" }];
  if (format === "usid" && length !== 48) {
    return [
      { field: "prefix", why: `a locator of format usid has 48 bits, 32 of block and 16 of node; this has ${length}` },
    ];
  }
  if (length < 32 || length > 112)
    return [{ field: "prefix", why: `a locator has 32 to 112 bits; this has ${length}` }];
  return forbidden("prefix", address as Ipv6);
}

function sidFaults({ sid, behavior, device, nexthop, vrf }: IntentOf<"sid">): Reason[] {
  const cross = behavior === "End.X";
  const table = behavior.startsWith("End.DT");
  return [
    ...unicast("sid", sid),
    ...(cross && device === undefined
      ? [{ field: "device", why: "End.X needs the interface it hands packets to" }]
      : []),
    ...(!cross && device !== undefined ? [{ field: "device", why: `${behavior} has no interface` }] : []),
    ...(!cross && nexthop !== undefined ? [{ field: "nexthop", why: `${behavior} has no neighbour` }] : []),
    ...(nexthop === undefined ? [] : address("nexthop", nexthop)),
    ...(!table && vrf !== undefined ? [{ field: "vrf", why: `${behavior} looks up no table` }] : []),
  ];
}

function policyFaults({ endpoint, paths, backup, bindingSid }: IntentOf<"policy">): Reason[] {
  const all = [
    ...paths.map((path, i) => ({ ...path, field: `paths[${i}]` })),
    ...(backup ? [{ ...backup, field: "backup" }] : []),
  ];
  return [
    ...unicast("endpoint", endpoint),
    ...all.flatMap(({ field, sids }) => sids.flatMap((sid, i) => unicast(`${field}.sids[${i}]`, sid))),
    ...all.flatMap(({ field, name }, i) =>
      all.findIndex((one) => one.name === name) < i
        ? [{ field: `${field}.name`, why: `"${name}" names two paths` }]
        : [],
    ),
    ...(bindingSid?.sid === undefined ? [] : unicast("bindingSid.sid", bindingSid.sid)),
  ];
}

const unicast = (field: string, text: string): Reason[] =>
  readable(field, () => parseIpv6(text)) ?? forbidden(field, parseIpv6(text), text);

const address = (field: string, text: string): Reason[] => readable(field, () => parseIpv6(text)) ?? [];

const prefixFaults = (field: string, text: string): Reason[] => readable(field, () => parsePrefix(text)) ?? [];

function forbidden(field: string, value: Ipv6, text?: string): Reason[] {
  const host: Prefix = { family: 6, address: value, length: 128 };
  const found = NEVER.find(([range]) => covers(range, host));
  return found ? [{ field, why: `${text ?? formatPrefix(host)} is ${found[1]}` }] : [];
}

/** Nothing for what can be read. */
function readable(field: string, read: () => unknown): Reason[] | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof SrwanError) return [{ field, why: thrown.message }];
    throw thrown;
  }
}
