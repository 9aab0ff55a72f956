// A Junos configuration back into the intents of ours that it holds.

import { formatIpv6, type Ipv6, parsePrefix } from "../../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { elementsOf, textAt, type XmlElement } from "../../xml/element.ts";
import { below, defined, every, numberAt } from "../find.ts";
import { fromBox, pathFromBox } from "../names.ts";
import { ISIS_LEVEL, PRIORITY_DSCP, type TableBehavior, tableElement } from "./objects.ts";

export function read(config: readonly XmlElement[]): readonly DeviceIntent[] {
  const at = (...path: readonly string[]) => every(config, "configuration", ...path);
  const locators = at("routing-options", "source-packet-routing", "srv6", "locator").flatMap(locator);
  const policies = at("protocols", "source-packet-routing", "source-routing-path").flatMap((one) =>
    policy(one, at("protocols", "source-packet-routing", "segment-list")),
  );
  return [
    ...locators,
    ...at("protocols", "isis", "source-packet-routing", "srv6", "locator").flatMap(ends),
    ...at("protocols", "isis", "interface").flatMap((one) => crosses(one, locators)),
    ...at("protocols", "bgp", "source-packet-routing", "srv6", "locator").flatMap((one) => tables(one, locators)),
    ...policies,
    ...[...at("routing-options", "rib", "static", "route"), ...at("routing-options", "static", "route")].flatMap(
      (one) => route(one, policies),
    ),
    ...at("class-of-service", "interfaces", "interface").flatMap((one) =>
      queue(one, at("class-of-service", "schedulers")),
    ),
  ];
}

type Locators = readonly IntentOf<"locator">[];

function locator(element: XmlElement): IntentOf<"locator">[] {
  const name = fromBox(textAt(element, "name"));
  if (name === undefined) return [];
  const format = below(element, "micro-sid").length > 0 ? "usid" : "full";
  return [{ kind: "locator", name, prefix: textAt(element, "address") ?? "", format }];
}

const ends = (element: XmlElement): IntentOf<"sid">[] => {
  const name = fromBox(textAt(element, "name"));
  if (name === undefined) return [];
  return below(element, "end-sid").map((one) => ({
    kind: "sid",
    locator: name,
    format: "full",
    sid: textAt(one, "name") ?? "",
    behavior: "End",
  }));
};

function crosses(element: XmlElement, locators: Locators): IntentOf<"sid">[] {
  const device = textAt(element, "name") ?? "";
  return below(element, "level")
    .filter((level) => textAt(level, "name") === ISIS_LEVEL)
    .flatMap((level) => below(level, "srv6-adjacency-segment", "unprotected", "locator"))
    .flatMap((one) => {
      const name = fromBox(textAt(one, "name"));
      if (name === undefined) return [];
      const micro = microSid(name, textAt(one, "micro-adjacency-sid", "static-sid"), locators);
      const known = { kind: "sid", locator: name, behavior: "End.X", device } as const;
      return [
        ...(micro === undefined ? [] : [{ ...known, format: "usid" as const, sid: micro }]),
        ...below(one, "end-x-sid").map((full) => ({
          ...known,
          format: "full" as const,
          sid: textAt(full, "name") ?? "",
        })),
      ];
    });
}

function tables(element: XmlElement, locators: Locators): IntentOf<"sid">[] {
  const name = fromBox(textAt(element, "name"));
  if (name === undefined) return [];
  return (["End.DT4", "End.DT6", "End.DT46"] satisfies TableBehavior[]).flatMap((behavior) =>
    (["usid", "full"] as const).flatMap((format) =>
      below(element, tableElement(behavior, format)).flatMap((one) => {
        const sid = format === "full" ? textAt(one, "sid") : microSid(name, textAt(one, "micro-sid-value"), locators);
        return sid === undefined ? [] : [{ kind: "sid" as const, locator: name, format, sid, behavior }];
      }),
    ),
  );
}

/** The whole SID of 16 bits: they follow the locator's own. */
function microSid(name: string, value: string | undefined, locators: Locators): string | undefined {
  const found = locators.find((one) => one.name === name);
  if (!found || value === undefined || !/^\d{1,5}$/.test(value)) return undefined;
  return formatIpv6((parsePrefix(found.prefix).address | (BigInt(value) << 64n)) as Ipv6);
}

function policy(element: XmlElement, lists: readonly XmlElement[]): IntentOf<"policy">[] {
  const name = fromBox(textAt(element, "name"));
  const color = numberAt(element, "color");
  const endpoint = textAt(element, "to");
  if (name === undefined || color === undefined || endpoint === undefined) return [];
  const hopsOf = (onBox: string | undefined) => {
    const list = lists.find((one) => textAt(one, "name") === onBox);
    return list ? below(list, "hop-list") : [];
  };
  const pathOf = (one: XmlElement) => ({
    name: pathFromBox(textAt(one, "name"))?.path ?? "",
    sids: hopsOf(textAt(one, "name")).map(
      (hop) => textAt(hop, "micro-srv6-sid", "micro-sid") ?? textAt(hop, "srv6-sid") ?? "",
    ),
  });
  const primaries = below(element, "primary");
  const [backup] = below(element, "secondary").map(pathOf);
  const micro = primaries.some((one) =>
    hopsOf(textAt(one, "name")).some((hop) => below(hop, "micro-srv6-sid").length > 0),
  );
  return [
    defined<IntentOf<"policy">>({
      kind: "policy",
      name,
      color,
      endpoint,
      format: micro ? "usid" : "full",
      paths: primaries.map((one) => ({ ...pathOf(one), weight: numberAt(one, "weight") ?? 1 })),
      backup,
      bindingSid: undefined,
    }),
  ];
}

/** The route has the policy's name alone; where that leads, the policy says. */
function route(element: XmlElement, policies: readonly IntentOf<"policy">[]): IntentOf<"route">[] {
  const policyName = fromBox(textAt(element, "spring-te-lsp-next-hop", "nexthop"));
  const found = policies.find(({ name }) => name === policyName);
  if (policyName === undefined || !found) return [];
  const { color, endpoint } = found;
  return [{ kind: "route", prefix: textAt(element, "name") ?? "", policy: policyName, color, endpoint }];
}

function queue(element: XmlElement, schedulers: readonly XmlElement[]): IntentOf<"queue">[] {
  const own = elementsOf(element).length > 0 ? textAt(element, "scheduler-map") : undefined;
  const name = fromBox(own);
  const scheduler = schedulers.find((one) => textAt(one, "name") === own);
  const rateBps = scheduler && numberAt(scheduler, "transmit-rate", "rate");
  if (name === undefined || rateBps === undefined) return [];
  return [{ kind: "queue", name, device: textAt(element, "name") ?? "", dscp: [PRIORITY_DSCP], rateBps }];
}
