// `srwan ping` and `srwan trace`: a POP's own look at a SID list, by packets.

import type { Flag, Verb } from "../verb.ts";

const WAY: readonly Flag[] = [
  { name: "--policy", value: "name", about: "that of several which lead there; without it the first" },
  { name: "--path", value: "name", about: "of that policy, the backup too; without it the first" },
  { name: "--sids", value: "list", about: "through these instead: A,B,C; the last one decapsulates" },
  {
    name: "--address",
    value: "address",
    about: "what answers behind the last SID; without it the POP's probe address",
  },
];

export const pingVerb: Verb = {
  name: "ping",
  summary: "whether a SID list leads to a POP, and how long there and back takes",
  about:
    "Sends echo requests inside the very encapsulation that customers' packets get (RFC 9259), from this POP's probe " +
    "namespace, through the list of a policy's path as the last document has it, or through one that is given. Needs " +
    "neither the agent nor the service. Where POPs sign SID lists it is signed, with the same key. Answers come back as the " +
    "underlay leads them. Exits 1 when nothing is answered.",
  arguments: [{ name: "pop", about: "the far POP", optional: true }],
  flags: [
    ...WAY,
    { name: "--count", value: "n", about: "how many (5)" },
    { name: "--interval", value: "time", about: "between them (200ms)" },
  ],
  role: "agent",
  examples: [
    { command: "srwan ping fra", about: "over the first path of the policy that leads there" },
    {
      command: "srwan ping --sids fcbb:bb00:1:e1::,fcbb:bb00:2:d1:: --address 2001:db8::1",
      about: "a list that no policy has",
    },
  ],
  run: async (context, input) => (await import("../agent/oam.ts")).ping(context, input),
};

export const traceVerb: Verb = {
  name: "trace",
  summary: "every hop of a SID list, as it answers",
  about:
    "As ping, with hop limits that end on the way: each node that the packet reaches says who it is and which SID the " +
    "packet was bound for next. A star is a probe that nobody answered. Exits 1 when the far end is not reached.",
  arguments: [{ name: "pop", about: "the far POP; or this one and the far one", optional: true, variadic: true }],
  flags: [...WAY, { name: "--hops", value: "n", about: "at most so many (30)" }],
  role: "agent",
  examples: [
    { command: "srwan trace fra", about: "over the first path" },
    { command: "srwan trace sea fra --path backup", about: "over another; here is Seattle" },
  ],
  run: async (context, input) => (await import("../agent/oam.ts")).trace(context, input),
};
