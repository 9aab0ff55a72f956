// What one POP is to hold, as one versioned document, and the difference of two versions. The agent answers each version
// with what became of every object.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";
import { address, closed, curveKey, name, oneOf, prefix, SegmentName, text, whole } from "./parts.ts";
import { TrafficClass } from "./policy.ts";

const sids = Type.Array(address("A SID."), { minItems: 1, maxItems: 126 });

export const WirePath = Type.Object(
  {
    name: name("Unique within the policy."),
    segments: Type.Array(SegmentName, { minItems: 1, maxItems: 32, description: "What the SID list runs over." }),
    sids,
    /** Where the last SID takes no IPv6: the same way, with one that does. */
    probeSids: Type.Optional(sids),
    /** Answers to probes come back over it, and to the POP's probe address; without it as the far end routes them. */
    back: Type.Optional(sids),
    weight: Type.Integer({ minimum: 1, maximum: 256 }),
    mode: oneOf(["encap", "encap.red"], "How the SID list is put on packets."),
    hmacKey: Type.Optional(whole("Signs it.")),
    mtuOctets: Type.Optional(whole("What fits on its narrowest segment, before SIDs are added.", 65_535)),
  },
  closed,
);
export type WirePath = Static<typeof WirePath>;

export const WirePolicy = Type.Object(
  {
    name: name("Unique."),
    to: name("The POP at the far end; its probe addresses prove the paths."),
    far: prefix("Where the far POP's probe addresses lie."),
    paths: Type.Array(WirePath, { minItems: 1, maxItems: 16 }),
    backup: Type.Optional(WirePath),
    bindingSid: Type.Optional(address("Stands for the whole policy.")),
    prefixes: Type.Array(prefix("Destinations."), { maxItems: 100_000 }),
    classes: Type.Array(TrafficClass, { maxItems: 64 }),
    tenant: Type.Optional(name("Whose it is.")),
    /** A path that the POP itself left carries again when this has grown, or when the path is another. */
    word: Type.Optional(whole("Grows each time the service says that the paths shall carry (0).")),
    probeMs: Type.Optional(
      Type.Integer({
        minimum: LIMITS.pulseIntervalMinMs,
        maximum: LIMITS.pulseIntervalMaxMs,
        description: "Between two probes of the paths that carry and of the backup (100).",
      }),
    ),
    resilientBuckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    unprobed: Type.Optional(Type.Boolean({ description: "Carries answers to probes and is not probed itself." })),
  },
  closed,
);
export type WirePolicy = Static<typeof WirePolicy>;

export const WireSid = Type.Object(
  {
    sid: text("An address, or a prefix where NEXT-CSID leaves the rest to later waypoints.", 49),
    behavior: oneOf(["End", "End.X", "End.DT4", "End.DT6", "End.DT46", "End.B6.Encaps"], "RFC 8986."),
    device: Type.Optional(text("End.X: through this interface.", 15)),
    nexthop: Type.Optional(address("End.X: to this neighbour.")),
    table: Type.Optional(whole("End.DT4, End.DT6 of no tenant: looked up here; 254 is main.", 4_294_967_295)),
    tenant: Type.Optional(name("End.DT: whose table.")),
    segments: Type.Optional(sids),
    nextCsid: Type.Optional(
      Type.Object({ blockBits: whole("Block.", 120), nodeFunctionBits: whole("One compressed SID.", 120) }, closed),
    ),
    psp: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type WireSid = Static<typeof WireSid>;

/** Of one pair of POPs, and of nobody else. */
const PulseSigning = Type.Object(
  {
    pair: text("Both ends and since when each is in the WAN: whoever comes anew has other keys."),
    keys: Type.Array(
      Type.Object(
        {
          id: Type.Integer({ minimum: 1, maximum: 4_294_967_295 }),
          secret: Type.String({
            minLength: 1,
            maxLength: 64,
            secret: true,
            description: "Base64; on its way to the POP alone, the service keeps and shows a dash.",
          }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 2, description: "What the other's pulses may be signed with." },
    ),
    sign: Type.Optional(whole("The key that its own are signed with; without it they are not.")),
    require: Type.Optional(Type.Boolean({ description: "Drops the other's that are not signed (false)." })),
  },
  closed,
);

/** Whom to measure, over what. */
export const WirePeer = Type.Object(
  {
    segment: SegmentName,
    address: address("The other end's."),
    from: address("Our end's."),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    intervalMs: Type.Integer({ minimum: LIMITS.pulseIntervalMinMs, maximum: LIMITS.pulseIntervalMaxMs }),
    floorUs: whole("Light itself is not quicker over that distance."),
    signed: Type.Optional(PulseSigning),
  },
  closed,
);
export type WirePeer = Static<typeof WirePeer>;

const tenant = Type.Object({ name: name("Unique."), table: whole("Its routing table.", 4_294_967_295) }, closed);
const hmacKey = Type.Object(
  {
    id: Type.Integer({ minimum: 1, maximum: 4_294_967_295 }),
    algorithm: oneOf(["sha1", "sha256"], "The digest."),
    secret: Type.String({
      minLength: 1,
      maxLength: 64,
      secret: true,
      description: "On its way to the POP alone; the service keeps and shows a dash.",
    }),
  },
  closed,
);

/** The other end of a segment inside WireGuard, for the device of ours that leads there. */
export const WireTunnel = Type.Object(
  {
    device: text("Ours.", 15),
    to: name("The POP at the other end."),
    publicKey: curveKey("Who it is."),
    fresh: Type.Optional(curveKey("Of its half of the key that rotates.")),
    endpoint: address("Where it is."),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: "And on which UDP port." }),
  },
  closed,
);
export type WireTunnel = Static<typeof WireTunnel>;

export const PopSettings = Type.Object(
  {
    pop: name("Whose document this is."),
    group: name("The group it measures in."),
    blocks: Type.Array(prefix("Where SIDs live."), { minItems: 1, maxItems: 64 }),
    segments: Type.Array(text("An interface on which SIDs are believed.", 15), { maxItems: 1_024 }),
    tunnelSource: address("Of encapsulated packets."),
    /** The probe namespace answers for all of it. */
    near: prefix("Where this POP's own probe addresses lie."),
    reportMs: Type.Integer({ minimum: 100, maximum: 60_000, description: "How often to report." }),
    tunnels: Type.Optional(Type.Array(WireTunnel, { maxItems: LIMITS.popSegmentsMax })),
    requireHmac: Type.Optional(Type.Boolean({ description: "Drops what comes to a SID and is not signed (false)." })),
    drained: Type.Boolean({ description: "In maintenance: carries nothing of others." }),
  },
  closed,
);
export type PopSettings = Static<typeof PopSettings>;

const lists = {
  tenants: Type.Array(tenant, { maxItems: 4_096 }),
  hmacKeys: Type.Array(hmacKey, { maxItems: 256 }),
  localSids: Type.Array(WireSid, { maxItems: 100_000 }),
  policies: Type.Array(WirePolicy, { maxItems: LIMITS.policiesMax }),
  peers: Type.Array(WirePeer, { maxItems: LIMITS.popSegmentsMax }),
};

export const PopDesired = Type.Object(
  { version: whole("Grows with every change."), settings: PopSettings, ...lists },
  { ...closed, title: "srwan desired state of one POP" },
);
export type PopDesired = Static<typeof PopDesired>;

/** From one version to the next. Entries are named by what is unique in their list. */
export const PopDelta = Type.Object(
  {
    base: whole("The version it starts from."),
    version: whole("The version it leads to."),
    settings: Type.Optional(PopSettings),
    set: Type.Partial(Type.Object(lists, closed), closed),
    remove: Type.Partial(
      Type.Object(
        {
          tenants: Type.Array(name("A tenant.")),
          hmacKeys: Type.Array(text("A key's number.")),
          localSids: Type.Array(text("A SID.")),
          policies: Type.Array(name("A policy.")),
          peers: Type.Array(SegmentName),
        },
        closed,
      ),
      closed,
    ),
  },
  closed,
);
export type PopDelta = Static<typeof PopDelta>;
