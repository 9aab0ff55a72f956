// The same in the router's own words, for people to compare with `show running-config`. Written from the intent, not sent.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { onBox } from "../names.ts";
import { dscpWord } from "../value.ts";
import { PREFERENCE, STATIC_BEHAVIOR } from "./objects.ts";

export function cli(intent: DeviceIntent): readonly string[] {
  switch (intent.kind) {
    case "locator":
      return under(
        ["segment-routing srv6", "locators", `locator ${onBox(intent.name)}`],
        [...(intent.format === "usid" ? ["format usid-f3216"] : []), `prefix ${intent.prefix}`],
      );
    case "sid":
      return sid(intent);
    case "dynamic-policy":
      return under(
        ["segment-routing traffic-eng", `policy ${onBox(intent.name)}`],
        [
          `color ${intent.color} end-point ${intent.endpoint}`,
          ...under(
            ["candidate-paths", `preference ${PREFERENCE}`],
            [
              ...under(["constraints", "segments"], ["dataplane srv6"]),
              ...under(["dynamic", "metric"], [`type ${intent.metric}`]),
            ],
          ),
        ],
      );
    case "route":
      return [`ipv6 route ${intent.prefix} segment-routing srv6 via policy ${onBox(intent.policy)}`];
    case "queue":
      return queue(intent);
    case "policy":
      return [];
  }
}

export function cliRemoval(intent: DeviceIntent): readonly string[] {
  switch (intent.kind) {
    case "locator":
      return under(["segment-routing srv6", "locators"], [`no locator ${onBox(intent.name)}`]);
    case "sid":
      return under(["segment-routing srv6", "explicit-sids"], [`no sid ${intent.sid}`]);
    case "dynamic-policy":
      return under(["segment-routing traffic-eng"], [`no policy ${onBox(intent.name)}`]);
    case "route":
      return [`no ipv6 route ${intent.prefix} segment-routing srv6 via policy ${onBox(intent.policy)}`];
    case "queue":
      return [
        ...under([`interface ${intent.device}`], [`no service-policy output ${onBox(intent.name)}`]),
        `no policy-map ${onBox(intent.name)}`,
        `no class-map match-any ${onBox(intent.name)}`,
      ];
    case "policy":
      return [];
  }
}

/** Lines inside modes, one space a mode. */
function under(modes: readonly string[], lines: readonly string[]): string[] {
  const [mode, ...deeper] = modes;
  if (mode === undefined) return [...lines];
  return [mode, ...under(deeper, lines).map((line) => ` ${line}`)];
}

function sid({ sid, behavior, device, nexthop, vrf }: IntentOf<"sid">): string[] {
  if (behavior === "End") return [];
  const neighbour = nexthop === undefined ? "" : ` ${nexthop}`;
  return under(
    ["segment-routing srv6", "explicit-sids", `sid ${sid}`],
    [
      ...under(
        [`behavior ${STATIC_BEHAVIOR[behavior]}`],
        [
          ...(behavior === "End.X"
            ? under(["identification"], [`nexthop interface ${device}${neighbour}`])
            : under(["forwarding", "path 1"], [`decap-and-lookup vrf ${vrf}`])),
        ],
      ),
    ],
  );
}

function queue({ name, device, dscp, rateBps }: IntentOf<"queue">): string[] {
  const own = onBox(name);
  return [
    ...under([`class-map match-any ${own}`], [`match dscp ${dscp.map(dscpWord).join(" ")}`]),
    ...under([`policy-map ${own}`, `class ${own}`], [`priority ${rateBps / 1_000}`]),
    ...under([`interface ${device}`], [`service-policy output ${own}`]),
  ];
}
