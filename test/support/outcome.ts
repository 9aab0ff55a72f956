// What a reader makes of its input: a value, or an error of ours. Anything else that it throws goes through and fails the test.

import { type ErrorCode, SrwanError } from "../../src/base/errors.ts";

export type Outcome<T> = { readonly value: T } | { readonly error: SrwanError };

/** Only errors of this code are expected. */
export function outcome<T>(code: ErrorCode, read: () => T): Outcome<T> {
  try {
    return { value: read() };
  } catch (thrown) {
    if (thrown instanceof SrwanError && thrown.code === code) return { error: thrown };
    throw thrown;
  }
}

/** The error that a reader must end in. */
export function refusal(code: ErrorCode, read: () => unknown): SrwanError {
  const result = outcome(code, read);
  if ("error" in result) return result.error;
  throw new Error("it was taken");
}
