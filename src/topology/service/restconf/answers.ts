// Answers in RESTCONF's own forms: its media type, and every error as ietf-restconf:errors with the tag that RFC 8040
// section 7 has for it.

import type { FastifyReply, FastifyRequest } from "fastify";
import { type ErrorCode, SrwanError } from "../../../base/errors.ts";
import { problemOf } from "../api/problem.ts";

export const YANG_JSON = "application/yang-data+json";

type ErrorForm = { readonly status: number; readonly tag: string; readonly type?: "protocol" | "transport" };

const FORMS: Partial<Record<ErrorCode, ErrorForm>> = {
  UNAUTHENTICATED: { status: 401, tag: "access-denied", type: "protocol" },
  FORBIDDEN: { status: 403, tag: "access-denied", type: "protocol" },
  NOT_THERE: { status: 404, tag: "invalid-value", type: "protocol" },
  ALREADY_THERE: { status: 409, tag: "data-exists" },
  REQUEST_INVALID: { status: 400, tag: "malformed-message", type: "protocol" },
  REQUEST_TOO_LARGE: { status: 413, tag: "too-big", type: "transport" },
  RATE_LIMITED: { status: 409, tag: "resource-denied", type: "transport" },
  YANG_DATA_INVALID: { status: 400, tag: "invalid-value" },
  CHANGE_INVALID: { status: 400, tag: "invalid-value" },
  CHANGE_STALE: { status: 412, tag: "operation-failed" },
  CHANGE_WAITS: { status: 409, tag: "in-use" },
  CHANGE_OPEN: { status: 409, tag: "in-use" },
};

/** What no code of ours says: the form of the request itself. */
export class Unacceptable extends Error {
  readonly status: 405 | 406 | 415;

  constructor(status: 405 | 406 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

export function sendErrors(reply: FastifyReply, thrown: unknown, path: string | undefined): FastifyReply {
  if (thrown instanceof Unacceptable)
    return send(reply, thrown.status, "operation-not-supported", "protocol", thrown.message, path);
  const { problem, error } = problemOf(thrown);
  const {
    status,
    tag,
    type = "application",
  } = FORMS[error.code] ?? { status: problem.status, tag: "operation-failed" };
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  return send(reply, status, tag, type, `${problem.code}: ${problem.detail}. ${problem.remedy}`, path);
}

function send(
  reply: FastifyReply,
  status: number,
  tag: string,
  type: string,
  message: string,
  path: string | undefined,
): FastifyReply {
  const error = {
    "error-type": type,
    "error-tag": tag,
    ...(path === undefined ? {} : { "error-path": path }),
    "error-message": message,
  };
  return reply
    .code(status)
    .type(YANG_JSON)
    .send(JSON.stringify({ "ietf-restconf:errors": { error: [error] } }));
}

/** JSON is all there is: whoever takes nothing else is told. */
export function wantsJson({ headers: { accept } }: FastifyRequest): void {
  if (accept === undefined || /(?:^|[,\s])(?:\*\/\*|application\/(?:\*|json|yang-data\+json))/.test(accept)) return;
  throw new Unacceptable(
    406,
    `Accept ${JSON.stringify(accept.slice(0, 80))} leaves out ${YANG_JSON}, which is all there is`,
  );
}

/** `content` alone is known (RFC 8040 section 4.8.1); the others are optional, and not announced. */
export function contentOf(query: unknown): "config" | "nonconfig" | "all" {
  const { content = "all", ...others } = (query ?? {}) as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other === undefined && (content === "config" || content === "nonconfig" || content === "all")) return content;
  throw new SrwanError(
    "YANG_DATA_INVALID",
    other === undefined
      ? `content = ${JSON.stringify(content)} is none of config, nonconfig, all`
      : `the parameter ${other} is not known here`,
    { remedy: "Leave it out; only content is known." },
  );
}
