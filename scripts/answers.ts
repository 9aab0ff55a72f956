// What verbs answer with under -o json, as published schemas. They are promises to other programs: fields are added, and
// not taken away (test/house/promises.test.ts); what verbs really answer is held to them (test/cli/pages.test.ts).

import { type TSchema, Type } from "typebox";
import { DoctorReport } from "../src/doctor/report.ts";
import { ConditionView, DecidedView } from "../src/topology/service/api/insight-schemas.ts";
import {
  AccessTokenView,
  CommitView,
  DiffView,
  EventView,
  JoinTokenView,
  JournalView,
  PolicyView,
  PopView,
  QuarantineView,
  Secret,
  SegmentView,
  StatusView,
} from "../src/topology/service/api/schemas.ts";

import { AccountView, PopCoinsView } from "../src/wire/books.ts";
import { Signing } from "../src/wire/policy.ts";
import { answer, closed, count, either, list, part, text } from "./answer-parts.ts";
import { DEVICE_ANSWERS } from "./answers-devices.ts";
import { MACHINE_ANSWERS } from "./answers-machine.ts";
import { MONEY_ANSWERS } from "./answers-money.ts";
import { OFFLINE_ANSWERS } from "./answers-offline.ts";

const absentOr = (description: string) =>
  Type.Unknown({ description: `${description} Or {absent, why}: it could not be had.` });

const Top = Type.Object(
  {
    atMs: Type.Integer({ description: "By the service's clock, in milliseconds since 1970." }),
    policies: Type.Record(Type.String(), Type.Integer({ description: "Policies in that state." })),
    pops: Type.Array(
      Type.Object(
        {
          pop: Type.String({ description: "Its name." }),
          state: Type.Union(["there", "away", "quarantine"].map((one) => Type.Literal(one))),
          relayedBps: Type.Union([Type.Number({ description: "By its SIDs." }), Type.Null()]),
          originatedBps: Type.Union([Type.Number({ description: "By its policies." }), Type.Null()]),
          seenMsAgo: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
          version: Type.Integer({ description: "What it holds." }),
          behind: Type.Integer({ minimum: 0, description: "How many versions it is behind." }),
          segments: Type.Integer({ minimum: 0 }),
          conditions: Type.Array(Type.String({ description: "What is not well." })),
        },
        closed,
      ),
      { description: "The busiest first." },
    ),
  },
  { ...closed, title: "srwan top" },
);

const BugReport = Type.Object(
  {
    schema: Type.Literal("srwan.bugreport/1"),
    madeAt: Type.String({ description: "UTC." }),
    versions: absentOr("Of srwan, Node.js, kernel."),
    machine: absentOr("Processors, load, memory."),
    settings: absentOr("Of each role, those that are not the default."),
    doctor: absentOr("As `srwan doctor -o json`."),
    agent: absentOr("As `srwan agent status -o json`."),
    service: absentOr("Status, conditions, POPs, policies, segments, groups, quarantine, commits, events."),
  },
  closed,
);

const one = (verb: string, fields: Readonly<Record<string, string>>) =>
  Type.Object(
    Object.fromEntries(Object.entries(fields).map(([name, description]) => [name, Type.String({ description })])),
    { ...closed, title: `srwan ${verb}` },
  );

const Settings = Type.Object(
  {
    role: Type.String({ description: "Whose settings." }),
    settings: Type.Array(
      Type.Object(
        {
          key: Type.String({ description: "As in the file, with dots." }),
          value: Type.Unknown({ description: "In force; of a secret only whether it is set; null: none." }),
          origin: Type.String({ description: "The file and line, the variable, the flag, or default." }),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: "srwan config show" },
);

/** By verb. */
export const ANSWERS: Readonly<Record<string, TSchema>> = {
  status: StatusView,
  conditions: list(ConditionView),
  pops: list(PopView),
  segments: list(SegmentView),
  "policy list": list(PolicyView),
  explain: Type.Object({ policy: PolicyView, decisions: list(DecidedView) }, { ...closed, title: "srwan explain" }),
  top: Top,
  events: list(EventView),
  "journal show": list(JournalView),
  commits: list(CommitView),
  "quarantine list": list(QuarantineView),
  coins: Type.Union([list(AccountView), PopCoinsView], { title: "srwan coins" }),
  doctor: DoctorReport as unknown as TSchema,
  bugreport: either("bugreport", BugReport, part({ file: text("Where it was written.") })),
  "policy set": DiffView,
  diff: DiffView,
  commit: CommitView,
  confirm: CommitView,
  "policy delete": DiffView,
  rollback: DiffView,
  "signing show": Type.Union([Signing, Type.Null()], { title: "srwan signing show" }),
  "signing set": DiffView,
  "signing off": DiffView,
  "token create": Secret,
  "token list": answer("token list", { access: list(AccessTokenView), join: list(JoinTokenView) }),
  "token revoke": answer("token revoke", { revoked: list(text("A token's number.")) }),
  "quarantine release": one("quarantine release", { released: "The POP that is used again." }),
  "pop remove": answer("pop remove", {
    removed: text("The POP that is no longer one."),
    keys: list(Type.Integer(), "Numbers of keys in force to sign SID lists with, which it still knows."),
  }),
  "config show": Settings,
  completion: one("completion", { shell: "For which.", script: "What that shell is to read." }),
  help: one("help", { topic: "Of what.", text: "As a terminal shows it." }),
  backup: answer("backup", {
    from: text("The store."),
    to: text("The copy."),
    pages: count("Of SQLite, copied."),
  }),
  ...MACHINE_ANSWERS,
  ...OFFLINE_ANSWERS,
  ...DEVICE_ANSWERS,
  ...MONEY_ANSWERS,
};

/** They end when they are told to, and have said all that they had to say by then. */
export const NO_ANSWER: readonly string[] = ["agent run", "controller", "validator", "lab exec"];

/** Documents that are read elsewhere too. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  doctor: "doctor",
  matrix: "group-matrix",
  "device apply": "outcome",
  "netconf edit": "outcome",
};

/** In docs/reference/schemas. */
export const answerFile = (verb: string): string =>
  `${DOCUMENTS[verb] ?? `answer-${verb.replaceAll(" ", "-")}`}.schema.json`;

/** Every field of a schema with its place: "[].spec.name". */
export function fieldsOf(schema: unknown, place = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, items, anyOf } = schema as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly items?: unknown;
    readonly anyOf?: readonly unknown[];
  };
  const own = Object.entries(properties ?? {}).flatMap(([name, one]) => {
    const at = place === "" ? name : `${place}.${name}`;
    return [at, ...fieldsOf(one, at)];
  });
  const inside = items === undefined ? [] : fieldsOf(items, `${place}[]`);
  return [...new Set([...own, ...inside, ...(anyOf ?? []).flatMap((one) => fieldsOf(one, place))])];
}
