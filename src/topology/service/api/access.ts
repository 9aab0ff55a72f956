// Who calls: the token of the Authorization header, what its role may, and how often it called.

import type { FastifyRequest } from "fastify";
import { SrwanError } from "../../../base/errors.ts";
import { accessOf } from "../../store/tokens.ts";
import { readAccessToken } from "../secrets.ts";
import { type ApiContext, type Caller, type CallerRole, MAY, type Right, ROLES_OF_CALLERS } from "./endpoint.ts";

export const NOBODY: Caller = { id: "", name: "", role: "viewer" };

export async function callerOf({ store }: ApiContext, request: FastifyRequest, right: Right): Promise<Caller> {
  if (right === "anybody") return NOBODY;
  const token = bearer(request);
  const row = token === undefined ? undefined : await accessOf(store, token.id, token.secret);
  if (row === undefined) {
    throw new SrwanError(
      "UNAUTHENTICATED",
      request.headers.authorization ? "the token is not known, or has ended" : "no token was given",
      {
        remedy: "Send Authorization: Bearer with a token of `srwan token create --role`.",
      },
    );
  }
  const role = roleOf(row.role);
  if (!MAY[role].includes(right)) {
    const allowed = ROLES_OF_CALLERS.filter((one) => MAY[one].includes(right));
    throw new SrwanError("FORBIDDEN", `a token of role ${role} may not do this`, {
      remedy: `Use a token of role ${allowed.join(" or ")}.`,
      details: { role, needs: allowed },
    });
  }
  return { id: row.id, name: row.name, role };
}

const roleOf = (text: string): CallerRole => ROLES_OF_CALLERS.find((one) => one === text) ?? "viewer";

/** A token, or the password of whoever knows only names and passwords, as RESTCONF clients do. */
function bearer({ headers: { authorization = "" } }: FastifyRequest) {
  const [, scheme = "", text = ""] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (text === "") return undefined;
  const isBasic = scheme.toLowerCase() === "basic";
  return readAccessToken(
    isBasic
      ? Buffer.from(text, "base64")
          .toString("latin1")
          .replace(/^[^:]*:/, "")
      : text,
  );
}

/** Whose calls are counted together: a token's, else those of one address. The secret half is no part of it. */
export const countedAs = (request: FastifyRequest): string => bearer(request)?.id ?? request.ip;
