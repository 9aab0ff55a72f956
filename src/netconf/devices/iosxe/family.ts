// IOS-XE as a family: what it takes, what it refuses and why, and what it offers in place of SID lists.

import { parsePrefix } from "../../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import type { Family, Reason } from "../family.ts";
import { tooLong } from "../refusal.ts";
import { cli, cliRemoval } from "./cli.ts";
import { INTERFACES, interfaceParts, JSON_RULES, LISTS, native, objects, policy } from "./objects.ts";
import { checks, counters } from "./operate.ts";
import { read } from "./read.ts";

const NATIVE = [{ name: "Cisco-IOS-XE-native" }];
const SR = [...NATIVE, { name: "Cisco-IOS-XE-segment-routing" }];
/** The model's own bound. */
const PRIORITY_MAX_BPS = 100_000_000_000;

function refusals(intent: DeviceIntent): readonly Reason[] {
  switch (intent.kind) {
    case "locator":
    case "dynamic-policy":
      return tooLong("name", intent.name, 64);
    case "sid":
      return sidRefusals(intent);
    case "policy":
      return [
        { field: "paths", why: "a segment list holds MPLS labels only; an explicit SRv6 list cannot be expressed" },
        ...(intent.bindingSid ? [{ field: "bindingSid", why: "a binding SID can only be an MPLS label" }] : []),
      ];
    case "route":
      return parsePrefix(intent.prefix).family === 6
        ? []
        : [{ field: "prefix", why: "only IPv6 routes lead into an SRv6 policy here" }];
    case "queue":
      return [
        ...tooLong("name", intent.name, 40),
        ...device(intent.device),
        ...(intent.rateBps > PRIORITY_MAX_BPS
          ? [{ field: "rateBps", why: `a priority queue has at most ${PRIORITY_MAX_BPS} bit/s` }]
          : []),
      ];
  }
}

const device = (name: string): Reason[] =>
  interfaceParts(name)
    ? []
    : [{ field: "device", why: `${name} is no physical interface in full: ${INTERFACES.join(", ")} and its number` }];

function sidRefusals({ behavior, format, device: name, vrf }: IntentOf<"sid">): Reason[] {
  return [
    ...(format === "usid" ? [] : [{ field: "format", why: "an explicit SID is of format usid-f3216" }]),
    ...(behavior === "End" ? [{ field: "behavior", why: "a locator brings its own End; no other can be set" }] : []),
    ...(name === undefined ? [] : device(name)),
    ...(behavior.startsWith("End.DT") && vrf === undefined
      ? [{ field: "vrf", why: "End.DT looks up a VRF's table; name the VRF" }]
      : []),
  ];
}

/** The router computes the path by itself: nobody pays for a list it does not follow without having chosen that. */
function instead(intent: DeviceIntent): DeviceIntent | undefined {
  if (intent.kind !== "policy") return undefined;
  const { name, color, endpoint } = intent;
  return { kind: "dynamic-policy", name, color, endpoint, metric: "delay" };
}

export const iosxe: Family = {
  name: "iosxe",
  title: "IOS-XE",
  checkedWith: "IOS-XE 26.1.1",
  lists: LISTS,
  anyNamespace: false,
  json: JSON_RULES,
  modules: {
    locator: SR,
    sid: SR,
    policy: [],
    "dynamic-policy": SR,
    route: NATIVE,
    queue: [...NATIVE, { name: "Cisco-IOS-XE-policy" }],
  },
  refusals,
  instead,
  objects,
  everything: [
    native(
      "native",
      native("segment-routing"),
      native("ipv6", native("route")),
      native("policy"),
      native("interface", ...INTERFACES.map((type) => native(type, native("name"), policy("service-policy")))),
    ),
  ],
  read,
  cli,
  cliRemoval,
  checks,
  counters,
};
