// One connection: nobody says anything before its turn, another POP's document is never held, and what cannot be used is
// asked for as a whole.

import { describe, expect, it } from "vitest";
import { deltaOf } from "../wire/delta.ts";
import type { PopDesired } from "../wire/desired.ts";
import type { FromService } from "../wire/message.ts";
import type { PopRecord } from "../wire/pop.ts";
import { NEW_SESSION, onMessage, renewalDueMs, type Self, type Session, waitMs } from "./session.ts";

const record: PopRecord = { name: "sea", platform: "linux", transits: [], segments: [], address: "2001:db8::1" };
const document = (version: number, pop = "sea"): PopDesired => ({
  version,
  settings: {
    pop,
    group: "core",
    blocks: ["fcbb:bb00::/32"],
    segments: [],
    tunnelSource: "2001:db8::1",
    near: "2001:db8:f::/64",
    reportMs: 1_000,
    drained: false,
  },
  tenants: [],
  hmacKeys: [],
  localSids: [],
  policies: [],
  peers: [],
});
const self = (held?: PopDesired): Self => ({
  record,
  certificate: "certificate",
  start: "s".repeat(22),
  prove: (nonce) => `proof of ${nonce}`,
  held,
  said: 7,
});
const NONCE = "n".repeat(43);
const challenge: FromService = { kind: "challenge", wire: [1], nonce: NONCE, service: "one" };
const welcome: FromService = { kind: "welcome", heard: 5, heartbeatMs: 1_000, atMs: 1 };
const OPEN: Session = { phase: "open", heartbeatMs: 1_000, toldTo: 5 };

const effects = (message: FromService, session: Session = OPEN, held?: PopDesired) =>
  onMessage(session, message, self(held)).effects;

describe("a session", () => {
  it("answers the challenge with who it is and what it holds, and is open when it is welcome", () => {
    const greeted = onMessage(NEW_SESSION, challenge, self(document(3)));
    expect(greeted.effects).toMatchObject([
      { do: "send", message: { kind: "hello", version: 3, said: 7, signature: `proof of ${NONCE}` } },
    ]);
    expect(onMessage(greeted.session, welcome, self())).toEqual({
      session: { phase: "open", heartbeatMs: 1_000, toldTo: 5 },
      effects: [{ do: "open", kept: 5 }],
    });
  });

  it.each([
    ["a document before the welcome", NEW_SESSION, { kind: "desired", document: document(1) }],
    ["a welcome before the challenge", NEW_SESSION, welcome],
    ["a second challenge", OPEN, challenge],
  ] as const)("ends at %s", (_what, session, message) => {
    expect(effects(message, session)).toMatchObject([{ do: "close" }]);
  });

  it("ends where the service speaks another wire, and takes its time to come again", () => {
    expect(effects({ ...challenge, wire: [2] }, NEW_SESSION)).toMatchObject([{ do: "close", refused: true }]);
  });

  it("applies a change to what it holds, and asks for the whole where it cannot", () => {
    const [one, two] = [document(1), { ...document(2), tenants: [{ name: "red", table: 9 }] }];
    const change: FromService = { kind: "change", delta: deltaOf(one, two) };
    expect(effects(change, OPEN, one)).toEqual([{ do: "desire", document: two }]);
    expect(effects(change, OPEN, document(7))).toMatchObject([{ do: "send", message: { kind: "ask-desired" } }]);
    expect(effects(change)).toMatchObject([{ do: "send", message: { kind: "ask-desired" } }]);
  });

  it("never holds another POP's document", () => {
    expect(effects({ kind: "desired", document: document(1, "fra") })).toMatchObject([{ do: "close", refused: true }]);
  });
});

it("waits double as long each time, up to the most, never less than half of that", () => {
  const waits = (chance: number): number[] => [0, 1, 2, 3, 40].map((attempt) => waitMs(attempt, chance, 250, 5_000));
  expect(waits(0)).toEqual([125, 250, 500, 1_000, 2_500]);
  expect(waits(1)).toEqual([250, 500, 1_000, 2_000, 5_000]);
});

it("asks for a new certificate when a third of the old one's time is left", () => {
  expect(renewalDueMs(1_000, 4_000)).toBe(3_000);
});
