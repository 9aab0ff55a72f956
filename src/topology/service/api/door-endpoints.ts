// What needs no token of this API: joining, the authority's certificate, and whether the service is well.

import { sql } from "kysely";
import { Type } from "typebox";
import { closed, text } from "../../../wire/parts.ts";
import { JoinReply, JoinRequest } from "../../../wire/pop.ts";
import { join } from "../join.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

export const doorEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/api/v1/join",
    name: "join",
    tag: "joining",
    right: "anybody",
    summary: "a POP joins: a token and its public key for a certificate",
    about:
      "The same again with the same key gives the same place, so a lost answer does no harm. A name that another key has is refused.",
    body: JoinRequest,
    answer: JoinReply,
    status: 201,
    secret: true,
    run: async ({ store, authority, certificateDays }, { body }) => ({
      status: 201,
      body: await join(store, authority, certificateDays, body),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/authority",
    name: "getAuthority",
    tag: "joining",
    right: "anybody",
    summary: "the certificate of this service's authority",
    about:
      "A join token ends with its digest (SHA-256 of the DER, base64url): whoever has a token can tell it from a false one.",
    answer: Type.Object({ certificate: text("In PEM.", 16_384), digest: text("SHA-256, base64url.") }, closed),
    run: async ({ authority: { certificate, digest } }) => ({ body: { certificate, digest } }),
  }),
  endpoint({
    method: "GET",
    path: "/healthz",
    name: "isAlive",
    tag: "service",
    right: "anybody",
    summary: "whether the process lives",
    answer: Type.Object({ status: Type.Literal("alive") }, closed),
    run: async () => ({ body: { status: "alive" } }),
  }),
  endpoint({
    method: "GET",
    path: "/readyz",
    name: "isReady",
    tag: "service",
    right: "anybody",
    summary: "whether the store answers too",
    answer: Type.Object({ status: Type.Literal("ready") }, closed),
    run: async ({ store }) => {
      await store.read((db) => sql`select 1`.execute(db));
      return { body: { status: "ready" } };
    },
  }),
];
