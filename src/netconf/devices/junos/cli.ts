// The same as set and delete lines: Junos' command line is the tree itself, read from the root.

import type { DeviceIntent } from "../../../wire/intent.ts";
import { elementsOf, textAt, textOf, type XmlElement } from "../../xml/element.ts";
import type { Owned } from "../family.ts";
import { configOf } from "../tree.ts";
import { LISTS, objects } from "./objects.ts";

/** Named in the model, not at the prompt. */
const SILENT: readonly string[] = ["interfaces/interface", "spring-te-lsp-next-hop/nexthop", "transmit-rate/rate"];

export const cli = (intent: DeviceIntent): readonly string[] =>
  configOf(objects(intent)).flatMap((configuration) => under(configuration, ["set"]));

export const cliRemoval = (intent: DeviceIntent): readonly string[] => objects(intent).toReversed().map(deletion);

function under(element: XmlElement, words: readonly string[]): string[] {
  const children = elementsOf(element).filter((child) => !isKey(child, element, words));
  if (children.length === 0) {
    const value = elementsOf(element).length === 0 ? textOf(element).trim() : "";
    return [[...words, ...(value === "" ? [] : [value])].join(" ")];
  }
  return children.flatMap((child) => under(child, [...words, ...wordsOf(child, element.name)]));
}

/** The name of an element and, of an entry in a list, what names it. */
function wordsOf(element: XmlElement, parent: string): string[] {
  const place = `${parent}/${element.name}`;
  const keys = LISTS[place]?.keys ?? [];
  return [...(SILENT.includes(place) ? [] : [element.name]), ...keys.map((key) => textAt(element, key) ?? "")];
}

const isKey = (child: XmlElement, element: XmlElement, words: readonly string[]): boolean =>
  child.name === "name" && elementsOf(element).length > 0 && words.includes(textOf(child).trim());

function deletion({ inside, element }: Owned): string {
  const words = ["delete"];
  for (const [i, step] of inside.entries()) {
    if (i > 0) words.push(...wordsOf(step, inside[i - 1]?.name ?? ""));
  }
  return [...words, ...wordsOf(element, inside.at(-1)?.name ?? "")].join(" ");
}
