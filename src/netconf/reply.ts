// What a reply says: ok, data, or errors; every rpc-error of it is kept. One of severity error fails, whatever stands
// beside it and in which order; warnings beside an ok do not.

import { SrwanError } from "../base/errors.ts";
import { NS } from "./names.ts";
import { elementsOf, textAt, textOf, type XmlElement } from "./xml/element.ts";
import { writeXml } from "./xml/write.ts";

export type RpcError = {
  readonly type: string;
  readonly tag: string;
  /** What is not said to be a warning is an error. */
  readonly severity: "error" | "warning";
  readonly appTag?: string;
  readonly path?: string;
  readonly message?: string;
  /** error-info by the names of its elements: session-id, bad-element and whatever a device adds. */
  readonly info?: Readonly<Record<string, string>>;
};

export type Reply = {
  /** "empty" says neither ok nor data; some devices answer so when they only warn. */
  readonly kind: "ok" | "data" | "empty";
  readonly warnings: readonly RpcError[];
  /** The whole rpc-reply. */
  readonly root: XmlElement;
  /** As it came, where it was asked for. */
  readonly text?: string;
};

export const isReply = (element: { readonly name: string; readonly ns: string }): boolean =>
  element.name === "rpc-reply" && (element.ns === NS.base || element.ns === "");

export function readRpcError(element: XmlElement): RpcError {
  const optional = { appTag: "error-app-tag", path: "error-path", message: "error-message" } as const;
  const given = Object.entries(optional).flatMap(([key, name]) => {
    const text = textAt(element, name);
    return text === undefined || text === "" ? [] : [[key, text] as const];
  });
  const info = elementsOf(element).find(({ name }) => name === "error-info");
  return {
    type: textAt(element, "error-type") ?? "application",
    tag: textAt(element, "error-tag") ?? "operation-failed",
    severity: textAt(element, "error-severity") === "warning" ? "warning" : "error",
    ...Object.fromEntries(given),
    ...(info && { info: Object.fromEntries(elementsOf(info).map((one) => [one.name, infoText(one)])) }),
  };
}

const infoText = (element: XmlElement): string =>
  elementsOf(element).length > 0
    ? elementsOf(element)
        .map((one) => writeXml(one))
        .join("")
    : textOf(element).trim();

/** Errors may stand below a result (Junos' commit-results), so they are looked for two levels down. */
function rpcErrors(root: XmlElement): RpcError[] {
  const near = elementsOf(root);
  const inResults = near.filter(({ name }) => name.endsWith("-results")).flatMap(elementsOf);
  const deeper = inResults.flatMap(elementsOf);
  return [...near, ...inResults, ...deeper].filter(({ name }) => name === "rpc-error").map(readRpcError);
}

/** `operation` is its name, for messages. */
export function readReply(root: XmlElement, operation: string): Reply {
  const errors = rpcErrors(root);
  if (errors.some(({ severity }) => severity === "error")) throw rpcFailure(errors, operation);
  const others = elementsOf(root).filter(({ name }) => name !== "rpc-error");
  const isOk = others.some(({ name }) => name === "ok");
  return { kind: isOk ? "ok" : others.length > 0 ? "data" : "empty", warnings: errors, root };
}

const RETRYABLE = ["in-use", "lock-denied", "resource-denied"];
/** After these the device itself says that it may hold a part. */
const PARTIAL = ["partial-operation", "rollback-failed"];

export function rpcFailure(errors: readonly RpcError[], operation: string): SrwanError {
  const fatal = errors.filter(({ severity }) => severity === "error");
  const [first] = fatal;
  const said = first?.message ?? first?.tag ?? "an error without a message";
  const where = first?.path === undefined ? "" : ` at ${first.path}`;
  const more = fatal.length > 1 ? `, and ${fatal.length - 1} more` : "";
  return new SrwanError("NETCONF_RPC_ERROR", `${operation} was refused: ${said}${where}${more}`, {
    remedy: remedyFor(first),
    retryable: fatal.every(({ tag }) => RETRYABLE.includes(tag)),
    deviceStateKnown: !fatal.some(({ tag }) => PARTIAL.includes(tag)),
    details: { operation, errors },
  });
}

function remedyFor(error: RpcError | undefined): string {
  switch (error?.tag) {
    case "lock-denied":
    case "in-use":
      return `Session ${error.info?.["session-id"] ?? "unknown"} of the device holds it: wait for it, or end it.`;
    case "access-denied":
      return "Give the user the right to do this on the device.";
    case "operation-not-supported":
    case "unknown-element":
    case "unknown-namespace":
      return "Compare with what `srwan netconf capabilities` shows: the device does not know this.";
    case "partial-operation":
    case "rollback-failed":
      return "Read the running configuration: the device may hold a part of the change.";
    default:
      return "Correct what the device names; details.errors has every error it gave.";
  }
}
