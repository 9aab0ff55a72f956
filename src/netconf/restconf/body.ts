// Bodies of RESTCONF: JSON whose numbers stay what they are, XML, errors in both, and YANG Patch.

import { SrwanError } from "../../base/errors.ts";
import { NS } from "../names.ts";
import { type RpcError, readRpcError } from "../reply.ts";
import { elementsOf, inNamespace, textAt, type XmlElement } from "../xml/element.ts";
import { parseXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";

export type Encoding = "json" | "xml";
/** As JSON (RFC 7951), or as an element. */
export type Content = { readonly json: unknown } | { readonly xml: XmlElement };

export const mediaType = (encoding: Encoding, kind: "data" | "patch" = "data"): string =>
  `application/yang-${kind}+${encoding}`;

export const encodingOf = (content: Content): Encoding => ("xml" in content ? "xml" : "json");

export const bodyText = (content: Content): string =>
  "xml" in content
    ? writeXml(content.xml)
    : JSON.stringify(content.json, (_key, value) => (typeof value === "bigint" ? value.toString() : value));

type Source = { readonly source?: string };

/** Whole numbers past 2⁵³ come as bigint; RFC 7951 has 64-bit numbers as text, and text they stay. */
export function parseJson(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: Source): unknown => {
    const source = context?.source;
    const isUnsafe =
      typeof value === "number" && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value);
    return isUnsafe ? BigInt(source) : value;
  };
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    throw malformed(`JSON that cannot be read: ${(error as Error).message}`);
  }
}

/** By the Content-Type that came with it; undefined where there is nothing. */
export function readContent(text: string, contentType: string): Content | undefined {
  if (text === "") return undefined;
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/[+/]json$/.test(type)) return { json: parseJson(text) };
  if (/[+/]xml$/.test(type)) return { xml: parseXml(text) };
  throw malformed(`a body of type "${type.slice(0, 60)}"`);
}

/** The errors of an answer (RFC 8040 section 7.1), in whatever form it has; none where it says nothing of that kind. */
export function readErrors(content: Content | undefined): RpcError[] {
  if (content === undefined) return [];
  if ("xml" in content) {
    const list =
      content.xml.name === "errors" ? content.xml : elementsOf(content.xml).find(({ name }) => name === "errors");
    return list ? elementsOf(list).map(readRpcError) : [];
  }
  const errors = field(field(content.json, "errors"), "error");
  return Array.isArray(errors) ? errors.map(jsonError) : [];
}

function jsonError(raw: unknown): RpcError {
  const text = (name: string): string | undefined => {
    const value = field(raw, name);
    return value === undefined ? undefined : String(value);
  };
  const [appTag, path, message] = [text("error-app-tag"), text("error-path"), text("error-message")];
  const info = field(raw, "error-info");
  return {
    type: text("error-type") ?? "application",
    tag: text("error-tag") ?? "operation-failed",
    severity: "error",
    ...(appTag !== undefined && { appTag }),
    ...(path !== undefined && { path }),
    ...(message !== undefined && { message }),
    ...(info !== undefined && { info: { "error-info": JSON.stringify(info) } }),
  };
}

/** With or without the module's name before it. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const entry = Object.entries(value).find(([key]) => key === name || key.endsWith(`:${name}`));
  return entry?.[1];
}

export type PatchEdit = {
  readonly id: string;
  readonly operation: "create" | "delete" | "insert" | "merge" | "move" | "replace" | "remove";
  /** Relative to the patched resource, as `pathText` writes it. */
  readonly target: string;
  readonly point?: string;
  readonly where?: "before" | "after" | "first" | "last";
  readonly value?: Content;
};

/** RFC 8072 section 2.5, in the encoding of its values. */
export function yangPatch(patchId: string, edits: readonly PatchEdit[], encoding: Encoding): Content {
  if (encoding === "json") {
    const edit = edits.map(({ id, value, ...others }) => ({
      "edit-id": id,
      ...others,
      ...(value && "json" in value && { value: value.json }),
    }));
    return { json: { "ietf-yang-patch:yang-patch": { "patch-id": patchId, edit } } };
  }
  const yp = inNamespace(NS.yangPatch);
  const optional = (name: string, text: string | undefined) => (text === undefined ? undefined : yp(name, text));
  const each = edits.map(({ id, operation, target, point, where, value }) =>
    yp(
      "edit",
      yp("edit-id", id),
      yp("operation", operation),
      yp("target", target),
      optional("point", point),
      optional("where", where),
      value && "xml" in value ? yp("value", value.xml) : undefined,
    ),
  );
  return { xml: yp("yang-patch", yp("patch-id", patchId), ...each) };
}

export type PatchStatus = {
  readonly ok: boolean;
  /** Those of the patch as a whole, and those of its edits by their ids. */
  readonly errors: readonly RpcError[];
  readonly edits: readonly { readonly id: string; readonly ok: boolean; readonly errors: readonly RpcError[] }[];
};

/** RFC 8072 section 2.6. */
export function readPatchStatus(content: Content): PatchStatus {
  if ("xml" in content) {
    const list = elementsOf(content.xml).find(({ name }) => name === "edit-status");
    const edits = (list ? elementsOf(list) : []).map((one) => {
      const errors = readErrors({ xml: one });
      return { id: textAt(one, "edit-id") ?? "", ok: errors.length === 0, errors };
    });
    return statusOf(readErrors(content), edits);
  }
  const status = field(content.json, "yang-patch-status");
  const raw = field(field(status, "edit-status"), "edit");
  const edits = (Array.isArray(raw) ? raw : []).map((one) => {
    const errors = readErrors({ json: one });
    return { id: String(field(one, "edit-id") ?? ""), ok: errors.length === 0, errors };
  });
  return statusOf(readErrors({ json: status }), edits);
}

const statusOf = (errors: PatchStatus["errors"], edits: PatchStatus["edits"]): PatchStatus => ({
  ok: errors.length === 0 && edits.every(({ ok }) => ok),
  errors,
  edits,
});

const malformed = (what: string): SrwanError =>
  new SrwanError("RESTCONF_MALFORMED", `the device answered with ${what}`, {
    remedy: "Check that the URL is that of RESTCONF; report it to the device's maker if it is.",
  });
