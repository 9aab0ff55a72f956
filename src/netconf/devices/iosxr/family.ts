// IOS-XR as a family: what it takes, what it refuses and why.

import type { DeviceIntent } from "../../../wire/intent.ts";
import type { Family, Reason } from "../family.ts";
import { tooLong } from "../refusal.ts";
import { cli, cliRemoval } from "./cli.ts";
import { bind, iface, qos, route, sr } from "./ns.ts";
import { JSON_RULES, LISTS, objects } from "./objects.ts";
import { checks, counters } from "./operate.ts";
import { read } from "./read.ts";

const SR = [{ name: "Cisco-IOS-XR-segment-routing-ms-cfg" }];
const SRV6 = [...SR, { name: "Cisco-IOS-XR-segment-routing-srv6-cfg" }];

function refusals(intent: DeviceIntent): readonly Reason[] {
  switch (intent.kind) {
    case "locator":
      return tooLong("name", intent.name, 58);
    case "sid":
      return sidRefusals(intent.behavior, intent.nexthop);
    case "policy":
      return [
        ...(intent.format === "usid"
          ? []
          : [{ field: "format", why: "SRv6 segment lists are of format usid; the model knows no other" }]),
        ...tooLong("name", intent.name, 128),
        ...intent.paths.flatMap(({ name }, i) => tooLong(`paths[${i}].name`, `${intent.name}:${name}`, 128)),
        ...(intent.backup ? tooLong("backup.name", `${intent.name}:${intent.backup.name}`, 128) : []),
        ...(intent.bindingSid?.sid === undefined
          ? []
          : [
              {
                field: "bindingSid.sid",
                why: "an SRv6 binding SID can only be chosen by the router; leave it out, and it is read back",
              },
            ]),
      ];
    case "dynamic-policy":
      return [{ field: "kind", why: "not needed here: this family takes explicit SID lists" }];
    case "route":
      return [];
    case "queue":
      return tooLong("name", intent.name, 63);
  }
}

function sidRefusals(behavior: string, nexthop: string | undefined): Reason[] {
  if (behavior === "End") return [{ field: "behavior", why: "a locator brings its own End; no other can be set" }];
  if (behavior === "End.DT4" || behavior === "End.DT6") {
    return [{ field: "behavior", why: "a static SID can do End.DT46 and End.X only; End.DT46 serves both families" }];
  }
  return nexthop === undefined
    ? []
    : [{ field: "nexthop", why: "the neighbour is named by its interface alone; leave the address out" }];
}

export const iosxr: Family = {
  name: "iosxr",
  title: "IOS-XR",
  checkedWith: "IOS-XR 25.4.1",
  lists: LISTS,
  anyNamespace: false,
  json: JSON_RULES,
  modules: {
    locator: SRV6,
    // Before this revision a static SID is described in containers that are deprecated since.
    sid: [...SR, { name: "Cisco-IOS-XR-segment-routing-srv6-cfg", revision: "2025-08-25" }],
    policy: [...SR, { name: "Cisco-IOS-XR-infra-xtc-agent-cfg" }],
    "dynamic-policy": [],
    route: [{ name: "Cisco-IOS-XR-um-router-static-cfg" }],
    queue: [
      { name: "Cisco-IOS-XR-um-policymap-classmap-cfg", features: ["pmap-type-qos", "cmap-type-qos", "match-dscp"] },
      { name: "Cisco-IOS-XR-um-interface-cfg" },
      { name: "Cisco-IOS-XR-um-if-service-policy-qos-cfg", features: ["service-policy", "egress"] },
    ],
  },
  refusals,
  objects,
  everything: [
    sr("sr"),
    route("router", route("static")),
    qos("class-map"),
    qos("policy-map"),
    iface("interfaces", iface("interface", iface("interface-name"), bind("service-policy"))),
  ],
  read,
  cli,
  cliRemoval,
  checks,
  counters,
};
