// What a hardware router is asked to hold, whichever family it is of: one schema a kind. Names are ours; each driver puts
// our prefix before them, so that nothing of others is ever touched.

import { type Static, Type } from "typebox";
import { address, closed, name, oneOf, prefix } from "./parts.ts";

/** usid: NEXT-CSID with 32 bits of block and 16 of each SID (RFC 9800); full: a SID takes a whole address. */
export const SID_FORMATS = ["usid", "full"] as const;
const format = oneOf(SID_FORMATS, "How SIDs lie in addresses.");
const color = Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "With the end-point, names a policy." });
const endpoint = address("Where the policy ends: an address of the far POP.");
const device = Type.String({
  pattern: "^[A-Za-z][A-Za-z0-9/:._-]{0,63}$",
  description: "An interface as the router writes it in full: HundredGigE0/0/0/0, GigabitEthernet1, et-0/0/0.",
});

export const LocatorIntent = Type.Object(
  { kind: Type.Literal("locator"), name: name("Unique on the router."), prefix: prefix("Where its SIDs lie."), format },
  closed,
);

export const DEVICE_BEHAVIORS = ["End", "End.X", "End.DT4", "End.DT6", "End.DT46"] as const;

export const SidIntent = Type.Object(
  {
    kind: Type.Literal("sid"),
    locator: Type.Optional(name("It lies in this one; Junos asks for it.")),
    format,
    sid: address("The SID."),
    behavior: oneOf(DEVICE_BEHAVIORS, "RFC 8986."),
    device: Type.Optional(device),
    nexthop: Type.Optional(address("End.X: to this neighbour; without one, to the only one there.")),
    vrf: Type.Optional(name("End.DT: looked up in this VRF's table; without one, in the main table.")),
  },
  closed,
);

const PathOfIntent = Type.Object(
  {
    name: name("Unique within the policy."),
    sids: Type.Array(address("A SID."), { minItems: 1, maxItems: 36, description: "First visited first." }),
  },
  closed,
);
const WeightedPath = Type.Object(
  { ...PathOfIntent.properties, weight: Type.Integer({ minimum: 1, maximum: 256, description: "Its share." }) },
  closed,
);

export const PolicyIntent = Type.Object(
  {
    kind: Type.Literal("policy"),
    name: name("Unique on the router."),
    color,
    endpoint,
    format,
    paths: Type.Array(WeightedPath, { minItems: 1, maxItems: 16, description: "Traffic is spread over these." }),
    backup: Type.Optional(PathOfIntent),
    bindingSid: Type.Optional(
      Type.Object(
        {
          locator: name("It is taken from this one."),
          sid: Type.Optional(address("This one; without it the router chooses, and it is read back.")),
        },
        { ...closed, description: "A SID that stands for the whole policy." },
      ),
    ),
  },
  { ...closed, title: "srwan policy of a router" },
);

/** What a router without explicit lists offers: it computes the path, we say only by what. */
export const DynamicPolicyIntent = Type.Object(
  {
    kind: Type.Literal("dynamic-policy"),
    name: name("Unique on the router."),
    color,
    endpoint,
    metric: oneOf(["igp", "te", "delay"], "What the router keeps small."),
  },
  closed,
);

export const RouteIntent = Type.Object(
  {
    kind: Type.Literal("route"),
    prefix: prefix("What goes there is sent over the policy."),
    policy: name("A policy of ours."),
    color,
    endpoint,
  },
  closed,
);

export const QueueIntent = Type.Object(
  {
    kind: Type.Literal("queue"),
    name: name("Unique on the router."),
    device,
    dscp: Type.Array(Type.Integer({ minimum: 0, maximum: 63 }), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description: "Packets with these; EF is 46.",
    }),
    rateBps: Type.Integer({
      minimum: 8_000,
      maximum: 400_000_000_000,
      multipleOf: 1_000,
      description: "Goes before all else, up to this; what is beyond is dropped.",
    }),
  },
  { ...closed, title: "srwan priority queue of a router" },
);

export const INTENT_KINDS = ["locator", "sid", "policy", "dynamic-policy", "route", "queue"] as const;

export const DeviceIntent = Type.Union(
  [LocatorIntent, SidIntent, PolicyIntent, DynamicPolicyIntent, RouteIntent, QueueIntent],
  { description: "One thing that a router is to hold." },
);
export type DeviceIntent = Static<typeof DeviceIntent>;
export type IntentKind = (typeof INTENT_KINDS)[number];
export type IntentOf<K extends IntentKind> = Extract<DeviceIntent, { kind: K }>;

/** A file of them, as `srwan device render` reads it. */
export const IntentFile = Type.Object(
  { intents: Type.Array(DeviceIntent, { minItems: 1, maxItems: 10_000 }) },
  { ...closed, title: "srwan intents of a router" },
);
export type IntentFile = Static<typeof IntentFile>;
