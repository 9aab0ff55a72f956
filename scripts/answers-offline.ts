// What verbs that work from files answer with under -o json, as published schemas.

import { Type } from "typebox";
import {
  answer,
  byName,
  count,
  either,
  figure,
  list,
  oneOf,
  orNull,
  part,
  text,
  texts,
  whole,
  yes,
} from "./answer-parts.ts";

const figures = {
  path: text('Each POP with the transit it leaves by: "fra/south>nyc".'),
  pops: texts("From first to last."),
  segments: texts("From first to last."),
  delayUs: orNull(figure("One way.")),
  boundUs: orNull(figure("What the delay may be off by.")),
  jitterUs: orNull(figure("Of all segments together.")),
  lossPpm: orNull(figure("Of all segments together.")),
  priceMicroPerGB: orNull(figure("Of all segments together.")),
  narrowestBps: orNull(figure("Of its narrowest segment.")),
  hops: count("Segments."),
  sids: count("One a segment and one at the egress."),
};

const compared = {
  difference: figure("In units of the objective: µs for delay."),
  bound: figure("What the difference may be off by."),
  isTie: yes("They cannot be told apart."),
};

const Paths = either(
  "paths",
  part({
    from: text("Where they begin."),
    to: text("Where they end."),
    paths: list(part(figures), "Best first; of `redundant` the primary and its backup."),
    receipt: part(
      {
        usable: count("Segments that the request may use."),
        refused: byName(count("Segments."), "By why they may not be used."),
        effort: part({
          searches: count("Searches made."),
          labels: count("Partial paths looked at."),
          dominated: count("Of those, worse than another."),
          pruned: byName(count("Partial paths."), "By what they could not keep."),
        }),
        candidates: count("Whole paths compared."),
        limits: list(
          part({ name: text("The limit."), limit: figure("At most."), used: figure("What the first path uses.") }),
        ),
        runnerUp: orNull(part({ ...compared, path: figures.path })),
        kept: orNull(part({ ...compared, better: figures.path })),
        shared: Type.Optional(texts("What primary and backup share all the same.")),
        isProved: yes("No pair that shares less exists."),
      },
      "Why the answer is what it is.",
    ),
    unmet: list(part({ criterion: text('"never country=UK".'), known: texts("What there is of its kind.") })),
    binding: Type.Optional(
      list(
        part({
          constraint: text("Its name."),
          value: Type.Unknown({ description: "What it says." }),
          path: figures.path,
          gain: orNull(figure("By how much that path is better; null where there is none with the constraint.")),
        }),
        "What each constraint costs.",
      ),
    ),
  }),
  part({
    shares: list(part({ weight: figure("Its share."), bps: figure("Carried."), ...figures }), "Of --demand."),
    unplacedBps: figure("What no path has room for."),
  }),
);

const Simulation = answer("simulate", {
  traces: list(
    part({
      kind: orNull(text("What was generated.")),
      policies: count("How many."),
      intervals: count("How many."),
      intervalMs: count("One pulse of each segment in so long."),
      ways: list(
        part({
          name: text("How it chooses."),
          flips: count("Moves of all policies."),
          flipsPerPolicyDay: figure("Moves."),
          flipsInAnHour: count("The most of one policy."),
          lossyShare: figure("Of the time, on a path that lost pulses while another did not."),
          slowShare: figure("Of the time, on a path that was slow while another was not."),
          gainUs: figure("Against the default path."),
        }),
      ),
      forecasts: list(
        part({
          segment: text("Its name."),
          kind: oneOf(["daily", "weekly"], "What comes back."),
          scorePermille: figure("1,000 is exact, 0 no better than a naive one."),
          errorUs: figure("Of the forecast."),
          naiveErrorUs: figure("Of the better naive one."),
          heldBack: count("Hours that it was tried on."),
        }),
      ),
    }),
  ),
});

const Replay = answer("journal replay", {
  decisions: count("Made again."),
  moves: count("Of those, moves."),
  same: yes("All are as they were written."),
  difference: orNull(
    part({
      line: count("Of the journal."),
      what: text("What differs."),
      written: Type.Unknown({ description: "What the journal says." }),
      replayed: Type.Unknown({ description: "What follows from its inputs." }),
    }),
  ),
  moved: list(
    part({
      at: text("UTC."),
      policy: text("Its name."),
      from: count("Its path before, by its place; 0 is the default."),
      to: count("Its path after."),
      reason: text("Why."),
    }),
  ),
});

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const Coverage = answer("plan coverage", {
  withinUs: count("What is near, one way."),
  standing: texts("Sites that stand."),
  covered: share("Of the weight, near one of them."),
  add: list(
    part({
      site: text("The next to add."),
      adds: share("What it adds."),
      covered: share("What is then near."),
      bound: share("What no choice of as many sites exceeds."),
    }),
  ),
  delays: part({
    measured: count("Measured."),
    estimated: count("Estimated from the places."),
    unknown: count("Taken as far."),
  }),
});

const grant = {
  pop: text("Whose."),
  for: oneOf(["locator", "transit", "tenant", "policy"], "What for."),
  name: text("The transit's, tenant's or policy's; of a locator its POP's."),
  sid: text("The SID."),
};
const Grant = (verb: string) =>
  answer(verb, { ...grant, state: oneOf(["new", "in use", "retired"], "What became of it.") });

const SidShown = either(
  "sid show",
  part({
    sid: text("As it is written."),
    structure: part({
      blockBits: count("Length of the block."),
      nodeBits: count("Length of the node."),
      functionBits: count("Length of the function."),
    }),
    block: text("A prefix."),
    node: text("Hexadecimal."),
    function: text("Hexadecimal."),
    argument: text("Hexadecimal."),
    locator: text("A prefix."),
    ledger: orNull(
      part({
        state: oneOf(["in use", "retired", "free", "unknown", "outside"], "What the ledger knows of it."),
        ...Object.fromEntries(Object.entries(grant).map(([name, schema]) => [name, Type.Optional(schema)])),
      }),
    ),
  }),
  list(part({ ...grant, state: oneOf(["in use", "retired"], "What became of it.") })),
);

const Encodings = answer("encode", {
  mtu: count("The smallest on the path."),
  chosen: orNull(text("The cheapest encoding that is allowed.")),
  encodings: list(
    part({
      name: oneOf(["full", "reduced", "csid-full", "csid-reduced"], "Its name."),
      mode: text("The head-end's mode that sends it."),
      segments: texts("SIDs or carriers, first visited first."),
      listed: count("Entries in the header; 0 where there is none."),
      headerOctets: count("What it adds to a packet."),
      innerMtu: Type.Integer({ description: "Of the packet inside." }),
      mss: part({ 4: Type.Integer(), 6: Type.Integer() }, "To advertise, for inner IPv4 and IPv6."),
      refused: orNull(text("Why it may not be used.")),
    }),
  ),
  carriers: list(
    part({
      sid: text("NEXT-CSID."),
      waypoints: count("How many it stands for."),
      ended: orNull(text("Why it holds no more.")),
    }),
  ),
});

const Packets = Type.Array(
  part({
    packet: count("Its number, from 1."),
    timestampNs: orNull(whole("Since 1970, where the capture says it.")),
    length: count("Octets."),
    layers: orNull(
      list(
        Type.Object(
          { layer: oneOf(["ethernet", "ipv6", "ipv4", "srh", "payload"], "Which header.") },
          { description: "With the fields of that header." },
        ),
        "Outermost first.",
      ),
    ),
    error: orNull(Type.Unknown({ description: "Why it cannot be read, as every error." })),
  }),
  { title: "srwan srh decode" },
);

/** By verb. */
export const OFFLINE_ANSWERS = {
  paths: Paths,
  simulate: Simulation,
  "journal replay": Replay,
  "plan coverage": Coverage,
  "sid show": SidShown,
  "sid next": Grant("sid next"),
  "sid retire": Grant("sid retire"),
  encode: Encodings,
  "srh decode": Packets,
};
