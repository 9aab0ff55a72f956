// What a transaction writes before each step, one JSON line each, and what a reader of those lines knows of every device.

import { type Static, Type } from "typebox";
import { SrwanError } from "../../base/errors.ts";
import { fieldText, misfit } from "../../base/misfit.ts";

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });
const atUs = Type.String({ pattern: "^[0-9]{1,20}$", description: "When, in microseconds since 1970." });
const device = Type.String({ minLength: 1, maxLength: 256, description: "Which device." });
const step = <Name extends string>(name: Name, about: string) => Type.Literal(name, { description: about });

/**
 * How a device goes back when we do not say the last word. persist: by itself, whatever becomes of us. session: when the
 * session ends. compensated: not at all; an edit takes the change back.
 */
const Guarantee = Type.Union([Type.Literal("persist"), Type.Literal("session"), Type.Literal("compensated")]);
export type Guarantee = Static<typeof Guarantee>;
export type OutcomeKind = "APPLIED" | "NOT_APPLIED" | "UNKNOWN";

const Planned = Type.Object(
  {
    device,
    edit: text("The edit, as XML."),
    expected: text("What must be seen afterwards, as XML with marks."),
    readBack: Type.Union([
      Type.Object({ kind: Type.Literal("subtree"), elements: text("As XML.") }, closed),
      Type.Object(
        {
          kind: Type.Literal("xpath"),
          select: text("Expression."),
          prefixes: Type.Record(Type.String(), Type.String()),
        },
        closed,
      ),
    ]),
  },
  closed,
);
export type Planned = Static<typeof Planned>;

export const Head = Type.Object(
  {
    step: step("begin", "The first line."),
    journal: Type.Literal("srwan.transaction"),
    version: Type.Literal(1),
    id: Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$", description: "Of the transaction." }),
    reference: Type.Optional(text("What whoever asked calls it.")),
    atUs,
    confirmMs: Type.Integer({ minimum: 1_000, description: "How long devices wait for the last word." }),
    changes: Type.Array(Planned, { minItems: 1 }),
  },
  closed,
);
export type Head = Static<typeof Head>;

const Step = Type.Union([
  Type.Object(
    {
      step: step("session", "Connected, and nothing sent yet."),
      device,
      atUs,
      sessionId: text("Of the device."),
      hostKey: text("As it was checked."),
      address: text("Host and port."),
      guarantee: Guarantee,
    },
    closed,
  ),
  Type.Object(
    {
      step: step("before", "Read, and about to be edited."),
      device,
      atUs,
      config: text("What running held, as XML."),
      undo: Type.Optional(text("The edit that brings it back, as XML.")),
    },
    closed,
  ),
  Type.Object(
    {
      step: step("committing", "From here on running may hold the change."),
      device,
      atUs,
      persist: Type.Optional(text("The token that confirms or cancels.")),
    },
    closed,
  ),
  Type.Object(
    { step: step("committed", "Answered with ok."), device, atUs, reply: text("SHA-256 of the answer.") },
    closed,
  ),
  Type.Object({ step: step("verified", "Seen in running, from another session."), device, atUs }, closed),
  Type.Object({ step: step("decision", "All are to keep it, or all to go back."), atUs, keep: Type.Boolean() }, closed),
  Type.Object({ step: step("confirming", "About to say the last word."), device, atUs }, closed),
  Type.Object({ step: step("confirmed", "Answered with ok."), device, atUs }, closed),
  Type.Object({ step: step("undoing", "About to send the edit that brings it back."), device, atUs }, closed),
  Type.Object({ step: step("end", "Proved, for every device."), atUs, outcome: Type.Unknown() }, closed),
]);
export type Step = Static<typeof Step>;
export type Record = Head | Step;

export const JournalLine = Type.Union([Head, ...Step.anyOf], { title: "srwan journal of a transaction, one line" });

/** What is known of a device. */
export type DeviceState = {
  readonly planned: Planned;
  readonly session?: Extract<Step, { step: "session" }>;
  readonly before?: Extract<Step, { step: "before" }>;
  readonly committing?: Extract<Step, { step: "committing" }>;
  readonly committed?: Extract<Step, { step: "committed" }>;
  readonly verified?: Extract<Step, { step: "verified" }>;
  readonly confirming?: Extract<Step, { step: "confirming" }>;
  readonly confirmed?: Extract<Step, { step: "confirmed" }>;
  readonly undoing?: Extract<Step, { step: "undoing" }>;
};

export type JournalState = {
  readonly head: Head;
  readonly devices: ReadonlyMap<string, DeviceState>;
  /** Undefined: nobody decided, so all are to go back. */
  readonly keep: boolean | undefined;
  readonly end: Extract<Step, { step: "end" }> | undefined;
};

export const begun = (head: Head): JournalState => ({
  head,
  devices: new Map(head.changes.map((planned) => [planned.device, { planned }])),
  keep: undefined,
  end: undefined,
});

/** The state after one more line. */
export function after(state: JournalState, line: Step): JournalState {
  if (line.step === "decision") return { ...state, keep: line.keep };
  if (line.step === "end") return { ...state, end: line };
  const before = state.devices.get(line.device);
  if (!before) throw invalid(state.head.id, 0, `device = "${line.device}" is not in the first line`);
  return { ...state, devices: new Map(state.devices).set(line.device, { ...before, [line.step]: line }) };
}

/** Undefined where not even the first line is whole: then nothing was done. A last line without its end does not count. */
export function readJournal(journal: string, file: string): JournalState | undefined {
  const lines = journal.split("\n").slice(0, -1);
  let state: JournalState | undefined;
  for (const [i, line] of lines.entries()) {
    const raw = parse(line, file, i + 1);
    const wrong = misfit(i === 0 ? Head : Step, raw, "");
    if (wrong) throw invalid(file, i + 1, `${fieldText(wrong.path) || "the line"} ${wrong.what}`);
    state = state === undefined ? begun(raw as Head) : after(state, raw as Step);
  }
  return state;
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw invalid(file, number, `is not JSON: ${(error as Error).message}`);
  }
}

const invalid = (file: string, line: number, what: string): SrwanError =>
  new SrwanError("TRANSACTION_JOURNAL_INVALID", `${file}:${line}: ${what}`, {
    remedy: "Nobody but srwan may write there; compare the devices named in it with what they hold, then move it away.",
    details: { file, line },
  });
