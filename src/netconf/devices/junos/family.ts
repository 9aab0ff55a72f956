// Junos as a family: what it takes, what it refuses and why. What its model would take unread is read here.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import type { Family, Reason } from "../family.ts";
import { tooLong } from "../refusal.ts";
import { cli, cliRemoval } from "./cli.ts";
import {
  cos,
  hasMore,
  JSON_RULES,
  LISTS,
  microValue,
  objects,
  options,
  PRIORITY_DSCP,
  protocols,
  root,
} from "./objects.ts";
import { counters } from "./operate.ts";
import { read } from "./read.ts";

const NAME_MAX = 64;
const ROOT = { name: "junos-conf-root" };
const OPTIONS = { name: "junos-conf-routing-options" };
const PROTOCOLS = { name: "junos-conf-protocols" };

function refusals(intent: DeviceIntent): readonly Reason[] {
  switch (intent.kind) {
    case "locator":
      return tooLong("name", intent.name, NAME_MAX);
    case "sid":
      return sidRefusals(intent);
    case "policy":
      return [
        ...tooLong("name", intent.name, NAME_MAX),
        ...intent.paths.flatMap(({ name }, i) => tooLong(`paths[${i}].name`, `${intent.name}:${name}`, NAME_MAX)),
        ...(intent.backup ? tooLong("backup.name", `${intent.name}:${intent.backup.name}`, NAME_MAX) : []),
        ...(intent.bindingSid ? [{ field: "bindingSid", why: "a binding SID can only be an MPLS label" }] : []),
      ];
    case "dynamic-policy":
      return [{ field: "kind", why: "not needed here: this family takes explicit SID lists" }];
    case "route":
      return [];
    case "queue":
      return [
        ...tooLong("name", `${intent.name}:control`, NAME_MAX),
        ...physical(intent.device),
        ...(intent.dscp.length === 1 && intent.dscp[0] === PRIORITY_DSCP
          ? []
          : [
              {
                field: "dscp",
                why: `packets are put into classes where they enter; the classifier prepared there knows ${PRIORITY_DSCP} alone`,
              },
            ]),
      ];
  }
}

const physical = (device: string): Reason[] =>
  /^(?:[gx]e|et)-\d+\/\d+\/\d+(?::\d+)?$|^ae\d+$/.test(device)
    ? []
    : [
        {
          field: "device",
          why: `${device} is no port, as ge-0/0/0, xe-0/0/0, et-0/0/0 or ae0; a unit has no queues of its own here`,
        },
      ];

const unit = (device: string): Reason[] =>
  /^(?:(?:[gx]e|et)-\d+\/\d+\/\d+(?::\d+)?|ae\d+)\.\d+$/.test(device)
    ? []
    : [{ field: "device", why: `${device} is no unit of a port, as et-0/0/0.0; IS-IS knows units` }];

function sidRefusals({ sid, locator, format, behavior, device, nexthop, vrf }: IntentOf<"sid">): Reason[] {
  return [
    ...(locator === undefined
      ? [{ field: "locator", why: "a SID is configured inside a locator; name it" }]
      : tooLong("locator", locator, NAME_MAX)),
    ...(behavior === "End" && format === "usid"
      ? [{ field: "behavior", why: "a locator of format usid brings its own End; no other can be set" }]
      : []),
    ...(behavior === "End.X" && device !== undefined ? unit(device) : []),
    ...(nexthop === undefined
      ? []
      : [
          {
            field: "nexthop",
            why: "the neighbour is the one that IS-IS finds on the interface; leave the address out",
          },
        ]),
    ...(vrf === undefined
      ? []
      : [{ field: "vrf", why: "routing instances are not rendered; the main table alone can be asked for" }]),
    ...(format === "usid" && (hasMore(sid) || microValue(sid) === 0n)
      ? [
          {
            field: "sid",
            why: `${sid} is no micro-SID: 16 bits that are not 0 follow block and node, and nothing follows them`,
          },
        ]
      : []),
  ];
}

export const junos: Family = {
  name: "junos",
  title: "Junos",
  checkedWith: "Junos 24.4R1",
  lists: LISTS,
  anyNamespace: true,
  json: JSON_RULES,
  modules: {
    locator: [ROOT, OPTIONS],
    sid: [ROOT, PROTOCOLS],
    policy: [ROOT, PROTOCOLS],
    "dynamic-policy": [],
    route: [ROOT, OPTIONS],
    queue: [ROOT, { name: "junos-conf-class-of-service" }],
  },
  refusals,
  objects,
  everything: [
    root(
      "configuration",
      options("routing-options"),
      protocols(
        "protocols",
        protocols("source-packet-routing"),
        protocols("isis"),
        protocols("bgp", protocols("source-packet-routing")),
      ),
      cos("class-of-service"),
    ),
  ],
  read,
  cli,
  cliRemoval,
  // No state model of policies, SIDs or queues was at hand to check against: configuration and the pulse prove them.
  checks: () => [],
  counters,
};
