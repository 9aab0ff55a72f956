// What became of a change of routers, as the device proxy says it to settlement: canonical, hashed and signed. APPLIED
// releases a payment, NOT_APPLIED refunds it, UNKNOWN does neither.

import { type Static, Type } from "typebox";
import { canonicalJson } from "../base/canonical.ts";
import { SrwanError } from "../base/errors.ts";
import { fieldText, misfit } from "../base/misfit.ts";
import { closed, oneOf, text, WireError } from "./parts.ts";

const digest = (description: string) => Type.String({ pattern: "^[0-9a-f]{64}$", description });
const orNull = <S extends ReturnType<typeof text>>(schema: S) => Type.Union([schema, Type.Null()]);
const atUs = (description: string) => Type.String({ pattern: "^[0-9]{1,20}$", description });

const kinds = ["APPLIED", "NOT_APPLIED", "UNKNOWN"] as const;

export const OutcomeDevice = Type.Object(
  {
    device: text("Its name with us."),
    address: orNull(text("Where it answered; null where it never did.")),
    hostKey: orNull(
      Type.String({ pattern: "^SHA256:[A-Za-z0-9+/]{43}$", description: "The SSH key it proved to have." }),
    ),
    outcome: oneOf(kinds, "APPLIED: seen after the last word. NOT_APPLIED: seen as it was, or never sent to."),
    guarantee: orNull(
      Type.String({
        pattern: "^(persist|session|compensated)$",
        description: "How the device would have gone back by itself; compensated is the weaker one: not at all.",
      }),
    ),
    edit: digest("SHA-256 of the edit."),
    expected: digest("SHA-256 of what had to be seen."),
    before: orNull(digest("SHA-256 of the canonical form of what running held before.")),
    after: orNull(digest("The same of the read-back that proves the outcome.")),
    commitReply: orNull(digest("SHA-256 of the reply to the commit, octet for octet.")),
    proofReply: orNull(digest("SHA-256 of the reply that proves the outcome.")),
    provedAtUs: orNull(atUs("When it was read, in microseconds since 1970.")),
    problem: Type.Union([WireError, Type.Null()], { description: "Why it is not as it was wanted." }),
  },
  closed,
);
export type OutcomeDevice = Static<typeof OutcomeDevice>;

export const OutcomeDocument = Type.Object(
  {
    schema: Type.Literal("srwan.outcome/1"),
    transaction: Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$", description: "Given once." }),
    reference: orNull(text("What whoever asked calls it: an escrow, an intent.")),
    outcome: oneOf(kinds, "Of all devices together: one that differs makes it UNKNOWN."),
    startedAtUs: atUs("In microseconds since 1970."),
    endedAtUs: atUs("In microseconds since 1970."),
    devices: Type.Array(OutcomeDevice, { minItems: 1, maxItems: 32 }),
  },
  closed,
);
export type OutcomeDocument = Static<typeof OutcomeDocument>;

export const SealedOutcome = Type.Object(
  {
    document: OutcomeDocument,
    hash: digest("SHA-256 of srwan.outcome/1, a line feed and the document in canonical JSON (RFC 8785)."),
    seal: Type.Union(
      [
        Type.Object(
          {
            scheme: text("ed25519: of the 32 octets of the hash.", 32),
            key: Type.String({ pattern: "^[0-9a-f]{64,130}$", description: "The public key." }),
            value: Type.String({ pattern: "^[0-9a-f]{128,130}$", description: "The signature." }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: "Null where the proxy has no key: nobody else should believe it then." },
    ),
  },
  { ...closed, title: "srwan outcome of a transaction" },
);
export type SealedOutcome = Static<typeof SealedOutcome>;

/** The text whose SHA-256 is the hash. */
export const outcomeText = (document: OutcomeDocument): string => `${document.schema}\n${canonicalJson(document)}`;

/** Reads one that somebody else made. Whether it is signed by the right key is asked of `isSealOf` in base. */
export function readOutcome(value: unknown, sha256Hex: (text: string) => string): SealedOutcome {
  const wrong = misfit(SealedOutcome, value, "See docs/reference/schemas/outcome.schema.json.");
  if (wrong) throw invalid(`${fieldText(wrong.path) || "it"} ${wrong.what}`, wrong.remedy);
  const sealed = value as SealedOutcome;
  if (sha256Hex(outcomeText(sealed.document)) === sealed.hash) return sealed;
  throw invalid("its hash is not that of its document", "Ask the proxy for it again; believe neither.");
}

const invalid = (what: string, remedy: string): SrwanError =>
  new SrwanError("WIRE_INVALID", `an outcome cannot be read: ${what}`, { remedy });
