// What a session says when it cannot give an answer: why, and whether the device may have done it.

import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Operation } from "./operations.ts";

export const unanswered = (
  { name, changes }: Operation,
  within: boolean,
  cause: SrwanError | undefined,
): SrwanError => {
  const where = within ? " in the middle of a message" : "";
  const why = cause?.message ?? "it was closed";
  return new SrwanError("NETCONF_SESSION_CLOSED", `the session ended${where} before ${name} was answered: ${why}`, {
    remedy: changes ? "Read the device back before anything else: it may have done it." : "Connect again.",
    deviceStateKnown: !changes,
    cause,
    details: { operation: name, ...(cause && { cause: cause.toJSON() }) },
  });
};

export const unsupported = ({ name }: Operation, lack: string): SrwanError =>
  new SrwanError("NETCONF_UNSUPPORTED", `${name} needs ${lack}, which the device does not announce`, {
    remedy: "`srwan netconf capabilities` shows what it announces; do it in another way, or configure the device to.",
    deviceStateKnown: true,
    details: { operation: name, lack },
  });

export const tooManyWait = (): SrwanError =>
  new SrwanError("NETCONF_TOO_LARGE", `${LIMITS.netconfRpcsWaiting} requests wait in this session already`, {
    remedy: "Wait for replies before asking more.",
    deviceStateKnown: true,
  });

export const ended = (why: string, cause?: unknown): SrwanError =>
  new SrwanError("NETCONF_SESSION_CLOSED", `the session ended: ${why}`, { remedy: "Connect again.", cause });

export const noHello = (ms: number): SrwanError =>
  new SrwanError("NETCONF_TIMEOUT", `the device said no hello within ${ms} ms`, {
    remedy: "Check that the port and subsystem are those of NETCONF.",
    deviceStateKnown: true,
  });

export const unexpected = (what: string): SrwanError =>
  new SrwanError("NETCONF_MALFORMED", `the device sent ${what}`, {
    remedy: "The session cannot go on; report it to the device's maker with a capture.",
  });

export const strange = ({ name, changes }: Operation, what: string): SrwanError =>
  new SrwanError("NETCONF_MALFORMED", `the reply to ${name} holds ${what}`, {
    remedy: "Read the device back; report it to its maker with a capture.",
    deviceStateKnown: !changes,
  });
