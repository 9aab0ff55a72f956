// The matrix as it is written: one TypeBox schema of a JSON file, from which the validator, the types and the published
// JSON schema come. matrix-file.ts reads it. What was not measured is left out or null; nothing stands for it.

import { type Static, type TSchema, Type } from "typebox";

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description });
const names = (description: string) =>
  Type.Optional(Type.Array(name("A name."), { maxItems: 64, uniqueItems: true, description }));
const measured = <S extends TSchema>(schema: S) =>
  Type.Optional(
    Type.Union([schema, Type.Null()], { description: (schema as { description?: string }).description ?? "" }),
  );
const clock = (description: string) => Type.String({ pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$", description });

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const window = Type.Object(
  {
    days: Type.Optional(
      Type.Array(Type.Enum(WEEKDAYS), {
        minItems: 1,
        maxItems: 7,
        uniqueItems: true,
        description: "Days on which it opens (all).",
      }),
    ),
    from: clock("Opens at this time of day, UTC."),
    to: clock("Closes at this time, UTC; at or before `from` means on the next day."),
  },
  closed,
);

/** What POPs and segments have alike: what they are, never how they do. */
const traits = {
  owner: Type.Optional(name("Who runs it and may always use it.")),
  region: Type.Optional(name("A region.")),
  country: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$", description: "Two letters of ISO 3166, upper case." })),
  asn: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 4_294_967_295, description: "The number of its autonomous system." }),
  ),
  tags: names("Free words that constraints may name."),
  riskGroups: names("What fails together: a duct, a cable, a building."),
  isolation: names("Isolation sets. Requests that name one of them may use it and nothing else; none: all others may."),
  quarantine: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: "Why it is in quarantine. It is measured, never used." }),
  ),
};

const pop = Type.Object({ name: name("Unique among the POPs."), ...traits }, closed);

const segment = Type.Object(
  {
    from: name("The POP it leaves."),
    transit: name("The transit of `from` that carries it."),
    to: name("The POP it reaches."),
    ...traits,
    windows: Type.Optional(
      Type.Array(window, { minItems: 1, maxItems: 32, description: "When it may be used (always)." }),
    ),
    delayUs: measured(
      Type.Integer({
        minimum: -1e12,
        maximum: 1e12,
        description: "One-way delay in µs; may be negative while clocks disagree. 0 is no measurement.",
      }),
    ),
    boundUs: measured(Type.Integer({ minimum: 0, maximum: 1e12, description: "The error bound of delayUs, in µs." })),
    jitterUs: measured(Type.Integer({ minimum: 0, maximum: 1e9, description: "Delay variation in µs." })),
    lossPpm: measured(Type.Integer({ minimum: 0, maximum: 1_000_000, description: "Packets lost of a million sent." })),
    availableBps: measured(
      Type.Integer({ minimum: 0, maximum: 1e15, description: "Bits per second that may be used." }),
    ),
    reservedBps: measured(
      Type.Integer({
        minimum: 0,
        maximum: 1e15,
        description: "Bits per second of those that are promised already (0).",
      }),
    ),
    priceMicroPerGB: measured(
      Type.Union([Type.Integer({ minimum: 0, maximum: 1e12 }), Type.Literal("infinity")], {
        description: "Millionths of a coin for 10⁹ octets; infinity: measured, never used by others than its owner.",
      }),
    ),
  },
  closed,
);

export const MatrixFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    pops: Type.Array(pop, { maxItems: 20_000, description: "Points of presence." }),
    segments: Type.Array(segment, { maxItems: 2_000_000, description: "Directed segments between them." }),
  },
  { ...closed, title: "srwan measured matrix" },
);

export type MatrixFile = Static<typeof MatrixFile>;
export type PopSpec = MatrixFile["pops"][number];
export type SegmentSpec = MatrixFile["segments"][number];
export type Window = Static<typeof window>;
