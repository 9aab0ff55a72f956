// What several messages have alike: names, addresses as text, counters as decimal text, times.

import { type Static, type TUnsafe, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";

export const closed = { additionalProperties: false } as const;

export const NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$";
export const name = (description: string) => Type.String({ pattern: NAME, description });
export const text = (description: string, maxLength = 256) => Type.String({ minLength: 1, maxLength, description });
/** What came of something, for a person: may be empty. */
export const words = (description: string) => Type.String({ maxLength: LIMITS.wireTextMax, description });
export const address = (description: string) => Type.String({ minLength: 2, maxLength: 45, description });
export const prefix = (description: string) => Type.String({ minLength: 3, maxLength: 49, description });
/** 32 octets of Curve25519 as WireGuard writes them. */
export const curveKey = (description: string) =>
  Type.String({ pattern: "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", description });
export const whole = (description: string, maximum = Number.MAX_SAFE_INTEGER) =>
  Type.Integer({ minimum: 0, maximum, description });
export const signed = (description: string) => Type.Integer({ minimum: -1e12, maximum: 1e12, description });
export const maybe = <S extends ReturnType<typeof whole>>(schema: S) =>
  Type.Union([schema, Type.Null()], { description: (schema as { description?: string }).description ?? "" });
export const oneOf = <const W extends string>(all: readonly W[], description: string) =>
  Type.Union(
    all.map((one) => Type.Literal(one)),
    { description },
  ) as unknown as TUnsafe<W>;

/** A counter as decimal digits: JSON's numbers lose what lies past 2⁵³. */
export const Count = Type.String({ pattern: "^(0|[1-9][0-9]{0,38})$", description: "A counter, in decimal digits." });

/** Milliseconds since 1970, UTC, on the clock of whoever says it. */
export const AtMs = whole("Milliseconds since 1970, UTC, on the sender's clock.");

/** A directed segment by its ends: from/transit>to. */
export const SegmentName = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}/[A-Za-z0-9][A-Za-z0-9_.-]{0,62}>[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
  description: "A directed segment: the POP it leaves, the transit, the POP it reaches, as sea/alder>chi.",
});

export type SegmentParts = { readonly from: string; readonly transit: string; readonly to: string };

export const segmentName = ({ from, transit, to }: SegmentParts): string => `${from}/${transit}>${to}`;

export function segmentParts(segment: string): SegmentParts {
  const [from = "", rest = ""] = segment.split("/");
  const [transit = "", to = ""] = rest.split(">");
  return { from, transit, to };
}

/** An error on its way to another process: the table of codes is the same on both ends. */
export const WireError = Type.Object(
  {
    code: Type.String({ pattern: "^[A-Z][A-Z0-9_]{1,63}$", description: "Of docs/reference/errors.md." }),
    message: words("What went wrong."),
    remedy: words("What to do."),
  },
  closed,
);
export type WireError = Static<typeof WireError>;
