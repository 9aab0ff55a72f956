// A lab drawn as text for other tools: Mermaid for pages that render it, DOT for Graphviz. graph-html.ts draws it itself.

import { formatRate, formatSharePpm } from "../base/units.ts";
import type { Impairment, Lab, LabLink, LabNode } from "./model.ts";

export function mermaid(lab: Lab): string {
  const id = new Map(lab.nodes.map((node, i) => [node.name, `n${i}`]));
  const lines = [
    "flowchart LR",
    ...lab.nodes.map((node) => `  ${id.get(node.name)}["${titleOf(node).map(mermaidText).join("<br/>")}"]`),
    ...lab.links.map((link) => {
      const says = mermaidText(linkText(link));
      const between = says === "" ? "---" : `---|"${says}"|`;
      return `  ${id.get(link.a.node)} ${between} ${id.get(link.b.node)}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

/** Mermaid has no escape but entities. */
const mermaidText = (text: string): string =>
  text.replaceAll("#", "#35;").replaceAll('"', "#quot;").replaceAll("<", "#lt;");

export function dot(lab: Lab): string {
  const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  // Lines are joined by DOT's own \n, after what is in them was quoted.
  const title = (node: LabNode): string => quoted(titleOf(node).join("\u0000")).replaceAll("\u0000", "\\n");
  const place = ({ pop }: LabNode): string =>
    pop?.place
      ? `, pos=${quoted(`${(pop.place.longitude / 5).toFixed(2)},${(pop.place.latitude / 4).toFixed(2)}!`)}`
      : "";
  const lines = [
    `graph ${quoted(lab.name)} {`,
    "  // neato keeps the places, dot makes its own.",
    "  node [shape=box, style=rounded];",
    ...lab.nodes.map((node) => `  ${quoted(node.name)} [label=${title(node)}${place(node)}];`),
    ...lab.links.map((link) => {
      const ends = `taillabel=${quoted(link.a.interface)}, headlabel=${quoted(link.b.interface)}`;
      return `  ${quoted(link.a.node)} -- ${quoted(link.b.node)} [label=${quoted(linkText(link))}, ${ends}];`;
    }),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** A node's name, and what else a reader wants to see of it. */
export const titleOf = ({ name, kind, pop }: LabNode): string[] => [
  name,
  ...(pop?.city === undefined ? [] : [pop.city]),
  ...(kind === "linux" ? [] : [kind]),
];

/** "alder 8.8/9.2 ms, loss 0.1 %": one figure where both directions are alike. */
export function linkText({ transit, aToB, bToA }: LabLink): string {
  const both = (text: (does: Impairment) => string | undefined, label: string): string[] => {
    const [there, back] = [text(aToB), text(bToA)];
    if (there === undefined && back === undefined) return [];
    return [`${label}${there === back ? there : `${there ?? "-"}/${back ?? "-"}`}`];
  };
  const ms = (us: number): string | undefined => (us === 0 ? undefined : String(us / 1_000));
  const delay = both(({ delayUs }) => ms(delayUs), "").map((text) => `${text} ms`);
  return [
    [...(transit === undefined ? [] : [transit]), ...delay].join(" "),
    ...both(({ jitterUs }) => ms(jitterUs), "jitter ").map((text) => `${text} ms`),
    ...both(({ lossPpm }) => (lossPpm === 0 ? undefined : formatSharePpm(lossPpm)), "loss "),
    ...both(({ rateBps }) => (rateBps === undefined ? undefined : formatRate(rateBps)), ""),
  ]
    .filter((part) => part !== "")
    .join(", ");
}
