// A POP as it joins and as the service keeps it: who it is, where, over which transits and segments it reaches others.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";
import { address, closed, curveKey, name, oneOf, prefix, text, whole } from "./parts.ts";

export const PLATFORMS = ["linux", "iosxr", "iosxe", "junos"] as const;

export const Transit = Type.Object(
  {
    name: name("Unique within the POP."),
    asn: Type.Optional(Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "Of the transit provider." })),
    capacityBps: Type.Optional(whole("What the port carries.")),
    commitBps: Type.Optional(whole("What is paid for in any case.")),
    priceMicroPerGB: Type.Optional(whole("Millionths of a coin for 10⁹ octets beyond that.")),
  },
  closed,
);
export type Transit = Static<typeof Transit>;

/** A segment inside WireGuard: the agent makes the device, and the keys, whose private halves stay on the POP. */
export const WireguardPort = Type.Object(
  {
    endpoint: address("This POP's address on that transit: the other POP sends its packets there."),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: "UDP port of this device alone." }),
    publicKey: Type.Optional(curveKey("Who this POP is to the other; put in by the agent.")),
    fresh: Type.Optional(curveKey("Of this POP's half of the key that rotates; put in by the agent.")),
  },
  closed,
);
export type WireguardPort = Static<typeof WireguardPort>;

/** One interface of the POP that leads to one other POP over one transit. */
export const SegmentPort = Type.Object(
  {
    transit: name("A transit of this POP."),
    to: name("The POP at its other end."),
    device: Type.String({ pattern: '^(?!\\.{1,2}$)[^\\s/:"\\\\*]{1,15}$', description: "The interface." }),
    port: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z][A-Za-z0-9/:._-]{0,63}$",
        description: "The same on a router that forwards, as it writes it in full: HundredGigE0/0/0/0.",
      }),
    ),
    nexthop: address("The other POP's address on that interface: End.X hands packets to it."),
    local: address("This POP's address on that interface: pulses leave from it."),
    encrypted: Type.Optional(Type.Boolean({ description: "Carried by WireGuard or alike (false)." })),
    wireguard: Type.Optional(WireguardPort),
    mtuOctets: Type.Optional(whole("What fits before SIDs are added.", 65_535)),
    capacityBps: Type.Optional(whole("What it carries.")),
    priceMicroPerGB: Type.Optional(
      Type.Union([whole("Millionths of a coin for 10⁹ octets."), Type.Literal("infinity")], {
        description: "infinity: measured, never used by others than its owner.",
      }),
    ),
    riskGroups: Type.Optional(Type.Array(name("What fails together."), { maxItems: 64, uniqueItems: true })),
  },
  closed,
);
export type SegmentPort = Static<typeof SegmentPort>;

export const PopRecord = Type.Object(
  {
    name: name("Unique in the WAN."),
    site: Type.Optional(text("Where it stands, for people.")),
    latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90, description: "Degrees north." })),
    longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180, description: "Degrees east." })),
    country: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$", description: "Two letters of ISO 3166." })),
    region: Type.Optional(name("A region.")),
    asn: Type.Optional(Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "Its own." })),
    tags: Type.Optional(Type.Array(name("A free word."), { maxItems: 64, uniqueItems: true })),
    owner: Type.Optional(name("Who runs it.")),
    account: Type.Optional(
      Type.String({
        pattern: "^0x[0-9a-fA-F]{40}$",
        description: "On the chain: who is paid for what it relays. It is only shown; payments go by what was signed.",
      }),
    ),
    platform: oneOf(PLATFORMS, "What forwards there."),
    transits: Type.Array(Transit, { maxItems: 64, description: "Providers it is connected to." }),
    segments: Type.Array(SegmentPort, { maxItems: LIMITS.popSegmentsMax, description: "Where its interfaces lead." }),
    address: address("What others send the POP itself."),
    prefixes: Type.Optional(Type.Array(prefix("Customers behind it."), { maxItems: 10_000 })),
    egress: Type.Optional(
      Type.Object(
        {
          device: text("Where traffic leaves to the Internet.", 15),
          source4: Type.Optional(address("IPv4 is translated to this address.")),
          source6: Type.Optional(prefix("IPv6 of this prefix leaves as it is; other is translated to its first.")),
        },
        { ...closed, description: "How it hands traffic to the Internet." },
      ),
    ),
  },
  { ...closed, title: "srwan POP" },
);
export type PopRecord = Static<typeof PopRecord>;

export const JoinRequest = Type.Object(
  {
    token: Type.String({ minLength: 16, maxLength: 256, description: "Good once.", secret: true }),
    publicKey: Type.String({
      maxLength: 2_048,
      description: "Ed25519, SPKI in PEM. The private half stays on the POP.",
    }),
    pop: PopRecord,
  },
  { ...closed, title: "srwan join" },
);
export type JoinRequest = Static<typeof JoinRequest>;

export const JoinReply = Type.Object(
  {
    certificate: Type.String({ maxLength: 16_384, description: "The POP's, in PEM." }),
    authority: Type.String({ maxLength: 16_384, description: "The service's own, in PEM." }),
    group: name("The group it measures in."),
    locator: prefix("Where its SIDs lie."),
    renewBeforeMs: whole("When the certificate ends, in milliseconds since 1970."),
  },
  closed,
);
export type JoinReply = Static<typeof JoinReply>;
