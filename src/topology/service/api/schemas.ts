// What endpoints answer with, where it is not a message of the wire already.

import { Type } from "typebox";
import { closed, maybe, name, oneOf, SegmentName, signed, text, whole, words } from "../../../wire/parts.ts";
import { PolicySpec, PolicyStatus, WanConfig } from "../../../wire/policy.ts";
import { PopRecord } from "../../../wire/pop.ts";
import { SegmentReport } from "../../../wire/report.ts";
import { ROLES_OF_CALLERS } from "./rights.ts";

const atMs = whole("Milliseconds since 1970, UTC.");
const maybeAtMs = maybe(whole("Milliseconds since 1970, UTC."));

export const PopView = Type.Object(
  {
    name: name("Unique in the WAN."),
    group: name("The group it measures in."),
    locator: text("Where its SIDs lie."),
    joinedMs: atMs,
    changedMs: atMs,
    isThere: Type.Boolean({ description: "Its agent speaks to a service now." }),
    service: Type.String({ description: "To which one." }),
    seenMs: maybeAtMs,
    /** Both are 0 before the first. */
    desiredVersion: whole("The newest version of what it is to hold."),
    appliedVersion: whole("The version its agent holds."),
    quarantine: Type.Optional(words("Why it is set apart.")),
    record: PopRecord,
  },
  { ...closed, title: "POP" },
);

export const SegmentView = Type.Object(
  {
    segment: SegmentName,
    from: name("The POP it leaves."),
    transit: name("Over this transit."),
    to: name("The POP it reaches."),
    owner: Type.Optional(name("Whose it is.")),
    priceMicroPerGB: Type.Optional(
      Type.Union([whole("Millionths of a coin for 10⁹ octets."), Type.Literal("infinity")]),
    ),
    capacityBps: Type.Optional(whole("What it carries.")),
    mtuOctets: Type.Optional(whole("What fits before SIDs are added.")),
    encrypted: Type.Boolean({ description: "Carried by WireGuard or alike." }),
    riskGroups: Type.Array(name("What fails together.")),
    quarantined: Type.Boolean({ description: "One of its ends is set apart." }),
    measuredMs: maybeAtMs,
    measured: Type.Union([SegmentReport, Type.Null()], { description: "Its newest measurement." }),
  },
  { ...closed, title: "Segment" },
);

export const MeasurementView = Type.Object(
  {
    atMs,
    intervalMs: whole("What it covers."),
    cells: Type.Array(SegmentReport),
    paths: Type.Array(
      Type.Object(
        {
          policy: name("A policy."),
          path: name("A path of it."),
          actualUs: maybe(signed("Median over the SID list, clocks of both ends and all.")),
          lossPpm: maybe(whole("Probes without an answer.")),
          samples: whole("Probes."),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "Measurement" },
);

export const PolicyView = Type.Object(
  {
    spec: PolicySpec,
    status: Type.Union([PolicyStatus, Type.Null()], { description: "null: nothing is decided yet." }),
  },
  { ...closed, title: "Policy" },
);

export const CandidateView = Type.Object(
  {
    config: WanConfig,
    base: whole("The commit it was edited from."),
    by: Type.String({ description: "Who edited it last." }),
    atMs,
  },
  { ...closed, title: "Candidate" },
);

export const ChangeView = Type.Object(
  {
    what: oneOf(["policy", "maintenance", "signing"], "Of which kind."),
    name: name("Which one."),
    change: oneOf(["added", "removed", "changed"], "What became of it."),
    fields: Type.Array(
      Type.Object({ field: text("Its field."), before: Type.Unknown(), after: Type.Unknown() }, closed),
    ),
  },
  closed,
);

export const DiffView = Type.Object(
  {
    from: text("The older: running, candidate, or a commit's number."),
    to: text("The newer."),
    changes: Type.Array(ChangeView),
    lines: Type.Array(Type.String(), { description: "As a router would print it." }),
  },
  { ...closed, title: "Difference" },
);

export const CommitView = Type.Object(
  {
    id: whole("Counts from 1."),
    atMs,
    by: Type.String({ description: "Who." }),
    why: words("Why."),
    state: oneOf(["confirmed", "waiting", "returned"], "waiting: goes back unless it is confirmed."),
    confirmByMs: maybeAtMs,
    settledBy: Type.Union([Type.String(), Type.Null()], { description: "Who confirmed it or took it back." }),
    settledMs: maybeAtMs,
  },
  { ...closed, title: "Commit" },
);

export const CommitWhole = Type.Object(
  { ...CommitView.properties, config: WanConfig },
  { ...closed, title: "Commit, whole" },
);

export const EventView = Type.Object(
  {
    id: whole("In the order in which they were kept."),
    atMs,
    pop: Type.Union([name("Whose agent told it."), Type.Null()]),
    group: Type.Union([name("In which group."), Type.Null()]),
    type: text("What happened."),
    subject: text("To what."),
    text: words("In words."),
    data: Type.Record(Type.String(), Type.Unknown()),
    number: Type.Optional(whole("Which of the POP's tellings it was.")),
  },
  { ...closed, title: "Event" },
);

export const JournalView = Type.Object(
  {
    id: whole("In the order in which they were kept."),
    group: name("Whose decisions."),
    atMs,
    line: Type.String({ description: "One line of the journal, for `srwan journal replay`." }),
  },
  { ...closed, title: "Journal line" },
);

export const AuditView = Type.Object(
  {
    id: whole("In the order in which they were kept."),
    atMs,
    caller: Type.String({ description: "The name of the token." }),
    role: Type.String({ description: "Its role." }),
    address: Type.String({ description: "From where." }),
    what: Type.String({ description: "Which endpoint." }),
    subject: Type.String({ description: "Of what." }),
    outcome: Type.Integer({ description: "The status of the answer." }),
    why: Type.String({ description: "As the caller said." }),
  },
  { ...closed, title: "Audit entry" },
);

export const CounterView = Type.Object(
  {
    pop: name("Who counted."),
    what: oneOf(["sid", "peer", "policy"], "What it counts."),
    name: text("A SID, a peer, a policy."),
    epoch: whole("Which count this is; a lost counter begins another."),
    packets: Type.String({ description: "In decimal digits." }),
    octets: Type.String({ description: "In decimal digits." }),
    gapMs: whole("Time in which nothing was counted."),
    bootMs: atMs,
    atMs,
    hourMs: Type.Optional(atMs),
  },
  { ...closed, title: "Counter" },
);

export const QuarantineView = Type.Object(
  {
    id: whole("In the order in which they were kept."),
    pop: name("Who is set apart."),
    sinceMs: atMs,
    why: words("Why."),
    evidence: Type.Array(Type.String()),
    by: Type.String({ description: "Who set it apart; srwan: the service itself." }),
    releasedMs: maybeAtMs,
    releasedBy: Type.Union([Type.String(), Type.Null()]),
  },
  { ...closed, title: "Quarantine" },
);

export const JoinTokenView = Type.Object(
  {
    id: text("Names it, and is no secret."),
    pop: Type.Union([name("Only this POP may use it."), Type.Null()]),
    group: Type.Union([name("The POP comes into this group."), Type.Null()]),
    madeBy: Type.String(),
    madeMs: atMs,
    expiresMs: atMs,
    usedMs: maybeAtMs,
    usedPop: Type.Union([name("Who used it."), Type.Null()]),
  },
  { ...closed, title: "Join token" },
);

export const AccessTokenView = Type.Object(
  {
    id: text("Names it, and is no secret."),
    name: name("Whose it is."),
    role: oneOf(ROLES_OF_CALLERS, "What it may."),
    madeBy: Type.String(),
    madeMs: atMs,
    expiresMs: maybeAtMs,
    revokedMs: maybeAtMs,
  },
  { ...closed, title: "Access token" },
);

export const Secret = Type.Object(
  {
    id: text("Names it, and is no secret."),
    token: Type.String({ description: "Told this once.", secret: true }),
    expiresMs: maybeAtMs,
  },
  { ...closed, title: "Token" },
);

export const GroupView = Type.Object(
  {
    name: name("Unique."),
    members: whole("POPs in it."),
    service: Type.String({ description: "Where it is decided." }),
    epoch: whole("How often that changed."),
    sinceMs: atMs,
  },
  { ...closed, title: "Group" },
);

export const StatusView = Type.Object(
  {
    service: name("Which of the services answers."),
    version: Type.String(),
    store: oneOf(["sqlite", "postgres"], "Where everything is kept."),
    services: Type.Array(
      Type.Object(
        { id: name("Unique."), address: Type.String(), startedMs: atMs, seenMs: atMs, alive: Type.Boolean() },
        closed,
      ),
    ),
    pops: whole("That joined."),
    popsThere: whole("Whose agents speak to a service now."),
    groups: whole("Groups of POPs."),
    policies: Type.Record(Type.String(), whole("Policies in that state."), { description: "By state." }),
    commit: CommitView,
    quarantined: whole("POPs that are set apart."),
  },
  { ...closed, title: "Status" },
);
