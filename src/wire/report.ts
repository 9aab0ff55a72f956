// What an agent tells: what it measured, what happened, what stands, what was counted. Each has a number of its own and is
// told until the service says that it is kept.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";
import {
  AtMs,
  address,
  Count,
  closed,
  maybe,
  name,
  oneOf,
  SegmentName,
  signed,
  text,
  WireError,
  whole,
  words,
} from "./parts.ts";

const ppm = (description: string) => maybe(whole(description, 1_000_000));

/** One directed segment over the last window. What was not measured is null, never zero. */
export const SegmentReport = Type.Object(
  {
    segment: SegmentName,
    sampleUs: Type.Union(
      [signed("Median of this interval, clocks of both ends and all."), Type.Literal("lost"), Type.Null()],
      {
        description: "lost: pulses left and none came back or was heard; null: nothing to say.",
      },
    ),
    p5Us: maybe(signed("Over the window, clocks and all.")),
    p50Us: maybe(signed("Over the window, clocks and all.")),
    p95Us: maybe(signed("Over the window, clocks and all.")),
    delayUs: maybe(whole("Estimate of the true delay.")),
    lowUs: maybe(whole("The true delay lies between.")),
    highUs: maybe(whole("The true delay lies between.")),
    roundTripUs: maybe(whole("Median there and back, by one clock.")),
    errorUs: whole("How far the values with clocks may be off."),
    jitterUs: maybe(whole("RFC 3550.")),
    lossPpm: ppm("On the way out."),
    reorderedPpm: ppm("On the way out."),
    duplicatedPpm: ppm("On the way out."),
    ageMs: whole("Since the youngest sample."),
    samples: whole("In the window."),
  },
  closed,
);
export type SegmentReport = Static<typeof SegmentReport>;

export const Measured = Type.Object(
  {
    kind: Type.Literal("measured"),
    number: whole("Grows by one with each of this agent's tellings."),
    atMs: AtMs,
    intervalMs: whole("Since the last."),
    cells: Type.Array(SegmentReport, { maxItems: LIMITS.popSegmentsMax }),
    /** Probes over whole SID lists. */
    paths: Type.Array(
      Type.Object(
        {
          policy: name("A policy."),
          path: name("A path of it."),
          actualUs: maybe(signed("Median, clocks of both ends and all.")),
          lossPpm: ppm("Probes without an answer."),
          samples: whole("In the window."),
        },
        closed,
      ),
      { maxItems: LIMITS.probesMax },
    ),
  },
  closed,
);
export type Measured = Static<typeof Measured>;

export const EVENT_TYPES = [
  "segment-suspect",
  "segment-down",
  "segment-up",
  "tunnel-silent",
  "path-down",
  "path-up",
  "failed-over",
  "returned",
  "path-installed",
  "path-proved",
  "path-unproved",
  "moved",
  "withdrawn",
  "drift-repaired",
  "clock-stepped",
  "contradiction",
  "counter-gap",
  "started",
  "stopping",
  "refused",
  "return-down",
  "return-up",
  "path-mtu",
  "drained",
  "renewed",
] as const;

export const Event = Type.Object(
  {
    kind: Type.Literal("event"),
    number: whole("Grows by one with each of this agent's tellings."),
    atMs: AtMs,
    type: oneOf(EVENT_TYPES, "What happened."),
    subject: text("To what: a segment, a policy, an object."),
    text: words("In words."),
    data: Type.Record(
      Type.String({ maxLength: 64 }),
      Type.Union([Type.String({ maxLength: 1_024 }), Type.Number(), Type.Boolean()]),
      {
        maxProperties: 32,
      },
    ),
  },
  closed,
);
export type Event = Static<typeof Event>;

export const PATH_STATES = ["absent", "installed", "proved", "unproved", "carrying"] as const;

/** What became of one version of the desired document. */
export const Applied = Type.Object(
  {
    kind: Type.Literal("applied"),
    number: whole("Grows by one with each of this agent's tellings."),
    atMs: AtMs,
    version: whole("Of the document."),
    done: Type.Boolean({ description: "False while paths are still being proved." }),
    objectsInPlace: whole("Read back."),
    refused: Type.Array(
      Type.Object(
        {
          object: words("As the kernel or the router names it."),
          policy: Type.Optional(name("Which it is for.")),
          tenant: Type.Optional(name("Whose network needs it.")),
          sid: Type.Optional(address("A local SID that is not there.")),
          error: WireError,
        },
        closed,
      ),
      { maxItems: 10_000 },
    ),
    policies: Type.Array(
      Type.Object(
        {
          name: name("A policy."),
          active: oneOf(["paths", "backup", "nothing"], "Which carries traffic, as read back."),
          paths: Type.Array(
            Type.Object(
              {
                name: name("A path."),
                state: oneOf(PATH_STATES, "Where it stands."),
                actualUs: maybe(signed("By its probe.")),
                why: words(""),
              },
              closed,
            ),
            { maxItems: 17 },
          ),
        },
        closed,
      ),
      { maxItems: LIMITS.policiesMax },
    ),
  },
  closed,
);
export type Applied = Static<typeof Applied>;

export const COUNTED = ["sid", "peer", "policy"] as const;

/** Totals since the epoch began; an epoch ends where a counter was lost, and the gap is stated. */
export const Counters = Type.Object(
  {
    kind: Type.Literal("counters"),
    number: whole("Grows by one with each of this agent's tellings."),
    atMs: AtMs,
    bootMs: whole("When this machine started, in milliseconds since 1970."),
    counters: Type.Array(
      Type.Object(
        {
          what: oneOf(COUNTED, "What it counts."),
          name: text("A SID, a peer, a policy."),
          epoch: whole("Which count this is."),
          packets: Count,
          octets: Count,
          gapMs: whole("Time in which nothing was counted, over all epochs."),
        },
        closed,
      ),
      { maxItems: 100_000 },
    ),
  },
  closed,
);
export type Counters = Static<typeof Counters>;

/** The same as the agent's control socket tells it. */
export const CountsNow = Type.Omit(Counters, ["number"]);
export type CountsNow = Static<typeof CountsNow>;

export const Contradiction = Type.Object(
  {
    kind: Type.Literal("contradiction"),
    number: whole("Grows by one with each of this agent's tellings."),
    atMs: AtMs,
    member: name("Whose row contradicts others'."),
    evidence: Type.Array(words("Which cells, and by how much."), { maxItems: LIMITS.evidenceMax }),
  },
  closed,
);
export type Contradiction = Static<typeof Contradiction>;
