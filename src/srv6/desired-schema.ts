// The desired file as it is written: one TypeBox schema, from which the validator, the published JSON schema and the
// reference come. desired.ts turns what fits it into the route model.

import { type Static, Type } from "typebox";
import { ENCAP_MODES } from "./behavior.ts";

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description });
/** What the kernel takes for a name, less what nftables would read as a pattern or the end of a string. */
const device = (description: string) => Type.String({ pattern: '^(?!\\.{1,2}$)[^\\s/:"\\\\*]{1,15}$', description });
const text = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const table = (description: string) => Type.Integer({ minimum: 1, maximum: 4_294_967_295, description });
const keyId = Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "An HMAC key's number." });
const sidLimits = { minItems: 1, maxItems: 126 } as const;
const sidList = Type.Array(text("A SID."), { ...sidLimits, description: "The SID list, first visited first." });

const path = Type.Object(
  {
    name: name("Unique within the policy."),
    segments: sidList,
    weight: Type.Optional(Type.Integer({ minimum: 1, maximum: 256, description: "Share of the flows, 1 to 256 (1)." })),
    mode: Type.Optional(
      Type.Union(
        ENCAP_MODES.map((mode) => Type.Literal(mode)),
        { description: "How the SID list is put on packets (encap.red)." },
      ),
    ),
    hmacKey: Type.Optional(keyId),
  },
  closed,
);

export const BEHAVIORS = [
  "End",
  "End.X",
  "End.T",
  "End.DX2",
  "End.DX4",
  "End.DX6",
  "End.DT4",
  "End.DT6",
  "End.DT46",
  "End.B6.Encaps",
] as const;

const localSid = Type.Object(
  {
    sid: text("An address, or a prefix where NEXT-CSID leaves the rest to later waypoints."),
    behavior: Type.Union(
      BEHAVIORS.map((behavior) => Type.Literal(behavior)),
      { description: "What the SID does (RFC 8986)." },
    ),
    nexthop: Type.Optional(text("End.X, End.DX4, End.DX6: the neighbour's address.")),
    device: Type.Optional(device("End.X: through this interface; End.DX2: to this one.")),
    table: Type.Optional(table("End.T, End.DT6: look up in this table; main is 254.")),
    tenant: Type.Optional(name("End.DT4, End.DT6, End.DT46: look up in this tenant's table.")),
    segments: Type.Optional(Type.Array(text("A SID."), { ...sidLimits, description: "End.B6.Encaps: the SID list." })),
    psp: Type.Optional(Type.Boolean({ description: "Pop the routing header at the last hop but one." })),
    nextCsid: Type.Optional(
      Type.Object(
        {
          blockBits: Type.Integer({ minimum: 1, maximum: 120, description: "Length of the block." }),
          nodeFunctionBits: Type.Integer({ minimum: 1, maximum: 120, description: "Length of one compressed SID." }),
        },
        { ...closed, description: "Shift the next compressed SID into place (RFC 9800)." },
      ),
    ),
    counted: Type.Optional(Type.Boolean({ description: "Count packets and octets (true)." })),
  },
  closed,
);

const trafficClass = Type.Object(
  {
    dscp: Type.Optional(Type.Integer({ minimum: 0, maximum: 63, description: "DSCP; EF is 46." })),
    protocol: Type.Optional(
      Type.Union([Type.Literal("tcp"), Type.Literal("udp")], { description: "Of the packet inside." }),
    ),
    destinationPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "Needs a protocol." })),
    source: Type.Optional(text("A prefix.")),
    destination: Type.Optional(text("A prefix.")),
  },
  { ...closed, minProperties: 1, description: "What must match; all that is given must." },
);

export const DesiredFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    domain: Type.Object(
      {
        blocks: Type.Array(text("A prefix."), {
          minItems: 1,
          maxItems: 64,
          description: "Prefixes that hold our SIDs.",
        }),
        segments: Type.Optional(
          Type.Array(device("A device: 15 characters at most, no space."), {
            maxItems: 1_024,
            description: "Interfaces on which SIDs are believed.",
          }),
        ),
        management: Type.Optional(
          Type.Array(text("A prefix."), {
            maxItems: 64,
            description: "Prefixes that must stay reachable as they are.",
          }),
        ),
        requireHmac: Type.Optional(Type.Boolean({ description: "Take only signed routing headers (false)." })),
      },
      { ...closed, description: "The SR domain as this machine sees it." },
    ),
    tunnelSource: Type.Optional(text("Source address of encapsulated packets.")),
    hmacKeys: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: keyId,
            algorithm: Type.Optional(
              Type.Union([Type.Literal("sha1"), Type.Literal("sha256")], { description: "The digest (sha256)." }),
            ),
            secret: Type.String({ minLength: 1, maxLength: 64, description: "Up to 64 characters.", secret: true }),
          },
          closed,
        ),
        { maxItems: 256, description: "Keys that sign routing headers." },
      ),
    ),
    tenants: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: name("Of more than 9 characters, the start is shown in its device's name."),
            table: table("Its routing table."),
          },
          closed,
        ),
        {
          maxItems: 4_096,
          description: "Isolated networks, one VRF each.",
        },
      ),
    ),
    localSids: Type.Optional(
      Type.Array(localSid, { maxItems: 1_000_000, description: "SIDs this machine answers for." }),
    ),
    policies: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: name("Unique."),
            paths: Type.Array(path, { minItems: 1, maxItems: 64, description: "Weighted candidate paths." }),
            backup: Type.Optional(
              Type.Object(path.properties, {
                ...closed,
                description: "Kept ready, so that a failover is one message.",
              }),
            ),
            active: Type.Optional(
              Type.Union([Type.Literal("paths"), Type.Literal("backup")], {
                description: "Which carries traffic (paths).",
              }),
            ),
            bindingSid: Type.Optional(text("An address that stands for the whole policy.")),
            resilient: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 65_535,
                description: "Buckets: flows stay put when members change.",
              }),
            ),
          },
          closed,
        ),
        { maxItems: 100_000, description: "SR policies." },
      ),
    ),
    steering: Type.Optional(
      Type.Array(
        Type.Object(
          {
            policy: name("A policy above."),
            prefixes: Type.Optional(
              Type.Array(text("A prefix."), { maxItems: 1_000_000, description: "Destinations, IPv4 and IPv6." }),
            ),
            classes: Type.Optional(Type.Array(trafficClass, { maxItems: 1_024, description: "Or kinds of traffic." })),
            table: Type.Optional(table("The prefixes' routing table (254, which is main).")),
            metric: Type.Optional(
              Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "Lower wins (64)." }),
            ),
          },
          closed,
        ),
        { maxItems: 100_000, description: "What takes which policy." },
      ),
    ),
  },
  { ...closed, title: "srwan desired state of one machine" },
);

export type DesiredFile = Static<typeof DesiredFile>;
