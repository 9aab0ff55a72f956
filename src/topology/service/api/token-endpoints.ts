// Tokens that POPs join with, and tokens that people and programs call with.

import { Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import { closed, name, oneOf } from "../../../wire/parts.ts";
import * as tokens from "../../store/tokens.ts";
import { newAccessToken, newJoinToken } from "../secrets.ts";
import { after, type Endpoint, endpoint, limit, page, pageOf, ROLES_OF_CALLERS, sizeOf } from "./endpoint.ts";
import { AccessTokenView, JoinTokenView, Secret } from "./schemas.ts";

const tag = "tokens";
const byId = Type.Object({ id: Type.String({ pattern: "^[\\w-]{1,64}$", description: "What names it." }) }, closed);
const lifetime = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1_000, maximum, description }));

export const tokenEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/api/v1/join-tokens",
    name: "createJoinToken",
    tag,
    right: "operate",
    summary: "a token that a POP joins with, once",
    body: Type.Object(
      {
        pop: Type.Optional(name("Only this POP may use it.")),
        group: Type.Optional(name("The POP comes into this group.")),
        expiresInMs: lifetime(LIMITS.joinTokenMaxMs, "Good for so long (an hour)."),
      },
      closed,
    ),
    answer: Secret,
    status: 201,
    secret: true,
    run: async ({ store, authority }, { body, caller }) => {
      const { id, secret, text: token } = newJoinToken(authority.digest);
      const expiresMs = store.nowMs() + (body.expiresInMs ?? LIMITS.joinTokenMs);
      const { pop = null, group = null } = body;
      await tokens.addJoinToken(store, { id, secret, pop, group, madeBy: caller.name, expiresMs });
      return { status: 201, body: { id, token, expiresMs } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/join-tokens",
    name: "listJoinTokens",
    tag,
    right: "operate",
    summary: "join tokens, and who used them",
    query: Type.Object({ limit, after }, closed),
    answer: page(JoinTokenView, "In no order that means anything."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      return pageOf(
        await tokens.joinTokens(store, query.after ?? "", size + 1),
        size,
        (one) => one,
        ({ id }) => id,
      );
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/join-tokens/:id",
    name: "removeJoinToken",
    tag,
    right: "operate",
    summary: "take back a join token",
    params: byId,
    run: async ({ store }, { params: { id } }) => {
      if (await tokens.removeJoinToken(store, id)) return {};
      throw unknown(id);
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/access-tokens",
    name: "createAccessToken",
    tag,
    right: "operate",
    summary: "a token to call this API with",
    body: Type.Object(
      {
        name: name("Whose it is; the audit log says it."),
        role: oneOf(ROLES_OF_CALLERS, "What it may: viewer reads, engineer changes, operator runs, settlement counts."),
        expiresInMs: lifetime(LIMITS.tokenMaxMs, "Good for so long (until it is revoked)."),
      },
      closed,
    ),
    answer: Secret,
    status: 201,
    secret: true,
    run: async ({ store }, { body, caller }) => {
      const { id, secret, text: token } = newAccessToken();
      const expiresMs = body.expiresInMs === undefined ? null : store.nowMs() + body.expiresInMs;
      const { name: owner, role } = body;
      await tokens.addAccessToken(store, { id, secret, name: owner, role, madeBy: caller.name, expiresMs });
      return { status: 201, body: { id, token, expiresMs } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/access-tokens",
    name: "listAccessTokens",
    tag,
    right: "operate",
    summary: "who may call this API",
    query: Type.Object({ limit, after }, closed),
    answer: page(AccessTokenView, "In no order that means anything."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      return pageOf(
        await tokens.accessTokens(store, query.after ?? "", size + 1),
        size,
        (one) => one,
        ({ id }) => id,
      );
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/access-tokens/:id",
    name: "revokeAccessToken",
    tag,
    right: "operate",
    summary: "end an access token at once",
    about: "Calls with it are refused from now on; live streams that were opened with it end, on every service.",
    params: byId,
    run: async ({ store }, { params: { id } }) => {
      if (await tokens.revokeAccess(store, id)) return {};
      throw unknown(id);
    },
  }),
];

const unknown = (id: string): SrwanError =>
  new SrwanError("NOT_THERE", `there is no token ${id}, or it has ended`, { remedy: "List the tokens there are." });
