// What a decision is made of and what it says, as TypeBox schemas: the types of this folder and the journal's format.
// Whole numbers throughout, so that the same input gives the same decision on every machine.

import { type Static, type TUnsafe, Type } from "typebox";

const closed = { additionalProperties: false } as const;
const whole = (description: string) => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description });
const orNull = <S extends ReturnType<typeof whole>>(schema: S) => Type.Union([schema, Type.Null()]);
const word = <const W extends string>(words: readonly W[], description: string) =>
  Type.Union(
    words.map((one) => Type.Literal(one)),
    { description },
  ) as unknown as TUnsafe<W>;

export const Settings = Type.Object(
  {
    gainMinUs: whole("A move for delay gains this much at least."),
    gainMinPermille: whole("And this part of the delay of the path it leaves, at least."),
    lossSlackPpm: whole("It may lose this much more."),
    persistMs: whole("A move that no trouble asks for is wished for so long."),
    dwellMs: whole("After a move, only loss, an outage, a drain or a pin moves a policy again."),
    flipsPerHour: whole("No policy moves more often in any 3,600 s."),
    herdMoves: whole("Policies that may move onto one segment in a window."),
    herdMovesDown: whole("The same for those whose path is down, where the segment's room is not known."),
    herdWindowMs: whole("That window."),
  },
  closed,
);
export type Settings = Static<typeof Settings>;

export const DEFAULTS: Settings = {
  gainMinUs: 2_000,
  gainMinPermille: 100,
  lossSlackPpm: 5_000,
  persistMs: 15_000,
  dwellMs: 30_000,
  flipsPerHour: 12,
  herdMoves: 8,
  herdMovesDown: 64,
  herdWindowMs: 5_000,
};

export const SegmentView = Type.Object(
  {
    segment: Type.String({ maxLength: 200, description: "fra/cogent>nyc" }),
    state: word(["UP", "DEGRADED", "DOWN"] as const, "What detection says."),
    trouble: Type.Union([word(["delay", "jitter", "loss"] as const, "Why it is not UP."), Type.Null()]),
    fresh: Type.Boolean({ description: "Measured in most of the last ticks; otherwise nobody moves onto it." }),
    delayUs: Type.Union([
      Type.Integer({ description: "Median of the last five, clocks and all: they cancel on the whole path." }),
      Type.Null(),
    ]),
    scaleUs: orNull(whole("How long it takes as such: half of there and back.")),
    errorUs: whole("How far delayUs may be off without its clocks."),
    lossPpm: whole("Pulses lost of a million."),
    regime: whole("How often a new normal was taken."),
    foreseenUs: orNull(
      whole("A bad time is near, by a forecast that proved itself: so much later than now. Null: none is."),
    ),
    roomBps: orNull(whole("Bits per second that nobody has taken yet; null: not known.")),
    arrivals: whole("Policies that moved onto it in the herd window."),
    closed: Type.Union([word(["drain", "quarantine"] as const, "Why nobody may use it."), Type.Null()]),
  },
  closed,
);
export type SegmentView = Static<typeof SegmentView>;

export const Input = Type.Object(
  {
    atMs: whole("Milliseconds since 1970, UTC, as the caller says."),
    policy: Type.String({ maxLength: 200, description: "Its name." }),
    demandBps: whole("What it carries."),
    improve: Type.Boolean({ description: "Whether it leaves a default that is well for a better path." }),
    pin: orNull(whole("The path an operator wants.")),
    current: whole("The path it is on."),
    flipsMs: Type.Array(whole("When it moved."), { maxItems: 1_000, description: "Its last moves, oldest first." }),
    wishSinceMs: orNull(whole("Since when a move that no trouble asks for is wished.")),
    leftRegime: orNull(whole("The regime of the default path when it was left.")),
    paths: Type.Array(Type.Array(whole("A segment, by its place below."), { minItems: 1, maxItems: 64 }), {
      minItems: 1,
      maxItems: 64,
      description: "The default first.",
    }),
    segments: Type.Array(SegmentView, { maxItems: 4_096, description: "The segments of all its paths." }),
  },
  closed,
);
export type Input = Static<typeof Input>;

/**
 * Why a policy moves; whether it may although it has just moved; how many moves of the hour it leaves to the others. What
 * leaves for delay can always return, and an outage always finds a move left after all that is of choice.
 */
export const MOVES = {
  pin: { urgent: true, leave: 0 },
  down: { urgent: true, leave: 0 },
  drain: { urgent: true, leave: 1 },
  loss: { urgent: true, leave: 1 },
  jitter: { urgent: false, leave: 3 },
  delay: { urgent: false, leave: 3 },
  forecast: { urgent: false, leave: 3 },
  return: { urgent: false, leave: 1 },
  better: { urgent: false, leave: 5 },
} as const satisfies Record<string, { urgent: boolean; leave: number }>;
export type MoveReason = keyof typeof MOVES;
const MOVE_REASONS = Object.keys(MOVES) as MoveReason[];

const STAYS = ["well", "pinned", "away", "no better", "no way", "persistence", "dwell", "cap", "herd"] as const;
export type StayReason = (typeof STAYS)[number];

export const Decision = Type.Object(
  {
    path: whole("The path it is on from now."),
    reason: word([...MOVE_REASONS, ...STAYS], "Why it moves, or why it stays."),
    wish: Type.Union([word(MOVE_REASONS, "What it would move for."), Type.Null()]),
    wishSinceMs: orNull(whole("Since when, where no trouble asks for it.")),
  },
  closed,
);
export type Decision = Static<typeof Decision>;
