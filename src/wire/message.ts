// Everything that is said between an agent and the service, and reading and writing it as text. The service speaks first,
// with a challenge: an agent proves who it is by signing that, whatever carries the connection.

import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { fieldText, misfit } from "../base/misfit.ts";
import { PopDelta, PopDesired } from "./desired.ts";
import { AtMs, closed, name, WireError, whole } from "./parts.ts";
import { PopRecord } from "./pop.ts";
import { Applied, Contradiction, Counters, Event, Measured } from "./report.ts";

/** The version of what is said here; a service speaks to agents of this one and of the one before. */
export const WIRE_VERSION = 1;

/** Where the service takes a JoinRequest (POST), shows its authority (GET), and where an agent's WebSocket goes. */
export const [JOIN_PATH, AUTHORITY_PATH, AGENT_PATH] = ["/api/v1/join", "/api/v1/authority", "/api/v1/agent"] as const;

export const Challenge = Type.Object(
  {
    kind: Type.Literal("challenge"),
    wire: Type.Array(whole("A version the service speaks."), { maxItems: 8 }),
    nonce: Type.String({ pattern: "^[A-Za-z0-9_-]{43}$", description: "32 random octets in base64url." }),
    service: name("Which of the services this is."),
  },
  closed,
);

export const Hello = Type.Object(
  {
    kind: Type.Literal("hello"),
    wire: whole("The version the agent speaks."),
    pop: PopRecord,
    certificate: Type.String({ maxLength: 16_384, description: "Its own, in PEM." }),
    signature: Type.String({
      pattern: "^[A-Za-z0-9_-]{86}$",
      description: "Ed25519 over srwan-agent, the nonce and the POP's name, each ended by a line feed; base64url.",
    }),
    start: Type.String({ pattern: "^[A-Za-z0-9_-]{22}$", description: "16 random octets of this start of the agent." }),
    version: whole("Of the desired document it holds; 0: none."),
    said: whole("The number of the last thing it told."),
  },
  closed,
);

export const Welcome = Type.Object(
  {
    kind: Type.Literal("welcome"),
    heard: whole("The last of the agent's tellings that is kept."),
    heartbeatMs: whole("Whoever is silent for three of these is gone."),
    atMs: AtMs,
  },
  closed,
);

export const Refusal = Type.Object({ kind: Type.Literal("refusal"), error: WireError }, closed);
export const Kept = Type.Object(
  { kind: Type.Literal("kept"), number: whole("This telling and all before are kept.") },
  closed,
);
export const Heartbeat = Type.Object({ kind: Type.Literal("heartbeat"), atMs: AtMs }, closed);
export const Whole = Type.Object({ kind: Type.Literal("desired"), document: PopDesired }, closed);
export const Change = Type.Object({ kind: Type.Literal("change"), delta: PopDelta }, closed);
/** The agent cannot use a change: it wants the whole document. */
export const AskWhole = Type.Object(
  { kind: Type.Literal("ask-desired"), why: Type.String({ maxLength: 1_024 }) },
  closed,
);
/** A new certificate, before the old one ends. */
export const Renew = Type.Object({ kind: Type.Literal("renew"), publicKey: Type.String({ maxLength: 2_048 }) }, closed);
export const Renewed = Type.Object(
  { kind: Type.Literal("renewed"), certificate: Type.String({ maxLength: 16_384 }), renewBeforeMs: whole("Its end.") },
  closed,
);

/** The POP's record changed while it was connected: a key was rotated. */
export const Recorded = Type.Object({ kind: Type.Literal("record"), pop: PopRecord }, closed);

/** What carries a number and is told until it is kept. */
export const Telling = Type.Union([Measured, Event, Applied, Counters, Contradiction]);
export type Telling = Static<typeof Telling>;

export const FromService = Type.Union([Challenge, Welcome, Refusal, Kept, Heartbeat, Whole, Change, Renewed]);
export type FromService = Static<typeof FromService>;
export const FromAgent = Type.Union([
  Hello,
  Measured,
  Event,
  Applied,
  Counters,
  Contradiction,
  Heartbeat,
  AskWhole,
  Renew,
  Recorded,
]);
export type FromAgent = Static<typeof FromAgent>;

const byKind = (schemas: readonly TSchema[]) =>
  new Map(
    schemas.map((schema) => {
      const { properties } = schema as unknown as { properties: { kind: { const: string } } };
      return [properties.kind.const, { schema, check: Compile(schema) }] as const;
    }),
  );
const OF_SERVICE = byKind(FromService.anyOf);
const OF_AGENT = byKind(FromAgent.anyOf);

export const readFromService = (text: string): FromService => read(text, OF_SERVICE, "the service") as FromService;
export const readFromAgent = (text: string): FromAgent => read(text, OF_AGENT, "the agent") as FromAgent;
export const writeMessage = (message: FromService | FromAgent): string => JSON.stringify(message);

/** What the agent signs to prove that it is the POP it says. */
export const proofText = (nonce: string, pop: string): string => `srwan-agent\n${nonce}\n${pop}\n`;

function read(text: string, kinds: ReturnType<typeof byKind>, who: string): unknown {
  if (text.length > LIMITS.wireMessageMaxOctets) {
    throw refused(who, `a message of ${text.length} characters`, `At most ${LIMITS.wireMessageMaxOctets} are taken.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw refused(who, "a message that is no JSON", "Both ends must be srwan; see the versions of both.", thrown);
  }
  const kind = (value as { kind?: unknown } | null)?.kind;
  const known = typeof kind === "string" ? kinds.get(kind) : undefined;
  if (known === undefined) {
    throw refused(who, `a message of kind ${JSON.stringify(kind)}`, `Known are ${[...kinds.keys()].join(", ")}.`);
  }
  if (!known.check.Check(value)) {
    const wrong = misfit(known.schema, value, "See docs/reference/messages.md.");
    const where = wrong === undefined ? "" : `: ${fieldText(wrong.path)} ${wrong.what}`;
    throw refused(who, `a message ${kind}${where}`, wrong?.remedy ?? "See docs/reference/messages.md.");
  }
  return value;
}

const refused = (who: string, what: string, remedy: string, cause?: unknown): SrwanError =>
  new SrwanError("WIRE_INVALID", `${who} sent ${what}`, { remedy, ...(cause === undefined ? {} : { cause }) });
