// What each endpoint would take, and the ways to spoil it: made from the endpoint's own schemas where that can be.

import type { Endpoint } from "../../src/topology/service/api/endpoint.ts";
import { popRecord } from "../support/test-agent.ts";

/** Every field of the body with the same value. */
export function allOf({ body }: Endpoint, value: unknown): object {
  const { properties = {} } = (body ?? {}) as { properties?: object };
  return Object.fromEntries(Object.keys(properties).map((field) => [field, value]));
}

/** A body that each endpoint would take: one field of it is made wrong. */
export const VALID: Readonly<Record<string, object>> = {
  join: { token: `srwan-join.${"A".repeat(20)}`, publicKey: "a key", pop: popRecord("sea") },
  createJoinToken: { pop: "sea", group: "g1", expiresInMs: 60_000 },
  createAccessToken: { name: "ann", role: "viewer" },
  putCandidate: { policies: [], maintenance: [] },
  putPolicy: { name: "sea", from: "sea", to: "fra" },
  drainPop: { why: "" },
  putSigning: { keys: [1] },
  planCoverage: {
    destinations: [{ name: "Berlin", weight: 1, place: { lat: 52.5, lon: 13.4 } }],
    candidates: [],
    withinUs: 10_000,
    add: 1,
  },
  commit: { why: "" },
  rollback: { back: 0 },
  quarantinePop: { why: "" },
  placeOrder: {
    schema: "srwan.order/1",
    device: "sea-r1",
    intent: { kind: "queue", name: "q1", device: "HundredGigE0/0/0/0", dscp: [46], rateBps: 100_000_000 },
    order: {
      ...Object.fromEntries(["consumer", "provider", "routerKey"].map((who) => [who, `0x${"11".repeat(20)}`])),
      ...Object.fromEntries(["amount", "holdBack", "deadline", "until", "nonce"].map((what) => [what, "1"])),
      configHash: `0x${"22".repeat(32)}`,
    },
    signature: `0x${"33".repeat(65)}`,
  },
  cancelOrder: { signature: `0x${"33".repeat(65)}` },
};

export const fieldsOf = ({ body }: Endpoint) =>
  Object.entries((body as { properties?: Record<string, object> } | undefined)?.properties ?? {});

/** Each of another type than the field's, and one that is there and is nothing. */
export function wrongBodies(node: object): unknown[] {
  const { type } = node as { type?: string };
  const all = { string: 1.5, number: "word", integer: 1.5, boolean: "maybe", array: {}, object: [] };
  return [null, type === "object" ? "word" : { an: "object" }, all[type as keyof typeof all] ?? 1.5];
}

export function wrongFor(field: string, node: object): string[] {
  const { type } = node as { type?: string };
  if (type === "integer") return [`${field}=word`, `${field}=-1`, `${field}=1.5`, `${field}=99999999999999999999`];
  if (type === "boolean") return [`${field}=maybe`];
  return [`${field}=a&${field}=b`];
}
