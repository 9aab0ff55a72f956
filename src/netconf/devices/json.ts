// The same as JSON (RFC 7951), and as the requests of RESTCONF (RFC 8040) that set and remove it: a PUT replaces a part as
// our edits do, a DELETE takes it away.

import { elementsOf, textAt, textOf, type XmlElement } from "../xml/element.ts";
import type { Family, Owned } from "./family.ts";

type Rules = Pick<Family, "lists" | "json">;
export type Json = string | number | null | readonly Json[] | { readonly [name: string]: Json };

/** Elements beside each other, in a parent of this namespace and name. */
export function jsonOf(
  elements: readonly XmlElement[],
  rules: Rules,
  outerNs = "",
  parent = "",
): { [name: string]: Json } {
  const out: { [name: string]: Json } = {};
  for (const [name, group] of Map.groupBy(elements, (one) => memberName(one, outerNs, rules))) {
    const place = `${parent}/${group[0]?.name ?? ""}`;
    const values = group.map((one) => memberValue(one, place, rules));
    const isMany = rules.lists[place] !== undefined || rules.json.leafLists.includes(place);
    out[name] = isMany ? values : (values[0] ?? null);
  }
  return out;
}

/** The module stands before a name where it is another than around it. */
const memberName = ({ name, ns }: XmlElement, outerNs: string, { json }: Rules): string =>
  ns === outerNs ? name : `${json.modules[ns] ?? ns}:${name}`;

function memberValue(element: XmlElement, place: string, rules: Rules): Json {
  const children = elementsOf(element);
  if (children.length > 0) return jsonOf(children, rules, element.ns, element.name);
  const text = textOf(element).trim();
  if (text === "") return rules.json.presence.includes(place) ? {} : [null];
  const { numbers } = rules.json;
  return (numbers.includes(element.name) || numbers.includes(place)) && /^\d+$/.test(text) ? Number(text) : text;
}

export type Request =
  | { readonly method: "PUT"; readonly path: string; readonly body: Json }
  | { readonly method: "DELETE"; readonly path: string };

export const settingRequests = (parts: readonly Owned[], rules: Rules): Request[] =>
  parts.map((part) => ({
    method: "PUT",
    path: pathOf(part, rules),
    body: jsonOf([part.element], rules, "", part.inside.at(-1)?.name ?? ""),
  }));

export const removalRequests = (parts: readonly Owned[], rules: Rules): Request[] =>
  parts.toReversed().map((part) => ({ method: "DELETE", path: pathOf(part, rules) }));

/** RFC 8040 section 3.5.3: the keys of an entry after "=", each encoded whole. */
function pathOf({ inside, element }: Owned, rules: Rules): string {
  let [ns, parent] = ["", ""];
  const steps = [...inside, element].map((step) => {
    const keys = (rules.lists[`${parent}/${step.name}`]?.keys ?? []).flatMap((key) => textAt(step, key) ?? []);
    const name = memberName(step, ns, rules);
    [ns, parent] = [step.ns, step.name];
    return keys.length === 0 ? name : `${name}=${keys.map(encodeURIComponent).join(",")}`;
  });
  return `/${steps.join("/")}`;
}
