// An IOS-XE configuration back into the intents of ours that it holds.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { textAt, textOf, type XmlElement } from "../../xml/element.ts";
import { below, defined, every, has, numberAt } from "../find.ts";
import { fromBox } from "../names.ts";
import { dscpOf } from "../value.ts";
import { INTERFACES, STATIC_BEHAVIOR } from "./objects.ts";

export function read(config: readonly XmlElement[]): readonly DeviceIntent[] {
  const policies = every(config, "native", "segment-routing", "traffic-eng", "policy").flatMap(dynamicPolicy);
  return [
    ...every(config, "native", "segment-routing", "srv6", "locators", "locator").flatMap(locator),
    ...every(config, "native", "segment-routing", "srv6", "explicit-sids", "sid").flatMap(sid),
    ...policies,
    ...every(config, "native", "ipv6", "route", "ipv6-route-list").flatMap((one) => route(one, policies)),
    ...INTERFACES.flatMap((type) =>
      every(config, "native", "interface", type).flatMap((one) => queue(type, one, config)),
    ),
  ];
}

function locator(element: XmlElement): IntentOf<"locator">[] {
  const name = fromBox(textAt(element, "name"));
  if (name === undefined) return [];
  const usid = below(element, "format", "usid-f3216").length > 0;
  return [{ kind: "locator", name, prefix: textAt(element, "prefix") ?? "", format: usid ? "usid" : "full" }];
}

function sid(element: XmlElement): IntentOf<"sid">[] {
  const word = textAt(element, "behavior", "behavior-type");
  const behavior = (Object.keys(STATIC_BEHAVIOR) as (keyof typeof STATIC_BEHAVIOR)[]).find(
    (one) => STATIC_BEHAVIOR[one] === word,
  );
  if (behavior === undefined) return [];
  return [
    defined<IntentOf<"sid">>({
      kind: "sid",
      locator: undefined,
      format: "usid",
      sid: textAt(element, "address") ?? "",
      behavior,
      device: textAt(element, "behavior", "identification", "nexthop", "interface"),
      nexthop: textAt(element, "behavior", "identification", "nexthop", "address"),
      vrf: textAt(element, "behavior", "forwarding", "path", "decap-and-lookup", "vrf-name"),
    }),
  ];
}

function dynamicPolicy(element: XmlElement): IntentOf<"dynamic-policy">[] {
  const name = fromBox(textAt(element, "name"));
  const color = numberAt(element, "color-endpoint", "color");
  const endpoint = textAt(element, "color-endpoint", "end-point-v2");
  const [computed] = below(element, "candidate-paths", "preference").filter((one) => has(one, "dynamic"));
  const metric = (["igp", "te", "delay"] as const).find(
    (one) => computed && textAt(computed, "dynamic", "metric", "type") === one,
  );
  if (name === undefined || color === undefined || endpoint === undefined || metric === undefined) return [];
  return [{ kind: "dynamic-policy", name, color, endpoint, metric }];
}

/** The route has the policy's name alone; where that leads, the policy says. */
function route(element: XmlElement, policies: readonly IntentOf<"dynamic-policy">[]): IntentOf<"route">[] {
  const policy = fromBox(
    textAt(element, "segment-routing", "srv6", "via", "policy", "regular-policy", "sr-policy-name"),
  );
  const found = policies.find(({ name }) => name === policy);
  if (policy === undefined || !found) return [];
  const { color, endpoint } = found;
  return [{ kind: "route", prefix: textAt(element, "prefix") ?? "", policy, color, endpoint }];
}

function queue(type: string, element: XmlElement, config: readonly XmlElement[]): IntentOf<"queue">[] {
  const own = textAt(element, "service-policy", "output");
  const name = fromBox(own);
  if (name === undefined) return [];
  const named = (kind: string) => every(config, "native", "policy", kind).find((one) => textAt(one, "name") === own);
  const [classMap, policyMap] = [named("class-map"), named("policy-map")];
  const dscp = classMap ? below(classMap, "match", "dscp").map((one) => dscpOf(textOf(one))) : [];
  const [rateKbps] = policyMap
    ? below(policyMap, "class", "action-list", "priority").map((one) => numberAt(one, "kilo-bits"))
    : [];
  if (dscp.length === 0 || rateKbps === undefined) return [];
  return [{ kind: "queue", name, device: `${type}${textAt(element, "name") ?? ""}`, dscp, rateBps: rateKbps * 1_000 }];
}
