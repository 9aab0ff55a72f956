// The tables, as the query layer knows them. Times are milliseconds since 1970 in 64-bit whole numbers; documents are JSON
// as text, the same on both kinds of store; counters are decimal text, for they run past 2⁶³.

import type { Generated } from "kysely";

type Pops = {
  name: string;
  record: string;
  group_name: string;
  locator: string;
  public_key: string;
  serial: string;
  /** Good until the new one was used: a POP may die between getting and keeping it. */
  previous_serial: string | null;
  joined_ms: number;
  changed_ms: number;
  etag: number;
};

type Grants = {
  sid: string;
  /** Its 32 hexadecimal digits: in their order SIDs are in that of their numbers. */
  digits: string;
  pop: string;
  purpose: string;
  name: string;
  retired: number;
  at_ms: number;
};

type JoinTokens = {
  id: string;
  hash: string;
  /** Only this POP may use it; null: any. */
  pop: string | null;
  group_name: string | null;
  made_by: string;
  made_ms: number;
  expires_ms: number;
  used_ms: number | null;
  used_pop: string | null;
  used_key: string | null;
};

type AccessTokens = {
  id: string;
  hash: string;
  name: string;
  role: string;
  made_by: string;
  made_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
};

type Desired = { pop: string; version: number; body: string; at_ms: number };

type Statuses = {
  policy: string;
  group_name: string;
  state: string;
  body: string;
  since_ms: number;
  at_ms: number;
};

type Candidate = { id: number; config: string; etag: number; base: number; changed_by: string; changed_ms: number };

type Commits = {
  id: number;
  at_ms: number;
  made_by: string;
  why: string;
  config: string;
  state: string;
  /** When it goes back by itself; null where it need not be confirmed. */
  confirm_by_ms: number | null;
  settled_by: string | null;
  settled_ms: number | null;
};

type Audit = {
  id: Generated<number>;
  at_ms: number;
  caller: string;
  role: string;
  address: string;
  what: string;
  subject: string;
  outcome: number;
  why: string;
};

type Journal = { id: Generated<number>; group_name: string; at_ms: number; line: string };

type Events = {
  id: Generated<number>;
  at_ms: number;
  /** Null where the service itself has something to say. */
  pop: string | null;
  group_name: string | null;
  type: string;
  subject: string;
  text: string;
  data: string;
  /** Which of the POP's tellings it was. */
  number: number | null;
};

/** Where each agent's tellings stand, and which session may add to them. */
type Hearing = {
  pop: string;
  start: string;
  heard: number;
  session: string;
  service: string;
  since_ms: number;
  seen_ms: number;
  away_ms: number | null;
  /** The greatest version of a desired document that the agent was heard to hold. */
  applied_version: number;
  measured_ms: number | null;
  measured_number: number | null;
};

type AppliedDocuments = { pop: string; at_ms: number; number: number; version: number; body: string };

type Layouts = { id: Generated<number>; hash: string; segments: string };

/** One agent's report; the rolled-up tables have the same form. */
type MeasuredRows = {
  pop: string;
  at_ms: number;
  number: number;
  interval_ms: number;
  layout: number;
  cells: Uint8Array;
  paths: string | null;
};

type Counters = {
  pop: string;
  what: string;
  name: string;
  epoch: number;
  packets: string;
  octets: string;
  gap_ms: number;
  boot_ms: number;
  at_ms: number;
};

type CounterHours = Counters & { hour_ms: number };

type Leases = { name: string; holder: string; epoch: number; since_ms: number };
type Services = { id: string; address: string; process: string; started_ms: number; seen_ms: number };
type Memory = { group_name: string; body: string; at_ms: number };

type Quarantine = {
  id: Generated<number>;
  pop: string;
  since_ms: number;
  why: string;
  evidence: string;
  put_by: string;
  released_ms: number | null;
  released_by: string | null;
};

type Contradictions = {
  id: Generated<number>;
  reporter: string;
  member: string;
  at_ms: number;
  evidence: string;
  number: number;
};

type Answers = {
  caller: string;
  key: string;
  request: string;
  status: number | null;
  body: string | null;
  at_ms: number;
};

type Facts = { name: string; value: string };
type Migrations = { number: number; name: string; at_ms: number };

export type Tables = {
  pops: Pops;
  grants: Grants;
  join_tokens: JoinTokens;
  access_tokens: AccessTokens;
  desired: Desired;
  statuses: Statuses;
  candidate: Candidate;
  commits: Commits;
  audit: Audit;
  journal: Journal;
  events: Events;
  hearing: Hearing;
  applied: AppliedDocuments;
  layouts: Layouts;
  measured: MeasuredRows;
  measured_minute: MeasuredRows;
  measured_hour: MeasuredRows;
  measured_day: MeasuredRows;
  counters: Counters;
  counter_hours: CounterHours;
  leases: Leases;
  services: Services;
  memory: Memory;
  quarantine: Quarantine;
  contradictions: Contradictions;
  answers: Answers;
  facts: Facts;
  migrations: Migrations;
};

export const MEASURED_TABLES = ["measured", "measured_minute", "measured_hour", "measured_day"] as const;
export type MeasuredTable = (typeof MEASURED_TABLES)[number];
