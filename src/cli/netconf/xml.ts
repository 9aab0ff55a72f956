// XML of a command line: filters and edits read, replies shown.

import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { DefaultsMode } from "../../netconf/capabilities.ts";
import { type Filter, subtree, xpath } from "../../netconf/filter.ts";
import type { Reading } from "../../netconf/operations.ts";
import type { RpcError } from "../../netconf/reply.ts";
import { elementsOf, find, type XmlElement } from "../../netconf/xml/element.ts";
import { parseXmlList } from "../../netconf/xml/read.ts";
import { writeXml } from "../../netconf/xml/write.ts";
import { textOf } from "../flags.ts";
import type { Input, View } from "../verb.ts";

type Flags = Input["flags"];

/** XML itself, or the file that holds it. */
export function readXml(given: string): readonly XmlElement[] {
  const source = given.trimStart().startsWith("<")
    ? given
    : readFile(given, LIMITS.netconfReplyMaxOctets).toString("utf8");
  return parseXmlList(source);
}

/** --filter, or --xpath with --prefix; neither asks for all. */
export function readingOf(flags: Flags): Reading {
  const [tree, select] = [textOf(flags.filter), textOf(flags.xpath)];
  if (tree !== undefined && select !== undefined) {
    throw new SrwanError("USAGE", "--filter stands beside --xpath", { remedy: "Give one of them." });
  }
  const filter: Filter | undefined =
    tree === undefined ? (select === undefined ? undefined : xpath(select, prefixesOf(flags))) : subtree(readXml(tree));
  const mode = textOf(flags.withDefaults) as DefaultsMode | undefined;
  return { ...(filter && { filter }), ...(mode && { withDefaults: mode }) };
}

function prefixesOf(flags: Flags): Record<string, string> {
  const entries = (textOf(flags.prefix)?.split(",") ?? []).map((entry) => {
    const at = entry.indexOf("=");
    if (at > 0) return [entry.slice(0, at), entry.slice(at + 1)] as const;
    throw new SrwanError("USAGE", `--prefix: "${entry}" is no PREFIX=NAMESPACE`, {
      remedy: "Write sr=http://…, separated by commas.",
    });
  });
  return Object.fromEntries(entries);
}

/** What a reply holds: its data as XML, a line for people where there is none. */
export function replyView(device: string, root: XmlElement, warnings: readonly RpcError[]): View {
  const held = elementsOf(find(root, "data") ?? root).filter(({ name }) => name !== "rpc-error");
  const xml = held.map((one) => writeXml(one, { pretty: true })).join("\n");
  const isOk = held.length === 1 && held[0]?.name === "ok";
  const lines = warnings.map(({ message, tag }) => `warning: ${message ?? tag}`);
  return {
    data: { device, ok: isOk, xml: isOk ? null : xml, warnings },
    text: () => [...lines, isOk ? "ok" : xml || textOrNothing(root)].join("\n"),
  };
}

/** A schema comes as text, not as elements. */
const textOrNothing = (root: XmlElement): string =>
  (find(root, "data")?.children ?? []).filter((child) => typeof child === "string").join("") || "nothing there";
