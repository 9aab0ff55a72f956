// What went wrong between us and a chain, told apart: the contract refused, or nobody knows.

import { type ErrorDescription, Interface, isError } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { ARTIFACTS } from "./artifacts.ts";
import { refusalWords } from "./words.ts";

/** Errors of all our contracts; one name may come from several, with the same meaning. */
const ERRORS = new Interface([
  ...new Set(Object.values(ARTIFACTS).flatMap(({ abi }) => abi.filter((line) => line.startsWith("error ")))),
]);

export type Refusal = { readonly name: string; readonly values: Readonly<Record<string, unknown>> };

/** The custom error in a call's answer; undefined where the contract gave no reason. */
export function refusalIn(data: string): Refusal | undefined {
  let found: ErrorDescription | null = null;
  try {
    found = ERRORS.parseError(data);
  } catch {
    return undefined;
  }
  if (found === null) return undefined;
  const { name, args, fragment } = found;
  return { name, values: Object.fromEntries(fragment.inputs.map((input, i) => [input.name || `${i}`, args[i]])) };
}

const refusalText = ({ name, values }: Refusal): string =>
  `${name}(${Object.entries(values)
    .map(([field, value]) => `${field} ${value}`)
    .join(", ")})`;

/** A contract's refusal is final and moved nothing. Anything else is no answer: the call may have been carried out. */
export function chainError(what: string, error: unknown): SrwanError {
  if (error instanceof SrwanError) return error;
  if (isError(error, "CALL_EXCEPTION")) {
    const refusal = error.data ? refusalIn(error.data) : undefined;
    const words = refusal && refusalWords(refusal.name, refusal.values);
    const why = words?.what ?? (refusal ? refusalText(refusal) : (error.reason ?? "no reason given"));
    return new SrwanError("CHAIN_REFUSED", `${what}: ${why}`, {
      remedy: words?.remedy ?? "Nothing was moved. Mend what the reason names, then try again.",
      cause: error,
      ...(refusal ? { details: { error: refusal.name, ...refusal.values } } : {}),
    });
  }
  if (isError(error, "INSUFFICIENT_FUNDS")) {
    return new SrwanError("CHAIN_REFUSED", `${what}: the account cannot pay for the gas`, {
      remedy: "Send some of the chain's own coin to the account that signs; SEG does not pay for gas.",
      cause: error,
    });
  }
  const why = (error as { shortMessage?: string }).shortMessage ?? (error as Error).message;
  return new SrwanError("CHAIN_UNREACHABLE", `${what}: ${why}`, {
    remedy: "Ask the chain what became of it before you send it again: no answer is neither success nor failure.",
    cause: error,
  });
}
