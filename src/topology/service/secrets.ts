// Tokens as people pass them on. A join token also says whom to trust: it ends with the digest of the authority's
// certificate, so that a POP can tell the right service from a wrong one before it knows any certificate.

import { randomBytes } from "node:crypto";
import { SrwanError } from "../../base/errors.ts";

export type TokenText = { readonly id: string; readonly secret: string; readonly text: string };
export type JoinTokenText = TokenText & { readonly authority: string };

const ID_OCTETS = 9;
const SECRET_OCTETS = 32;
const random = (octets: number): string => randomBytes(octets).toString("base64url");

export function newJoinToken(authority: string): JoinTokenText {
  const [id, secret] = [random(ID_OCTETS), random(SECRET_OCTETS)];
  return { id, secret, authority, text: `srwan-join.${id}.${secret}.${authority}` };
}

export function newAccessToken(): TokenText {
  const [id, secret] = [random(ID_OCTETS), random(SECRET_OCTETS)];
  return { id, secret, text: `srwan-access.${id}.${secret}` };
}

const JOIN = /^srwan-join\.([\w-]{12})\.([\w-]{43})\.([\w-]{43})$/;
const ACCESS = /^srwan-access\.([\w-]{12})\.([\w-]{43})$/;

export function readJoinToken(text: string): JoinTokenText {
  const [, id, secret, authority] = JOIN.exec(text) ?? [];
  if (id !== undefined && secret !== undefined && authority !== undefined) return { id, secret, authority, text };
  throw new SrwanError("JOIN_REFUSED", "the join token is not one", {
    remedy: "Give it whole, as `srwan token create` printed it: srwan-join, then three parts between dots.",
  });
}

export function readAccessToken(text: string): TokenText | undefined {
  const [, id, secret] = ACCESS.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret, text };
}
