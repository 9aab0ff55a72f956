// The matrix that a member holds, as it is told to whoever asks: one schema, from which the type and the published JSON
// schema come. What is missing is null; nothing stands for it. Pure.

import { type Static, type TSchema, Type } from "typebox";
import type { Cell, Contradiction, Evidence, MemberOffset } from "../model.ts";
import { AGE_STEPS_MS } from "../row-tlv.ts";

/** Row numbers begin at the seconds of the member's clock, so no row may come sooner than a second after the last. */
export const ROW_EVERY_MS = 1_000;

const closed = { additionalProperties: false } as const;
const orNull = <S extends TSchema>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const us = (description: string) => orNull(Type.Integer(), description);
const ppm = (description: string) => orNull(Type.Integer({ minimum: 0, maximum: 1_000_000 }), description);
const name = (description: string) => Type.String({ description });
const liveness = {
  state: Type.Enum(["unknown", "up", "suspect", "down"], { description: "What its pulses say." }),
  dead: orNull(
    Type.Enum(["out", "in"]),
    "Which way is dead: from us (out) or to us (in); null where that is not known.",
  ),
  since: Type.String({ description: "When that began, on the member's clock (RFC 3339)." }),
} as const;

export const HeldCell = Type.Object(
  {
    from: name("Where the pulses leave."),
    to: name("Where they arrive."),
    minUs: us("The lowest one-way delay, in µs; the clocks are accounted for."),
    p5Us: us("The delay that 5 % of the pulses do not exceed."),
    p50Us: us("The median."),
    p95Us: us("The 95th percentile."),
    lowUs: us("The true median is not below this."),
    highUs: us("The true median is not above this."),
    comparisonErrorUs: us(
      "± what is left of that when medians are added along two paths between the same ends and compared: clocks cancel.",
    ),
    jitterUs: us("Delay variation (RFC 3550) in µs."),
    lossPpm: ppm("Lost on this way, of a million."),
    reorderedPpm: ppm("Overtaken on this way, of a million; of our own cells only."),
    duplicatedPpm: ppm("Doubled on this way, of a million; of our own cells only."),
    ageMs: us("Since the youngest sample, in ms."),
    samples: Type.Integer({ minimum: 0, description: "How many pulses the delays are of." }),
  },
  closed,
);

const HeldRow = Type.Object(
  {
    member: name("Whose row it is."),
    sequence: orNull(Type.Integer(), "The number that its owner gave it."),
    ageMs: us("Since it was made, in ms; null: none has come."),
  },
  closed,
);

const HeldLink = Type.Object({ peer: name("The other member."), ...liveness }, closed);

const HeldPath = Type.Object(
  {
    path: name("The candidate path that is probed."),
    peer: name("The member at its far end."),
    ...liveness,
    p50Us: us("One-way delay through the programmed SID list, median."),
    lowUs: us("It is not below this."),
    highUs: us("It is not above this."),
    againstDirectUs: us(
      "The path's median less that of the unsteered way: free of clocks; below zero the path is faster.",
    ),
    lossPpm: ppm("Lost on the path, of a million."),
    ageMs: us("Since the youngest sample, in ms."),
    samples: us("How many pulses that is of."),
  },
  closed,
);

const HeldClock = Type.Object(
  {
    member: name("Whose clock."),
    offsetUs: us("Its clock less the holder's, in µs."),
    lowUs: us("The offset is not below this."),
    highUs: us("The offset is not above this."),
    ratePpm: orNull(Type.Number(), "By how much it gains on the holder's, in millionths."),
    synchronised: Type.Boolean({ description: "It says that it follows UTC, and nothing speaks against it." }),
    steps: Type.Integer({ minimum: 0, description: "How often it was seen to be set." }),
  },
  closed,
);

const HeldContradiction = Type.Object(
  {
    reporters: Type.Array(Type.String(), {
      description: "One: the bad reporter. More: one of them is, and nobody can say which.",
    }),
    lastedMs: Type.Integer({ description: "For how long, in ms." }),
    evidence: Type.Array(
      Type.Object(
        {
          kind: Type.Enum(["views", "cycle"], {
            description:
              "views: sender and receiver see one way differently; cycle: a way round is shorter than light allows.",
          }),
          members: Type.Array(Type.String(), {
            description: "The way: from and to, or each of the way round in turn.",
          }),
          senderUs: us("views: the lowest delay as the sender has it, clocks in it."),
          receiverUs: us("views: as the receiver has it."),
          toleranceUs: us("views: how far they may lie apart."),
          sumUs: us("cycle: what the lowest delays add up to, every error on their side."),
          floorUs: us("cycle: what light needs."),
        },
        closed,
      ),
    ),
  },
  closed,
);

export const HeldMatrix = Type.Object(
  {
    schema: Type.Literal("srwan.group-matrix/1"),
    group: name("The group's name."),
    member: name("Who holds this matrix."),
    at: Type.String({ description: "When it was told, on the member's clock (RFC 3339)." }),
    stamps: orNull(Type.Enum(["kernel", "handler"]), "Where its stamps come from; null before its sockets are open."),
    staleAfterMs: Type.Integer({ description: "A cell older than this has missed several pulses: it is stale." }),
    members: Type.Array(name("A member."), { description: "In the group's order." }),
    cells: Type.Array(HeldCell, { description: "Every ordered pair, row by row; what is missing is null in it." }),
    rows: Type.Array(HeldRow, { description: "What it has of each member, its own included." }),
    links: Type.Array(HeldLink, { description: "Whether the others are alive, as this member sees it." }),
    paths: Type.Array(HeldPath, { description: "Candidate paths that it probes." }),
    clocks: Type.Array(HeldClock, { description: "The others' clocks against the member's." }),
    contradictions: Type.Array(HeldContradiction, { description: "Rows that contradict others beyond all bounds." }),
    late: Type.Object(
      { p50Us: Type.Integer(), p99Us: Type.Integer() },
      { ...closed, description: "How late its pulses left against their time, of late, in µs." },
    ),
    counters: Type.Record(Type.String(), Type.Integer(), {
      description: "Packets sent, answered and refused, by kind.",
    }),
  },
  { ...closed, title: "srwan group matrix" },
);

export type HeldCell = Static<typeof HeldCell>;
export type HeldRow = Static<typeof HeldRow>;
export type HeldLink = Static<typeof HeldLink>;
export type HeldClock = Static<typeof HeldClock>;
export type HeldContradiction = Static<typeof HeldContradiction>;
export type HeldPath = Static<typeof HeldPath>;
export type HeldMatrix = Static<typeof HeldMatrix>;

/** Four pulses missed: told roughly in the others' rows, which themselves come once a second. */
export const staleAfterMs = (intervalMs: number): number =>
  (AGE_STEPS_MS.find((step) => step >= 4 * intervalMs) ?? 4 * intervalMs) + 2 * ROW_EVERY_MS;

/** A row that came a while ago tells of samples that are older by as much. */
export const heldCell = (cell: Cell, rowAgeMs: number): HeldCell => ({
  from: cell.from,
  to: cell.to,
  minUs: cell.minUs ?? null,
  p5Us: cell.p5Us ?? null,
  p50Us: cell.p50Us ?? null,
  p95Us: cell.p95Us ?? null,
  lowUs: cell.p50Bound?.lowUs ?? null,
  highUs: cell.p50Bound?.highUs ?? null,
  comparisonErrorUs: cell.comparisonErrorUs ?? null,
  jitterUs: cell.jitterUs ?? null,
  lossPpm: cell.lossPpm ?? null,
  reorderedPpm: cell.reorderedPpm ?? null,
  duplicatedPpm: cell.duplicatedPpm ?? null,
  ageMs: cell.ageMs === undefined ? null : Math.round(cell.ageMs + rowAgeMs),
  samples: cell.samples,
});

export const heldClock = ({ member, offsetUs, bound, ratePpm, synchronised, clockSteps }: MemberOffset): HeldClock => ({
  member,
  offsetUs: offsetUs ?? null,
  lowUs: bound?.lowUs ?? null,
  highUs: bound?.highUs ?? null,
  ratePpm: ratePpm ?? null,
  synchronised,
  steps: clockSteps,
});

export const heldContradiction = ({ reporters, lastedMs, evidence }: Contradiction): HeldContradiction => ({
  reporters: [...reporters],
  lastedMs: Math.round(lastedMs),
  evidence: evidence.map(heldEvidence),
});

function heldEvidence(one: Evidence): HeldContradiction["evidence"][number] {
  const views = one.kind === "views" ? one : undefined;
  const cycle = one.kind === "cycle" ? one : undefined;
  return {
    kind: one.kind,
    members: views === undefined ? [...(cycle?.members ?? [])] : [views.from, views.to],
    senderUs: views?.senderUs ?? null,
    receiverUs: views?.receiverUs ?? null,
    toleranceUs: views?.toleranceUs ?? null,
    sumUs: cycle?.sumUs ?? null,
    floorUs: cycle?.floorUs ?? null,
  };
}
