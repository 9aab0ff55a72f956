// Intents as parts of an IOS-XE configuration.

import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { inNamespace, type XmlElement } from "../../xml/element.ts";
import type { JsonRules, ListRule, Owned } from "../family.ts";
import { onBox } from "../names.ts";
import { dscpWord } from "../value.ts";

/** Each type of interface is a list of its own. */
export const INTERFACES: readonly string[] = [
  "GigabitEthernet",
  "TwoGigabitEthernet",
  "FiveGigabitEthernet",
  "TenGigabitEthernet",
  "TwentyFiveGigE",
  "FortyGigabitEthernet",
  "FiftyGigabitEthernet",
  "HundredGigE",
  "TwoHundredGigE",
  "FourHundredGigE",
];

export const LISTS: Readonly<Record<string, ListRule>> = {
  "locators/locator": { keys: ["name"] },
  "explicit-sids/sid": { keys: ["address"] },
  "traffic-eng/policy": { keys: ["name"] },
  "candidate-paths/preference": { keys: ["preference"] },
  "forwarding/path": { keys: ["path-id"] },
  "route/ipv6-route-list": { keys: ["prefix"] },
  "policy/regular-policy": { keys: ["sr-policy-name"] },
  "policy/class-map": { keys: ["name"] },
  "policy/policy-map": { keys: ["name"] },
  "policy-map/class": { keys: ["name"] },
  "class/action-list": { keys: ["action-type"] },
  ...Object.fromEntries(INTERFACES.map((type) => [`interface/${type}`, { keys: ["name"] }])),
};

const ns = (module: string): string => `http://cisco.com/ns/yang/Cisco-IOS-XE-${module}`;

export const native = inNamespace(ns("native"));
const sr = inNamespace(ns("segment-routing"));
export const policy = inNamespace(ns("policy"));

export const JSON_RULES: JsonRules = {
  modules: Object.fromEntries(
    ["native", "segment-routing", "policy"].map((module) => [ns(module), `Cisco-IOS-XE-${module}`]),
  ),
  leafLists: ["match/dscp"],
  presence: [],
  numbers: ["preference", "path-id", "color", "kilo-bits"],
};

export const STATIC_BEHAVIOR = {
  "End.X": "end-x-usid-psp-usd",
  "End.DT4": "end-dt4",
  "End.DT6": "end-dt6",
  "End.DT46": "end-dt46",
} as const;

export const PREFERENCE = 100;

/** GigabitEthernet1 is GigabitEthernet and 1. */
export function interfaceParts(device: string): { readonly type: string; readonly name: string } | undefined {
  const [, type, name] = /^([A-Z][A-Za-z-]*?)(\d[\d/]*)$/.exec(device) ?? [];
  return type !== undefined && name !== undefined && INTERFACES.includes(type) ? { type, name } : undefined;
}

export function objects(intent: DeviceIntent): readonly Owned[] {
  switch (intent.kind) {
    case "locator":
      return [locator(intent)];
    case "sid":
      return [sid(intent)];
    case "dynamic-policy":
      return [dynamicPolicy(intent)];
    case "route":
      return [route(intent)];
    case "queue":
      return queue(intent);
    case "policy":
      return [];
  }
}

const inSegmentRouting = [native("native"), native("segment-routing")];

const locator = ({ name, prefix, format }: IntentOf<"locator">): Owned => ({
  what: `locator ${onBox(name)}`,
  inside: [...inSegmentRouting, sr("srv6"), sr("locators")],
  element: sr(
    "locator",
    sr("name", onBox(name)),
    sr("prefix", prefix),
    format === "usid" ? sr("format", sr("usid-f3216")) : undefined,
  ),
  keys: ["name"],
});

function sid({ sid, behavior, device, nexthop, vrf }: IntentOf<"sid">): Owned {
  const word = behavior === "End" ? "" : STATIC_BEHAVIOR[behavior];
  return {
    what: `SID ${sid}`,
    inside: [...inSegmentRouting, sr("srv6"), sr("explicit-sids")],
    element: sr(
      "sid",
      sr("address", sid),
      sr(
        "behavior",
        sr("behavior-type", word),
        behavior === "End.X"
          ? sr(
              "identification",
              sr("nexthop", sr("interface", device ?? ""), nexthop === undefined ? undefined : sr("address", nexthop)),
            )
          : sr("forwarding", sr("path", sr("path-id", "1"), sr("decap-and-lookup", sr("vrf-name", vrf ?? "")))),
      ),
    ),
    keys: ["address"],
  };
}

const dynamicPolicy = ({ name, color, endpoint, metric }: IntentOf<"dynamic-policy">): Owned => ({
  what: `policy ${onBox(name)}`,
  inside: [...inSegmentRouting, sr("traffic-eng")],
  element: sr(
    "policy",
    sr("name", onBox(name)),
    sr(
      "candidate-paths",
      sr(
        "preference",
        sr("preference", String(PREFERENCE)),
        sr("constraints", sr("segments", sr("dataplane", "srv6"))),
        sr("dynamic", sr("metric", sr("type", metric))),
      ),
    ),
    sr("color-endpoint", sr("color", String(color)), sr("end-point-v2", endpoint)),
  ),
  keys: ["name"],
});

const route = ({ prefix, policy: name }: IntentOf<"route">): Owned => ({
  what: `route ${prefix}`,
  inside: [native("native"), native("ipv6"), native("route")],
  element: native(
    "ipv6-route-list",
    native("prefix", prefix),
    native(
      "segment-routing",
      native("srv6", native("via", native("policy", native("regular-policy", native("sr-policy-name", onBox(name)))))),
    ),
  ),
  keys: ["prefix"],
});

function queue({ name, device, dscp, rateBps }: IntentOf<"queue">): Owned[] {
  const own = onBox(name);
  const { type = "", name: number = "" } = interfaceParts(device) ?? {};
  const inPolicy: readonly XmlElement[] = [native("native"), native("policy")];
  return [
    {
      what: `class-map ${own}`,
      inside: inPolicy,
      element: policy(
        "class-map",
        policy("name", own),
        policy("prematch", "match-any"),
        policy("match", ...dscp.map((value) => policy("dscp", dscpWord(value)))),
      ),
      keys: ["name"],
    },
    {
      what: `policy-map ${own}`,
      inside: inPolicy,
      element: policy(
        "policy-map",
        policy("name", own),
        policy(
          "class",
          policy("name", own),
          policy(
            "action-list",
            policy("action-type", "priority"),
            policy("priority", policy("kilo-bits", String(rateBps / 1_000))),
          ),
        ),
      ),
      keys: ["name"],
      // Every policy-map ends in class-default, whether or not anybody asked for it.
      open: true,
    },
    {
      what: `output queue of ${device}`,
      inside: [native("native"), native("interface"), native(type, native("name", number)), policy("service-policy")],
      element: policy("output", own),
      keys: [],
    },
  ];
}
