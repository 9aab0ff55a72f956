// What verbs of this machine answer with under -o json, as published schemas: kernel, agent, pulses, labs.

import { Type } from "typebox";
import { HeldMatrix } from "../src/pulse/group/held.ts";
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

const Edge = answer("doctor edge", {
  schema: Type.Literal("srwan.doctor-edge/1"),
  closed: yes("Every forged packet was refused and counted."),
  packetsOfEachKind: count("How many were sent."),
  honest: part({ sent: count("By the same port."), passed: count("Of those.") }),
  forged: list(
    part({
      kind: text("Its name."),
      about: text("What it is."),
      target: text("Where it was sent."),
      made: yes("There is none of this kind here: an address of the block stood for it."),
      sent: count("Packets."),
      refused: count("By the edge."),
      countedAs: text("The edge's own counter."),
      passed: count("Packets that got past it."),
      verdict: oneOf(["refused", "passed", "uncounted", "unsent"], "What became of them."),
    }),
  ),
  notes: list(
    part({
      about: text("What is true of this POP beside."),
      found: text("What stands there."),
      weak: yes("Somebody outside could use it."),
      remedy: orNull(text("What to do.")),
    }),
  ),
});

const sidListsIn = oneOf(["nexthops", "routes"], "Where this kernel has them.");
const Plan = answer("route plan", {
  changes: count("All that would be changed."),
  sidListsIn,
  edge: oneOf(["in place", "to be put in place"], "The nftables table."),
  edgeTable: orNull(text("What would be put in place.")),
  tunnelSource: orNull(text("What would be set.")),
  steps: list(
    part({
      change: oneOf(["add", "replace", "delete"], "What is done."),
      kind: text("To what."),
      command: text("The same as a command of ip."),
    }),
    "In their order.",
  ),
  foreign: list(part({ wanted: text("What cannot be."), found: text("What stands there, and is not ours.") })),
});

const Report = (verb: string) =>
  answer(verb, {
    inPlace: count("Objects."),
    changed: count("Objects."),
    edgeChanged: yes("The nftables table was put in place."),
    sidListsIn: Type.Optional(sidListsIn),
    troubles: list(
      part({
        object: text("What is not in place."),
        state: oneOf(["failed", "foreign"], "Foreign: somebody else's stands there."),
        why: orNull(text("The kernel's word.")),
        found: orNull(text("What stands there.")),
      }),
    ),
    leftOver: texts("What is ours, not wanted, and still there."),
  });

const Shown = Type.Array(
  part({
    kind: text("Route, nexthop, group, rule, VRF, key."),
    object: text("As ip writes it."),
    packets: Type.Optional(whole("Counted by a SID.")),
    octets: Type.Optional(whole("Counted by a SID.")),
    errors: Type.Optional(whole("Counted by a SID.")),
  }),
  { title: "srwan route show" },
);

const Joined = answer("agent join", {
  pop: text("Its name."),
  group: text("That it is measured in."),
  locator: text("Its prefix of SIDs."),
  certificateEnds: text("When it is to be renewed, UTC."),
  state: text("The folder that holds key and certificate."),
});

const Status = answer("agent status", {
  schema: Type.Literal("srwan.agent-status/1"),
  pop: text("Its name."),
  service: part({
    url: text("Where it is."),
    connected: yes("Now."),
    waiting: count("Tellings that the service has not kept yet."),
  }),
  version: count("Of the document it holds; 0: none yet."),
  objectsInPlace: count("In the machine below."),
  refused: list(part({ object: text("What cannot be."), why: text("And why.") })),
  paths: list(
    part({
      policy: text("Its policy."),
      path: text("Its name."),
      state: text("Carrying, proved, unproved and so on."),
      carries: yes("Now."),
      actualUs: orNull(count("What its probe sees, one way.")),
      why: text("Empty where all is well."),
      segments: text("The first segment."),
    }),
  ),
  segments: list(
    part({
      segment: text("Its name."),
      state: text("What its pulses say."),
      why: text("Of a silent one inside WireGuard: what its tunnel lacks. Else empty."),
    }),
  ),
});

const way = {
  to: text("The far end."),
  over: texts("POPs on the way; none of a list that was given."),
  policy: orNull(text("Whose path it is.")),
  path: orNull(text("Its name.")),
  sids: texts("First visited first."),
  key: orNull(count("Number of the key that signs it; null: nobody signs.")),
};
const Ping = answer("ping", {
  ...way,
  sent: count("Requests."),
  answered: count("Of those, by the far end."),
  replies: list(
    part({
      what: text("Reply, unreachable, expired, nothing and so on."),
      from: orNull(text("Who said it.")),
      tookUs: orNull(figure("There and back.")),
    }),
  ),
});
const Trace = answer("trace", {
  ...way,
  reached: yes("The far end answered."),
  hops: list(
    part({
      hop: count("From 1."),
      address: orNull(text("Who answered.")),
      what: text("Expired on the way; reply at the far end."),
      towards: orNull(text("The SID that the packet was bound for next.")),
      tookUs: list(orNull(figure("There and back.")), "Of each probe."),
    }),
  ),
});

const delays = (description: string) =>
  Type.Optional(
    part(
      {
        minUs: figure("The least."),
        p50Us: figure("The median."),
        p95Us: figure("19 of 20 are below."),
        maxUs: figure("The most."),
        jitterUs: figure("RFC 3550, section 6.4.1."),
        errorUs: figure("What the stamps could be wrong by, at the median."),
      },
      description,
    ),
  );
const Sent = answer("pulse send", {
  target: part({ host: text("As given."), address: text("As found."), port: count("UDP.") }),
  mode: text("Open or authenticated."),
  stamps: text("Of the kernel, or of the handler."),
  sent: count("Pulses."),
  answered: count("Of those."),
  duplicates: count("Answers that came again."),
  reordered: count("Answers that came late."),
  lost: part({
    out: Type.Optional(count("On the way out, where the reflector counts.")),
    back: Type.Optional(count("On the way back, where the reflector counts.")),
    unknown: count("On one of the ways: which, is not known."),
  }),
  out: delays("The way out; with the difference of the clocks."),
  back: delays("The way back; with the difference of the clocks."),
  roundTrip: delays("There and back, without the reflector's stay."),
  lacks: texts("Extensions that the reflector does not know."),
  refused: byName(count("Packets."), "By why they were not taken."),
});

const labLink = {
  end: text('The interface packets leave by: "ams:eth1".'),
  does: part({
    delayUs: count("Each packet is held so long."),
    jitterUs: count("Plus or minus up to this."),
    lossPpm: count("Lost in a million."),
    rateBps: Type.Optional(count("Let through no more.")),
  }),
  passing: yes("A change that ends by itself is laid over it."),
  counters: part({
    sent: count("Frames since the lab came up."),
    lost: count("By the impairment's chance."),
    full: count("For want of room in the queue."),
  }),
};
const links = oneOf(["netem", "relay"], "What delays and loses.");
const LabState = part({
  name: text("Of the lab."),
  file: text("It was made from."),
  state: oneOf(["up", "making", "broken"], "Broken: its keeper is gone."),
  rootless: yes("Inside a user namespace."),
  links,
  keeperPid: orNull(count("The process that keeps it.")),
  sinceUs: count("When it came up, since 1970."),
  nodes: list(
    part({
      name: text("Of the node."),
      pop: orNull(text("That it stands for.")),
      city: orNull(text("Where.")),
      address: text("Its own."),
      locator: orNull(text("Its prefix of SIDs.")),
      namespace: text("Of the network."),
      interfaces: texts("Their names."),
      clock: part({ offsetUs: figure("It goes wrong by."), driftPpm: figure("And more in time.") }),
    }),
  ),
  directions: list(part({ ...labLink, to: text("Where they arrive."), transit: orNull(text("Whose link it is.")) })),
  ownLoss: orNull(count("Frames that the lab itself lost.")),
});

/** By verb. */
export const MACHINE_ANSWERS = {
  "doctor edge": Edge,
  "route plan": Plan,
  "route apply": Report("route apply"),
  "route show": Shown,
  "route watch": answer("route watch", { changes: count("Made while watching.") }),
  "route flush": Report("route flush"),
  "agent join": Joined,
  "agent status": Status,
  "agent diff": answer("agent diff", { lines: texts("Commands of ip, or lines of the router's configuration.") }),
  ping: Ping,
  trace: Trace,
  "pulse send": Sent,
  "pulse reflect": answer("pulse reflect", {
    ports: list(count("UDP."), "Where it answered."),
    stamps: text("Of the kernel, or of the handler."),
    counters: byName(count("Packets."), "Answered, and by why they were not."),
  }),
  "pulse join": answer("pulse join", {
    member: text("Which one it was."),
    group: text("Of which group."),
    rows: count("Members that it had rows of, its own included."),
  }),
  matrix: HeldMatrix,
  "lab up": answer("lab up", {
    name: text("Of the lab."),
    rootless: yes("Inside a user namespace."),
    links,
    nodes: count("Built."),
    linksBuilt: count("Built."),
    tookMs: count("How long it took."),
    leftOut: texts("What was not built, and why."),
    warnings: texts("What to know."),
  }),
  "lab down": answer("lab down", {
    name: text("Of the lab."),
    processes: count("Ended."),
    namespaces: count("Removed."),
  }),
  "lab inspect": either("lab inspect", LabState, list(LabState)),
  "lab impair": Type.Array(part(labLink), { title: "srwan lab impair" }),
  "lab run": answer("lab run", {
    flows: list(
      part({
        name: text("As the scenario has it."),
        from: text("A node."),
        to: text("A node."),
        sent: count("Packets."),
        lost: count("Packets."),
        latency: orNull(
          part({
            minUs: figure("Least."),
            p50Us: figure("Median."),
            p95Us: figure("Of 19 in 20."),
            maxUs: figure("Most."),
          }),
        ),
      }),
    ),
    verdicts: list(
      part({
        expectation: Type.Unknown({ description: "As the scenario has it." }),
        holds: yes("It came true."),
        lines: texts("One for each thing expected, with what was seen."),
      }),
    ),
    ownLoss: count("Frames that the lab itself lost: trust nothing where there are any."),
    holds: yes("Everything came true."),
  }),
  "lab demo": answer("lab demo", {
    steps: list(
      part({
        step: text("Its name."),
        holds: yes("It was seen."),
        saw: text("What was seen."),
        broken: Type.Optional(text("What was seen while it was broken on purpose.")),
      }),
    ),
    holds: yes("All steps hold."),
  }),
  "lab graph": answer("lab graph", {
    kind: oneOf(["mermaid", "dot", "html"], "The form."),
    text: Type.Optional(text("The drawing.")),
    file: Type.Optional(text("Where it was written.")),
  }),
};
