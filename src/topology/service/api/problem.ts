// Errors as answers: problem+json (RFC 9457) with our code and remedy, and the status that fits each code.

import { type Static, Type } from "typebox";
import { asSrwanError, ERRORS, type ErrorCode, type SrwanError } from "../../../base/errors.ts";

/** Where the exit kind of a code does not say enough. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CHANGE_STALE: 412,
  REQUEST_TOO_LARGE: 413,
  CHANGE_INVALID: 422,
  KEY_REUSED: 422,
  RATE_LIMITED: 429,
  JOIN_REFUSED: 403,
  AGENT_REFUSED: 403,
  CHANGE_WAITS: 409,
  CHANGE_OPEN: 409,
  ALREADY_THERE: 409,
  SETTLEMENT_NOT_SET_UP: 409,
  CHANGE_EMPTY: 409,
  CHANGE_SETTLED: 409,
  POP_NAME_TAKEN: 409,
  ANSWER_PENDING: 409,
};

const OF_EXIT = { ok: 200, failed: 500, usage: 400, notFound: 404, refused: 403, unavailable: 503 } as const;

export const statusOf = (code: ErrorCode): number => STATUS[code] ?? OF_EXIT[ERRORS[code].exit];

export const PROBLEM_TYPE = "application/problem+json";

export const Problem = Type.Object(
  {
    type: Type.String({ description: "Names the code." }),
    title: Type.String({ description: "What the code means." }),
    status: Type.Integer({ description: "That of the answer." }),
    detail: Type.String({ description: "What went wrong here." }),
    code: Type.String({ description: "Of docs/reference/errors.md." }),
    remedy: Type.String({ description: "What to do." }),
    retryable: Type.Boolean({ description: "Whether the same may succeed later." }),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "Facts for programs." })),
  },
  { title: "Problem", description: "An error (RFC 9457)." },
);
export type Problem = Static<typeof Problem>;

export function problemOf(thrown: unknown): { readonly problem: Problem; readonly error: SrwanError } {
  const error = asSrwanError(thrown);
  const status = statusOf(error.code);
  // A defect's own words may name what a caller must not see; the log has them.
  const detail = error.code === "INTERNAL" ? "something unexpected happened" : error.message;
  const problem: Problem = {
    type: `urn:srwan:${error.code}`,
    title: ERRORS[error.code].about,
    status,
    detail,
    code: error.code,
    remedy: error.code === "INTERNAL" ? "Report it with the service's log of this time." : error.remedy,
    retryable: error.retryable,
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
  return { problem, error };
}
