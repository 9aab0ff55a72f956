// A policy as an engineer asks for it, and what became of it. Names are POPs'; SID lists come later, from the engine.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";
import {
  AtMs,
  address,
  closed,
  maybe,
  name,
  oneOf,
  prefix,
  SegmentName,
  signed,
  WireError,
  whole,
  words,
} from "./parts.ts";

export const INTENTS = ["lowest-latency", "cheapest", "highest-throughput", "redundant"] as const;

const criteria = (description: string) =>
  Type.Optional(
    Type.Array(
      Type.String({
        pattern: "^(pop|transit|country|region|asn|tag|risk):[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
        description: "pop:chi, transit:alder, country:CA, region:eu, asn:64500, tag:green, risk:duct-7.",
      }),
      { maxItems: 64, uniqueItems: true, description },
    ),
  );

export const TrafficClass = Type.Object(
  {
    dscp: Type.Optional(whole("DSCP; EF is 46.", 63)),
    protocol: Type.Optional(oneOf(["tcp", "udp"], "Of the packet inside.")),
    destinationPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "Needs a protocol." })),
    source: Type.Optional(prefix("From here.")),
    destination: Type.Optional(prefix("To here.")),
  },
  { ...closed, minProperties: 1 },
);

export type TrafficClass = Static<typeof TrafficClass>;

export const PolicySpec = Type.Object(
  {
    name: name("Unique in the WAN."),
    from: name("The POP where traffic enters."),
    to: name("The POP where it leaves."),
    prefixes: Type.Optional(Type.Array(prefix("Destinations."), { maxItems: 100_000, uniqueItems: true })),
    classes: Type.Optional(Type.Array(TrafficClass, { maxItems: 64, description: "Or kinds of traffic." })),
    intent: Type.Optional(oneOf(INTENTS, "What it is to be (lowest-latency).")),
    improve: Type.Optional(
      Type.Boolean({ description: "Leaves a default that is well for a better path (false: passes through)." }),
    ),
    maxDelayUs: Type.Optional(whole("At most.")),
    maxJitterUs: Type.Optional(whole("At most.")),
    maxLossPpm: Type.Optional(whole("At most.", 1_000_000)),
    maxPriceMicroPerGB: Type.Optional(whole("At most.")),
    maxSids: Type.Optional(Type.Integer({ minimum: 1, maximum: 126, description: "SIDs of a list." })),
    minBandwidthBps: Type.Optional(whole("Left on every segment.")),
    encrypted: Type.Optional(
      Type.Boolean({ description: "Over encrypted segments only; where none leads there, over none (false)." }),
    ),
    must: criteria("Each is met somewhere on the path."),
    never: criteria("None is met between the ends."),
    pin: Type.Optional(
      Type.Array(SegmentName, {
        minItems: 1,
        maxItems: 32,
        description: "This path and no other, while it is not down.",
      }),
    ),
    demandBps: Type.Optional(whole("What it carries.")),
    priority: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 7, description: "Who decides first where room is short (0)." }),
    ),
    tenant: Type.Optional(name("The isolated network it belongs to.")),
  },
  { ...closed, title: "srwan policy" },
);
export type PolicySpec = Static<typeof PolicySpec>;

const keyNumber = (description: string) => Type.Integer({ minimum: 1, maximum: 4_294_967_295, description });

/** Keys by their numbers alone: the service makes what they are, and gives it to POPs only. */
export const Signing = Type.Object(
  {
    keys: Type.Array(keyNumber("A number of your choice; another number is another key."), {
      minItems: 1,
      maxItems: 2,
      uniqueItems: true,
      description: "What POPs take as signed; two while keys change.",
    }),
    sign: Type.Optional(keyNumber("Which of them POPs sign with; without it they sign nothing yet.")),
    require: Type.Optional(Type.Boolean({ description: "POPs drop what is not signed (false)." })),
  },
  { ...closed, title: "srwan signing of SID lists" },
);
export type Signing = Static<typeof Signing>;

export const Maintenance = Type.Object(
  {
    pop: name("A POP that is to be drained."),
    why: words("For people."),
    segments: Type.Optional(
      Type.Array(SegmentName, {
        minItems: 1,
        maxItems: LIMITS.popSegmentsMax,
        uniqueItems: true,
        description: "Only these segments of it are closed, there and back; without them all.",
      }),
    ),
  },
  closed,
);
export type Maintenance = Static<typeof Maintenance>;

/** What the engineer edits, as one document. */
export const WanConfig = Type.Object(
  {
    policies: Type.Array(PolicySpec, { maxItems: LIMITS.policiesMax }),
    maintenance: Type.Array(Maintenance, { maxItems: 1_000 }),
    signing: Type.Optional(Signing),
  },
  { ...closed, title: "srwan WAN configuration" },
);
export type WanConfig = Static<typeof WanConfig>;

/**
 * Where a policy stands. PROGRAMMED is said only when every object was read back and the probe over its SID list was
 * answered; FAILED-OVER: the POP itself moved it to the backup.
 */
export const POLICY_STATES = [
  "NO-PATH",
  "SENT",
  "INSTALLED",
  "PROGRAMMED",
  "FAILED-OVER",
  "REFUSED",
  "UNPROVED",
  "POP-AWAY",
] as const;

export const ChosenPath = Type.Object(
  {
    segments: Type.Array(SegmentName, { minItems: 1, maxItems: 32 }),
    sids: Type.Array(address("A SID."), { minItems: 1, maxItems: 64 }),
    expectedUs: maybe(signed("Sum of its segments, clocks of both ends and all.")),
    role: oneOf(["active", "backup", "default"], "What it is there for."),
  },
  closed,
);
export type ChosenPath = Static<typeof ChosenPath>;

export const PolicyStatus = Type.Object(
  {
    name: name("The policy's."),
    state: oneOf(POLICY_STATES, "Where it stands."),
    why: words("In words."),
    decision: words("Why it is on the path it is on, in words."),
    since: AtMs,
    paths: Type.Array(ChosenPath, { maxItems: 8 }),
    actualUs: maybe(signed("Measured over the programmed SID list; same clocks as expectedUs.")),
    trouble: Type.Optional(
      Type.Array(Type.Object({ object: words("What."), error: WireError }, closed), { maxItems: 64 }),
    ),
  },
  closed,
);
export type PolicyStatus = Static<typeof PolicyStatus>;
