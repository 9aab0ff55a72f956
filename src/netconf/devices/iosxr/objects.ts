// Intents as parts of an IOS-XR configuration.

import { parsePrefix } from "../../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import type { JsonRules, ListRule, Owned } from "../family.ts";
import { onBox, pathOnBox } from "../names.ts";
import { dscpWord } from "../value.ts";
import { bind, iface, qos, route, sr, srv6, te, XR } from "./ns.ts";

export const LISTS: Readonly<Record<string, ListRule>> = {
  "locators/locator": { keys: ["name"] },
  "endpoints/endpoint": { keys: ["prefix"] },
  "explicit-segments/explicit-segment": { keys: ["path-name"] },
  "srv6-segments/srv6-segment": { keys: ["index"] },
  "policies/policy": { keys: ["policy-name"] },
  "preferences/preference": { keys: ["path-index"] },
  "path-infos/path-info": { keys: ["type", "hop-type", "segment-list-name"] },
  "prefixes/prefix": { keys: ["prefix-address", "prefix-length"] },
  "sr-policies/sr-policy": { keys: ["sr-policy-name"] },
  // Of class-maps and of policy-maps; each entry has one of the two.
  "type/qos": { keys: ["class-map-name", "policy-map-name"] },
  "qos/class": { keys: ["name", "type"] },
  "interfaces/interface": { keys: ["interface-name"] },
  "service-policy/output": { keys: ["service-policy-name"] },
};

export const JSON_RULES: JsonRules = {
  modules: Object.fromEntries(Object.values(XR).map((ns) => [ns, ns.split("/").at(-1) ?? ns])),
  leafLists: ["dscp/value"],
  presence: ["qos/match-any"],
  numbers: ["prefix-length", "index", "path-index", "weight", "color", "level", "value"],
};

/** The higher carries traffic while any of its lists is good. */
export const PREFERENCE = { paths: 200, backup: 100 } as const;

/** End.DT46 and End.X alone can be static; which word, the format says. */
export const STATIC_BEHAVIOR = {
  "End.X": { usid: "ua-psp-usd", full: "end-x-psp-usd" },
  "End.DT46": { usid: "udt46", full: "dt46" },
} as const;

export const DEFAULT_VRF = "default";

/** How the router names a policy by what it leads to. */
export const policyByColor = ({ color, endpoint }: { color: number; endpoint: string }): string =>
  `srte_c_${color}_ep_${endpoint}`;

export function objects(intent: DeviceIntent): readonly Owned[] {
  switch (intent.kind) {
    case "locator":
      return [locator(intent)];
    case "sid":
      return [sid(intent)];
    case "policy":
      return policy(intent);
    case "route":
      return [steering(intent)];
    case "queue":
      return queue(intent);
    case "dynamic-policy":
      return [];
  }
}

function locator({ name, prefix, format }: IntentOf<"locator">): Owned {
  const [address = "", length = ""] = prefix.split("/");
  return {
    what: `locator ${onBox(name)}`,
    inside: [sr("sr"), srv6("srv6"), srv6("locators"), srv6("locators")],
    element: srv6(
      "locator",
      srv6("name", onBox(name)),
      srv6("locator-enable"),
      format === "usid" ? srv6("micro-segment", srv6("behavior", "unode-psp-usd")) : undefined,
      srv6("prefix", srv6("prefix", address), srv6("prefix-length", length)),
    ),
    keys: ["name"],
  };
}

function sid({ sid, behavior, format, device, vrf }: IntentOf<"sid">): Owned {
  const cross = behavior === "End.X";
  return {
    what: `SID ${sid}`,
    inside: [sr("sr"), srv6("srv6"), srv6("static"), srv6("endpoints")],
    element: srv6(
      "endpoint",
      srv6("prefix", sid),
      srv6("behavior", STATIC_BEHAVIOR[cross ? "End.X" : "End.DT46"][format]),
      srv6("forwarding", srv6("forwarding-enable")),
      cross
        ? // The model's own spelling.
          srv6("ajacency-sid-identification", srv6("interface-name", device ?? ""))
        : srv6("per-vrf-sid-identification", srv6("vrf-name", vrf ?? DEFAULT_VRF)),
    ),
    keys: ["prefix"],
  };
}

function policy({ name, color, endpoint, paths, backup, bindingSid }: IntentOf<"policy">): Owned[] {
  const preference = (index: number, all: readonly { readonly name: string; readonly weight?: number }[]) =>
    te(
      "preference",
      te("path-index", String(index)),
      te(
        "path-infos",
        ...all.map((path) =>
          te(
            "path-info",
            te("type", "explicit"),
            te("hop-type", "srv6"),
            te("segment-list-name", pathOnBox(name, path.name)),
            path.weight === undefined ? undefined : te("weight", String(path.weight)),
          ),
        ),
      ),
    );
  const element = te(
    "policy",
    te("policy-name", onBox(name)),
    bindingSid &&
      te(
        "srv6",
        te(
          "locator",
          te("locator-name", onBox(bindingSid.locator)),
          te("binding-sid-type", "srv6-dynamic"),
          te("behavior", "ub6-encaps-reduced"),
        ),
      ),
    te(
      "policy-color-endpoint",
      te("color", String(color)),
      te("end-point-type", "end-point-type-ipv6"),
      te("end-point-address", endpoint),
    ),
    te(
      "candidate-paths",
      te("preferences", backup && preference(PREFERENCE.backup, [backup]), preference(PREFERENCE.paths, paths)),
    ),
  );
  const inside = [sr("sr"), te("traffic-engineering"), te("policies")];
  return [
    ...[...paths, ...(backup ? [backup] : [])].map((path) => segmentList(name, path)),
    { what: `policy ${onBox(name)}`, inside, element, keys: ["policy-name"] },
  ];
}

function segmentList(policyName: string, { name, sids }: { name: string; sids: readonly string[] }): Owned {
  const segment = (address: string, i: number) =>
    te("srv6-segment", te("index", String((i + 1) * 10)), te("address", address), te("hop-type", "srv6sid"));
  return {
    what: `segment list ${pathOnBox(policyName, name)}`,
    inside: [sr("sr"), te("traffic-engineering"), te("segment-lists"), te("explicit-segments")],
    element: te(
      "explicit-segment",
      te("path-name", pathOnBox(policyName, name)),
      te("segment-list-srv6", te("srv6-segments", ...sids.map(segment))),
    ),
    keys: ["path-name"],
  };
}

function steering(intent: IntentOf<"route">): Owned {
  const [address = "", length = ""] = intent.prefix.split("/");
  const family = parsePrefix(intent.prefix).family === 6 ? "ipv6" : "ipv4";
  return {
    what: `route ${intent.prefix}`,
    inside: ["router", "static", "address-family", family, "unicast", "prefixes"].map((name) => route(name)),
    element: route(
      "prefix",
      route("prefix-address", address),
      route("prefix-length", length),
      route(
        "sr-policies",
        route(
          "sr-policy",
          route("sr-policy-name", policyByColor(intent)),
          // Whose it is: the name above is the router's own.
          route("description", onBox(intent.policy)),
        ),
      ),
    ),
    keys: ["prefix-address", "prefix-length"],
  };
}

function queue({ name, device, dscp, rateBps }: IntentOf<"queue">): Owned[] {
  const own = onBox(name);
  return [
    {
      what: `class-map ${own}`,
      inside: [qos("class-map"), qos("type")],
      element: qos(
        "qos",
        qos("class-map-name", own),
        qos("match-any"),
        qos("match", qos("dscp", ...dscp.map((value) => qos("value", dscpWord(value))))),
      ),
      keys: ["class-map-name"],
    },
    {
      what: `policy-map ${own}`,
      inside: [qos("policy-map"), qos("type")],
      element: qos(
        "qos",
        qos("policy-map-name", own),
        qos(
          "class",
          qos("name", own),
          qos("type", "qos"),
          qos("priority", qos("level", "1")),
          qos("police", qos("rate", qos("value", String(rateBps / 1_000)), qos("unit", "kbps"))),
        ),
      ),
      keys: ["policy-map-name"],
      // Every policy-map ends in class-default, whether or not anybody asked for it.
      open: true,
    },
    {
      what: `output queue of ${device}`,
      inside: [iface("interfaces"), iface("interface", iface("interface-name", device)), bind("service-policy")],
      element: bind("output", bind("service-policy-name", own)),
      keys: ["service-policy-name"],
    },
  ];
}
