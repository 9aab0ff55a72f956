// Intents as parts of a Junos configuration.

import { parseIpv6, parsePrefix } from "../../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { inNamespace, type XmlElement } from "../../xml/element.ts";
import type { JsonRules, ListRule, Owned } from "../family.ts";
import { onBox, pathOnBox } from "../names.ts";

const ns = (part: string): string => `http://yang.juniper.net/junos/conf/${part}`;
export const root = inNamespace(ns("root"));
export const options = inNamespace(ns("routing-options"));
export const protocols = inNamespace(ns("protocols"));
export const cos = inNamespace(ns("class-of-service"));

export const LISTS: Readonly<Record<string, ListRule>> = {
  "srv6/locator": { keys: ["name"] },
  "srv6/block": { keys: ["name"] },
  "source-packet-routing/segment-list": { keys: ["name"] },
  "segment-list/hop-list": { keys: ["name"], ordered: true },
  "source-packet-routing/source-routing-path": { keys: ["name"] },
  "source-routing-path/primary": { keys: ["name"] },
  "source-routing-path/secondary": { keys: ["name"] },
  "routing-options/rib": { keys: ["name"] },
  "static/route": { keys: ["name"] },
  "isis/interface": { keys: ["name"] },
  "interface/level": { keys: ["name"] },
  "unprotected/locator": { keys: ["name"] },
  "locator/end-sid": { keys: ["name"] },
  "locator/end-x-sid": { keys: ["name"] },
  "class-of-service/schedulers": { keys: ["name"] },
  "class-of-service/scheduler-maps": { keys: ["name"] },
  "scheduler-maps/forwarding-class": { keys: ["name"] },
  "interfaces/interface": { keys: ["name"] },
};

export const JSON_RULES: JsonRules = {
  modules: Object.fromEntries(
    ["root", "routing-options", "protocols", "class-of-service"].map((part) => [ns(part), `junos-conf-${part}`]),
  ),
  leafLists: [],
  presence: ["transmit-rate/remainder"],
  numbers: ["level/name", "color", "weight", "static-sid", "micro-sid-value", "percent"],
};

/** Made once on the box, with the block of all micro-SIDs, and the class that classifiers put DSCP 46 into. */
export const BLOCK = "srwan";
export const PRIORITY_CLASS = "srwan-priority";
export const PRIORITY_DSCP = 46;
/** Traffic of the router itself keeps what Junos gives it by default. */
const CONTROL_PERCENT = 5;
/** Adjacencies of a WAN between POPs are of this level. */
export const ISIS_LEVEL = "2";

const TABLE_WORD = { "End.DT4": "dt4", "End.DT6": "dt6", "End.DT46": "dt46" } as const;
export type TableBehavior = keyof typeof TABLE_WORD;
export const tableElement = (behavior: TableBehavior, format: "usid" | "full"): string =>
  `${format === "usid" ? "micro" : "end"}-${TABLE_WORD[behavior]}-sid`;

/** A micro-SID is given by its 16 bits after block and node. */
export const microValue = (sid: string): bigint => (parseIpv6(sid) >> 64n) & 0xffffn;
/** Whether a SID has anything after those. */
export const hasMore = (sid: string): boolean => (parseIpv6(sid) & 0xffffffffffffffffn) !== 0n;

export function objects(intent: DeviceIntent): readonly Owned[] {
  switch (intent.kind) {
    case "locator":
      return [locator(intent)];
    case "sid":
      return [sid(intent)];
    case "policy":
      return policy(intent);
    case "route":
      return [route(intent)];
    case "queue":
      return queue(intent);
    case "dynamic-policy":
      return [];
  }
}

const locator = ({ name, prefix, format }: IntentOf<"locator">): Owned => ({
  what: `locator ${onBox(name)}`,
  inside: [root("configuration"), options("routing-options"), options("source-packet-routing"), options("srv6")],
  element: options(
    "locator",
    options("name", onBox(name)),
    options("address", prefix),
    format === "usid" ? options("micro-sid", options("block-name", BLOCK)) : undefined,
  ),
  keys: ["name"],
});

function sid({ sid, behavior, format, locator = "", device = "" }: IntentOf<"sid">): Owned {
  const inLocator = protocols("locator", protocols("name", onBox(locator)));
  const routing = [protocols("source-packet-routing"), protocols("srv6"), inLocator];
  const value = String(microValue(sid));
  const part = (inside: readonly XmlElement[], element: XmlElement, keys: readonly string[]): Owned => ({
    what: `SID ${sid}`,
    inside: [root("configuration"), protocols("protocols"), ...inside],
    element,
    keys,
  });
  if (behavior === "End") {
    const flavor = protocols("flavor", protocols("psp"), protocols("usd"));
    return part([protocols("isis"), ...routing], protocols("end-sid", protocols("name", sid), flavor), ["name"]);
  }
  if (behavior === "End.X") {
    const inside = [
      protocols("isis"),
      protocols("interface", protocols("name", device)),
      protocols("level", protocols("name", ISIS_LEVEL)),
      protocols("srv6-adjacency-segment"),
      protocols("unprotected"),
      inLocator,
    ];
    return format === "usid"
      ? part(inside, protocols("micro-adjacency-sid", protocols("static-sid", value)), [])
      : part(inside, protocols("end-x-sid", protocols("name", sid)), ["name"]);
  }
  const held = format === "usid" ? protocols("micro-sid-value", value) : protocols("sid", sid);
  return part([protocols("bgp"), ...routing], protocols(tableElement(behavior, format), held), []);
}

function policy({ name, color, endpoint, format, paths, backup }: IntentOf<"policy">): Owned[] {
  const inside = [root("configuration"), protocols("protocols"), protocols("source-packet-routing")];
  const hop = (address: string, i: number) =>
    protocols(
      "hop-list",
      protocols("name", `hop${i + 1}`),
      format === "usid" ? protocols("micro-srv6-sid", protocols("micro-sid", address)) : protocols("srv6-sid", address),
    );
  const lists = [...paths, ...(backup ? [backup] : [])].map((path) => ({
    what: `segment list ${pathOnBox(name, path.name)}`,
    inside,
    element: protocols(
      "segment-list",
      protocols("name", pathOnBox(name, path.name)),
      protocols("srv6"),
      ...path.sids.map(hop),
    ),
    keys: ["name"],
  }));
  const element = protocols(
    "source-routing-path",
    protocols("name", onBox(name)),
    protocols("srv6"),
    protocols("to", endpoint),
    protocols("color", String(color)),
    ...paths.map((path) =>
      protocols("primary", protocols("name", pathOnBox(name, path.name)), protocols("weight", String(path.weight))),
    ),
    backup && protocols("secondary", protocols("name", pathOnBox(name, backup.name))),
  );
  return [...lists, { what: `policy ${onBox(name)}`, inside, element, keys: ["name"] }];
}

function route({ prefix, policy: name }: IntentOf<"route">): Owned {
  const v6 = parsePrefix(prefix).family === 6;
  return {
    what: `route ${prefix}`,
    inside: [
      root("configuration"),
      options("routing-options"),
      // The main IPv4 table has no rib of its own in the configuration.
      ...(v6 ? [options("rib", options("name", "inet6.0"))] : []),
      options("static"),
    ],
    element: options(
      "route",
      options("name", prefix),
      options("spring-te-lsp-next-hop", options("nexthop", onBox(name))),
    ),
    keys: ["name"],
  };
}

/** All classes of the port are in the map: one that is left out would get nothing, the router's own traffic among them. */
function queue({ name, device, rateBps }: IntentOf<"queue">): Owned[] {
  const [own, rest, control] = [onBox(name), `${onBox(name)}:rest`, `${onBox(name)}:control`];
  const inside = [root("configuration"), cos("class-of-service")];
  const scheduler = (called: string, ...how: readonly XmlElement[]): Owned => ({
    what: `scheduler ${called}`,
    inside,
    element: cos("schedulers", cos("name", called), ...how),
    keys: ["name"],
  });
  const served = (forwardingClass: string, by: string) =>
    cos("forwarding-class", cos("name", forwardingClass), cos("scheduler", by));
  return [
    scheduler(
      own,
      cos("transmit-rate", cos("rate", String(rateBps)), cos("rate-limit")),
      cos("priority", "strict-high"),
    ),
    scheduler(control, cos("transmit-rate", cos("percent", String(CONTROL_PERCENT))), cos("priority", "high")),
    scheduler(rest, cos("transmit-rate", cos("remainder")), cos("priority", "low")),
    {
      what: `scheduler map ${own}`,
      inside,
      element: cos(
        "scheduler-maps",
        cos("name", own),
        served(PRIORITY_CLASS, own),
        served("network-control", control),
        served("best-effort", rest),
      ),
      keys: ["name"],
    },
    {
      what: `output queue of ${device}`,
      inside: [...inside, cos("interfaces"), cos("interface", cos("name", device))],
      element: cos("scheduler-map", own),
      keys: [],
    },
  ];
}
