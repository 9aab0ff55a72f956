// What the endpoints of insight.ts and health.ts answer with.

import { Type } from "typebox";
import { closed, maybe, name, oneOf, SegmentName, signed, text, whole, words } from "../../../wire/parts.ts";
import { CONDITIONS, SEVERITIES } from "../conditions.ts";
import { RIGHTS, ROLES_OF_CALLERS } from "./rights.ts";

const atMs = whole("Milliseconds since 1970, UTC.");
const column = (description: string) =>
  Type.Array(Type.Union([whole(""), Type.Null()]), {
    description: `${description} Row by row, a value a pair of POPs; null: none, or not measured.`,
  });
const path = Type.Array(SegmentName, { description: "A path: its segments in order." });

export const GroupMatrixView = Type.Object(
  {
    group: name("Of which group."),
    atMs,
    pops: Type.Array(name("A POP."), { description: "Of rows, which send, and of columns, which receive." }),
    heardMs: Type.Array(maybe(atMs), { description: "When each POP last reported." }),
    transits: Type.Array(name("A transit.")),
    transit: column("Of the quickest segment: its place in `transits`."),
    delayUs: column("Estimate of its true delay."),
    lowUs: column("The true delay lies between."),
    highUs: column("The true delay lies between."),
    jitterUs: column("RFC 3550."),
    lossPpm: column("On the way out."),
    ageMs: column("Since its youngest sample."),
    better: Type.Array(
      Type.Object(
        {
          from: name("From here"),
          to: name("to here"),
          relays: Type.Array(name("over these"), { minItems: 1, maxItems: 2 }),
          gainUs: whole("it is so much quicker than the segment."),
        },
        closed,
      ),
      { description: "Where a way over one or two relays is quicker, by as much as a policy would move for." },
    ),
  },
  { ...closed, title: "Matrix of a group" },
);

export const PolicyHistoryView = Type.Object(
  {
    policy: name("Of which policy."),
    fromMs: atMs,
    toMs: atMs,
    step: oneOf(["full", "minute", "hour", "day"], "Of which reports it is made."),
    paths: Type.Array(path, { description: "The paths it was on." }),
    points: Type.Array(
      Type.Object(
        {
          atMs,
          path: whole("Which of the paths it was on."),
          expectedUs: maybe(signed("Sum of its segments' delays.")),
          actualUs: maybe(signed("Seen by probes over its SID list.")),
          lossPpm: maybe(whole("Probes without an answer.", 1_000_000)),
        },
        closed,
      ),
      { description: "The oldest first. Delays are freed of the clocks at both ends." },
    ),
  },
  { ...closed, title: "History of a policy" },
);

export const DecidedView = Type.Object(
  {
    id: whole("In the order in which they were kept."),
    policy: name("Whose decision."),
    atMs,
    moved: Type.Boolean({ description: "False: it stays, for another reason than before." }),
    reason: text("In one word.", 32),
    words: words("In words, with the numbers that decided."),
    from: path,
    to: path,
    alternatives: Type.Array(
      Type.Object(
        {
          segments: path,
          delayUs: maybe(signed("With the clocks of both ends: only differences mean anything.")),
          lossPpm: whole("Over the whole path.", 1_000_000),
          isDefault: Type.Boolean({ description: "It is the default path." }),
          isTaken: Type.Boolean({ description: "It is the one that was chosen." }),
          why: words("Why, or why not."),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "Decision" },
);

export const ConditionView = Type.Object(
  {
    id: oneOf(Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[], "Which one, of a closed list."),
    severity: oneOf(SEVERITIES, "critical: traffic suffers, or will at the next failure."),
    subject: text("Of what."),
    sinceMs: maybe(atMs),
    what: words("What is not as it should be."),
    advice: words("What to do."),
    command: text("What to ask at a prompt."),
    runbook: text("The page that says what to look at and what to do: below what `api.docs` says."),
  },
  { ...closed, title: "Condition" },
);

export const CallerView = Type.Object(
  {
    name: text("The name of the token."),
    role: oneOf(ROLES_OF_CALLERS, "Its role."),
    may: Type.Array(oneOf(RIGHTS, "A right."), { description: "What the role may." }),
    version: Type.String({ description: "Of the service." }),
    nowMs: atMs,
  },
  { ...closed, title: "Caller" },
);

const place = Type.Object(
  {
    lat: Type.Number({ minimum: -90, maximum: 90, description: "Degrees north." }),
    lon: Type.Number({ minimum: -180, maximum: 180, description: "Degrees east." }),
  },
  closed,
);

export const CoverageAsked = Type.Object(
  {
    destinations: Type.Array(
      Type.Object(
        {
          name: text("A city, a customer.", 100),
          weight: Type.Number({ minimum: 0, maximum: 1e12, description: "How much it counts." }),
          place,
        },
        closed,
      ),
      { minItems: 1, maxItems: 5_000 },
    ),
    candidates: Type.Array(Type.Object({ name: text("A site that might be.", 100), place }, closed), { maxItems: 500 }),
    withinUs: Type.Integer({ minimum: 100, maximum: 1_000_000, description: "What is near, one way." }),
    add: Type.Integer({ minimum: 0, maximum: 20, description: "Sites to add at most." }),
  },
  { ...closed, title: "Coverage, asked" },
);

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

export const CoverageView = Type.Object(
  {
    standing: Type.Array(name("A POP whose place is known.")),
    covered: share("Of all weight, near one of them."),
    near: Type.Array(Type.String(), { description: "Destinations that are." }),
    add: Type.Array(
      Type.Object(
        {
          site: text("The next site to add."),
          adds: share("What it adds."),
          covered: share("With it."),
          bound: share("What no choice of as many sites can exceed."),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "Coverage" },
);
