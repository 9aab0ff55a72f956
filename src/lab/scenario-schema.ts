// A scenario as it is written: what happens to links and when, what traffic flows, what must come true. One TypeBox
// schema, from which the validator and the published JSON schema come.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const optional = (description: string) => Type.Optional(text(description));
const list = { maxItems: LIMITS.scenarioEntriesMax };

const impairment = Type.Object(
  {
    at: text("When it begins, counted from the start: 10s."),
    for: optional("How long it lasts: 30s; without it, to the end."),
    link: text('The interface that packets leave by: "ams:eth1". The other direction is the other end.'),
    delay: optional("Instead of the link's own delay: 80ms."),
    jitter: optional("Instead of the link's own jitter: 2ms."),
    loss: optional("Instead of the link's own loss: 2%."),
    rate: optional("Instead of the link's own rate: 50mbit."),
    down: Type.Optional(
      Type.Literal(true, { description: "Lose everything both ways: the road is cut in the middle." }),
    ),
  },
  closed,
);

const flow = Type.Object(
  {
    name: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", description: "Unique." }),
    from: text("The node that sends."),
    to: text("The node that receives."),
    pps: Type.Integer({
      minimum: 1,
      maximum: LIMITS.flowPacketsPerSecondMax,
      description: "UDP packets each second, evenly spread.",
    }),
    size: Type.Optional(Type.Integer({ minimum: 32, maximum: 9_000, description: "Octets of UDP payload (200)." })),
    dscp: Type.Optional(Type.Integer({ minimum: 0, maximum: 63, description: "DSCP (0); EF is 46." })),
    at: optional("When it begins (0s)."),
    for: optional("How long it flows; without it, to the end."),
  },
  closed,
);

const count = Type.Union([Type.Integer({ minimum: 0 }), Type.String()], { description: "Packets: 5; or a share: 2%." });
const delay = (which: string) =>
  Type.Optional(
    Type.Object(
      {
        is: optional("The one-way delay it should be: 35ms."),
        within: optional("How far it may be off: 1ms."),
        atMost: optional("Or the most it may be."),
      },
      { ...closed, description: `The delay that ${which} of the packets that arrive do not exceed.` },
    ),
  );

const expectation = Type.Object(
  {
    flow: text("A flow's name."),
    from: optional("Count packets sent from here (its start)."),
    until: optional("Count packets sent before here (its end)."),
    lost: Type.Optional(
      Type.Object(
        { atMost: Type.Optional(count), atLeast: Type.Optional(count) },
        { ...closed, minProperties: 1, description: "How many of the packets sent do not arrive." },
      ),
    ),
    p50: delay("half"),
    p90: delay("nine tenths"),
    p99: delay("ninety-nine hundredths"),
  },
  closed,
);

export const ScenarioFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    about: optional("What it shows."),
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: "Losses and jitter are drawn from it." }),
    duration: text("How long it plays: 60s."),
    impairments: Type.Optional(Type.Array(impairment, { ...list, description: "What goes wrong, and when." })),
    traffic: Type.Optional(Type.Array(flow, { ...list, description: "Flows of the built-in generator." })),
    expect: Type.Optional(Type.Array(expectation, { ...list, description: "What must come true." })),
  },
  { ...closed, title: "srwan lab scenario" },
);
export type ScenarioFile = Static<typeof ScenarioFile>;
export type ImpairmentEntry = Static<typeof impairment>;
export type FlowEntry = Static<typeof flow>;
export type ExpectationEntry = Static<typeof expectation>;
