// One connection to the service, as a function of what it says: challenge, hello, welcome, then documents and changes in,
// tellings out. Pure; the socket is service-link.ts's matter.

import { asSrwanError } from "../base/errors.ts";
import { applyDelta } from "../wire/delta.ts";
import type { PopDesired } from "../wire/desired.ts";
import { type FromAgent, type FromService, WIRE_VERSION } from "../wire/message.ts";
import type { PopRecord } from "../wire/pop.ts";

export type Session = {
  /** What has to come next. */
  readonly phase: "challenge" | "welcome" | "open";
  readonly heartbeatMs: number;
  /** The last telling that needs no sending any more. */
  readonly toldTo: number;
};

export const NEW_SESSION: Session = { phase: "challenge", heartbeatMs: 10_000, toldTo: 0 };

/** What the agent is when the connection begins. */
export type Self = {
  readonly record: PopRecord;
  readonly certificate: string;
  readonly start: string;
  readonly prove: (nonce: string) => string;
  readonly held: PopDesired | undefined;
  readonly said: number;
};

export type Effect =
  | { readonly do: "send"; readonly message: FromAgent }
  /** It is welcome: tellings may go. */
  | { readonly do: "open"; readonly kept: number }
  | { readonly do: "kept"; readonly number: number }
  | { readonly do: "desire"; readonly document: PopDesired }
  | { readonly do: "renewed"; readonly certificate: string; readonly renewBeforeMs: number }
  | { readonly do: "close"; readonly why: string; readonly refused: boolean };

export function onMessage(
  session: Session,
  message: FromService,
  self: Self,
): { readonly session: Session; readonly effects: readonly Effect[] } {
  const stay = (...effects: Effect[]) => ({ session, effects });
  const close = (why: string, refused = false) => stay({ do: "close", why, refused });
  if (message.kind === "refusal") return close(`${message.error.message}. ${message.error.remedy}`, true);
  if (message.kind === "challenge") {
    if (session.phase !== "challenge") return close("it sent a second challenge");
    if (!message.wire.includes(WIRE_VERSION)) {
      return close(`it speaks version ${message.wire.join(", ")} of the wire and this agent ${WIRE_VERSION}`, true);
    }
    return {
      session: { ...session, phase: "welcome" },
      effects: [{ do: "send", message: helloOf(self, message.nonce) }],
    };
  }
  if (message.kind === "welcome") {
    if (session.phase !== "welcome") return close("it sent a welcome that nobody waited for");
    const open: Session = { phase: "open", heartbeatMs: message.heartbeatMs, toldTo: message.heard };
    return { session: open, effects: [{ do: "open", kept: message.heard }] };
  }
  if (session.phase !== "open") return close(`it sent ${message.kind} before its welcome`);
  switch (message.kind) {
    case "heartbeat":
      return stay();
    case "kept":
      return stay({ do: "kept", number: message.number });
    case "renewed":
      return stay({ do: "renewed", certificate: message.certificate, renewBeforeMs: message.renewBeforeMs });
    case "desired":
      return stay(...desire(message.document, self));
    case "change": {
      if (self.held === undefined) return stay(askWhole("no document is held"));
      try {
        return stay(...desire(applyDelta(self.held, message.delta), self));
      } catch (thrown) {
        return stay(askWhole(asSrwanError(thrown).message));
      }
    }
  }
}

/** A document of another POP must never be held, whoever mixed them up. */
function desire(document: PopDesired, { record }: Self): Effect[] {
  if (document.settings.pop === record.name) return [{ do: "desire", document }];
  return [{ do: "close", why: `it sent the document of ${document.settings.pop} to ${record.name}`, refused: true }];
}

const askWhole = (why: string): Effect => ({ do: "send", message: { kind: "ask-desired", why: why.slice(0, 1_024) } });

const helloOf = ({ record, certificate, start, prove, held, said }: Self, nonce: string): FromAgent => ({
  kind: "hello",
  wire: WIRE_VERSION,
  pop: record,
  certificate,
  signature: prove(nonce),
  start,
  version: held?.version ?? 0,
  said,
});

/** Doubles up to the most; the wait is drawn between a half and the whole of it, so that many do not come at once. */
export function waitMs(attempt: number, chance: number, leastMs: number, mostMs: number): number {
  const whole = Math.min(mostMs, leastMs * 2 ** Math.min(attempt, 30));
  return Math.round(whole * (0.5 + chance / 2));
}

/** When a new certificate is asked for: with two thirds of the old one's time gone. */
export const renewalDueMs = (issuedMs: number, endsMs: number): number => issuedMs + ((endsMs - issuedMs) * 2) / 3;
