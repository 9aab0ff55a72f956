// An IOS-XR configuration back into the intents of ours that it holds. What is not ours, or not of the form that we
// render, is passed over: the comparison with what is expected tells of it.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { textAt, textOf, type XmlElement } from "../../xml/element.ts";
import { below, defined, every, has, numberAt } from "../find.ts";
import { fromBox, pathFromBox } from "../names.ts";
import { dscpOf } from "../value.ts";
import { DEFAULT_VRF, PREFERENCE, STATIC_BEHAVIOR } from "./objects.ts";

export const read = (config: readonly XmlElement[]): readonly DeviceIntent[] => [
  ...every(config, "sr", "srv6", "locators", "locators", "locator").flatMap(locator),
  ...every(config, "sr", "srv6", "static", "endpoints", "endpoint").flatMap(sid),
  ...every(config, "sr", "traffic-engineering", "policies", "policy").flatMap((one) => policy(one, config)),
  ...every(config, "router", "static", "address-family").flatMap((one) =>
    ["ipv4", "ipv6"].flatMap((family) => below(one, family, "unicast", "prefixes", "prefix").flatMap(route)),
  ),
  ...every(config, "interfaces", "interface").flatMap((one) => queue(one, config)),
];

function locator(element: XmlElement): IntentOf<"locator">[] {
  const name = fromBox(textAt(element, "name"));
  if (name === undefined) return [];
  const prefix = `${textAt(element, "prefix", "prefix") ?? ""}/${textAt(element, "prefix", "prefix-length") ?? ""}`;
  return [{ kind: "locator", name, prefix, format: has(element, "micro-segment") ? "usid" : "full" }];
}

function sid(element: XmlElement): IntentOf<"sid">[] {
  const word = textAt(element, "behavior");
  for (const behavior of ["End.X", "End.DT46"] as const) {
    for (const format of ["usid", "full"] as const) {
      if (STATIC_BEHAVIOR[behavior][format] !== word) continue;
      const vrf = textAt(element, "per-vrf-sid-identification", "vrf-name");
      return [
        defined<IntentOf<"sid">>({
          kind: "sid",
          locator: undefined,
          format,
          sid: textAt(element, "prefix") ?? "",
          behavior,
          device: textAt(element, "ajacency-sid-identification", "interface-name"),
          nexthop: undefined,
          vrf: vrf === DEFAULT_VRF ? undefined : vrf,
        }),
      ];
    }
  }
  return [];
}

function policy(element: XmlElement, config: readonly XmlElement[]): IntentOf<"policy">[] {
  const name = fromBox(textAt(element, "policy-name"));
  const color = numberAt(element, "policy-color-endpoint", "color");
  const endpoint = textAt(element, "policy-color-endpoint", "end-point-address");
  if (name === undefined || color === undefined || endpoint === undefined) return [];
  const lists = every(config, "sr", "traffic-engineering", "segment-lists", "explicit-segments", "explicit-segment");
  const pathsOf = (preference: number) =>
    below(element, "candidate-paths", "preferences", "preference")
      .filter((one) => numberAt(one, "path-index") === preference)
      .flatMap((one) => below(one, "path-infos", "path-info"))
      .map((info) => {
        const onBox = textAt(info, "segment-list-name");
        const list = lists.find((one) => textAt(one, "path-name") === onBox);
        return {
          name: pathFromBox(onBox)?.path ?? "",
          sids: list ? sidsOf(list) : [],
          weight: numberAt(info, "weight") ?? 1,
        };
      });
  const [backup] = pathsOf(PREFERENCE.backup);
  const locatorName = fromBox(textAt(element, "srv6", "locator", "locator-name"));
  return [
    defined<IntentOf<"policy">>({
      kind: "policy",
      name,
      color,
      endpoint,
      format: "usid",
      paths: pathsOf(PREFERENCE.paths),
      backup: backup && { name: backup.name, sids: backup.sids },
      bindingSid: locatorName === undefined ? undefined : { locator: locatorName },
    }),
  ];
}

const sidsOf = (list: XmlElement): string[] =>
  below(list, "segment-list-srv6", "srv6-segments", "srv6-segment")
    .toSorted((a, b) => (numberAt(a, "index") ?? 0) - (numberAt(b, "index") ?? 0))
    .map((one) => textAt(one, "address") ?? "");

function route(element: XmlElement): IntentOf<"route">[] {
  return below(element, "sr-policies", "sr-policy").flatMap((one) => {
    const policyName = fromBox(textAt(one, "description"));
    const [, color, endpoint] = /^srte_c_(\d+)_ep_(.+)$/.exec(textAt(one, "sr-policy-name") ?? "") ?? [];
    if (policyName === undefined || endpoint === undefined) return [];
    const prefix = `${textAt(element, "prefix-address") ?? ""}/${textAt(element, "prefix-length") ?? ""}`;
    return [{ kind: "route" as const, prefix, policy: policyName, color: Number(color), endpoint }];
  });
}

function queue(element: XmlElement, config: readonly XmlElement[]): IntentOf<"queue">[] {
  const own = textAt(element, "service-policy", "output", "service-policy-name");
  const name = fromBox(own);
  const device = textAt(element, "interface-name");
  if (name === undefined || device === undefined) return [];
  const named = (root: string, key: string) =>
    every(config, root, "type", "qos").find((one) => textAt(one, key) === own);
  const [classMap, policyMap] = [named("class-map", "class-map-name"), named("policy-map", "policy-map-name")];
  const dscp = classMap ? below(classMap, "match", "dscp", "value").map((one) => dscpOf(textOf(one))) : [];
  const [first] = policyMap ? below(policyMap, "class") : [];
  const rateKbps = first && numberAt(first, "police", "rate", "value");
  if (dscp.length === 0 || rateKbps === undefined) return [];
  return [{ kind: "queue", name, device, dscp, rateBps: rateKbps * 1_000 }];
}
