// A group as it is written: who belongs to it, where each is reached, and how often they pulse. One TypeBox schema, from
// which the validator, the types and the published JSON schema come.

import { type Static, Type } from "typebox";
import { LIMITS } from "../../base/limits.ts";

const closed = { additionalProperties: false } as const;
export const MEMBER_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$";
const duration = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 32, description }));

const member = Type.Object(
  {
    name: Type.String({ pattern: MEMBER_NAME, description: "Unique in the group." }),
    address: Type.String({
      minLength: 2,
      maxLength: 64,
      description: "Where it answers pulses and where its own come from: an IP address, all of one family.",
    }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "UDP port of its reflector (862)." })),
    place: Type.Optional(
      Type.Object(
        {
          lat: Type.Number({ minimum: -90, maximum: 90, description: "Degrees north." }),
          lon: Type.Number({ minimum: -180, maximum: 180, description: "Degrees east." }),
        },
        { ...closed, description: "Where it stands: no pulse between two places is faster than light in glass." },
      ),
    ),
  },
  closed,
);

export const GroupFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    name: Type.String({ pattern: MEMBER_NAME, description: "The group's name." }),
    interval: duration("Between two pulses to one member: 30ms to 60s (1s)."),
    fastInterval: duration("The same on a path in use (100ms)."),
    clocksWithin: duration(
      "All members' clocks follow UTC within this: 500us with PTP or GPS. Without it no clock is believed.",
    ),
    keyFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_024,
        description:
          "A file that holds the group's key as hexadecimal digits; relative to this file. With it every pulse is signed.",
      }),
    ),
    members: Type.Array(member, {
      minItems: 2,
      maxItems: LIMITS.groupMembersMax,
      description: "In the same order everywhere: rows name members by their place in this list.",
    }),
  },
  { ...closed, title: "srwan pulse group" },
);

export type GroupFile = Static<typeof GroupFile>;
export type MemberEntry = Static<typeof member>;
