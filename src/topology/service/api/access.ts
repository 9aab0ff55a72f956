// Who calls: the token of the Authorization header, and what its role may.

import type { FastifyRequest } from "fastify";
import { SrwanError } from "../../../base/errors.ts";
import { accessOf } from "../../store/tokens.ts";
import { readAccessToken } from "../secrets.ts";
import { type ApiContext, type Caller, type CallerRole, MAY, type Right, ROLES_OF_CALLERS } from "./endpoint.ts";

export const NOBODY: Caller = { id: "", name: "", role: "viewer" };

export async function callerOf({ store }: ApiContext, request: FastifyRequest): Promise<Caller> {
  const token = bearer(request);
  const row = token === undefined ? undefined : await accessOf(store, token.id, token.secret);
  if (row !== undefined) return { id: row.id, name: row.name, role: roleOf(row.role) };
  throw new SrwanError(
    "UNAUTHENTICATED",
    request.headers.authorization ? "the token is not known, or has ended" : "no token was given",
    {
      remedy: "Send Authorization: Bearer with a token of `srwan token create --role`.",
    },
  );
}

/** Undefined where it may. */
export function mayNot({ role }: Caller, right: Right): SrwanError | undefined {
  if (right === "anybody" || MAY[role].includes(right)) return undefined;
  const allowed = ROLES_OF_CALLERS.filter((one) => MAY[one].includes(right));
  return new SrwanError("FORBIDDEN", `a token of role ${role} may not do this`, {
    remedy: `Use a token of role ${allowed.join(" or ")}.`,
    details: { role, needs: allowed },
  });
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
