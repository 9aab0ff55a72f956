// Drawings show every node and link, whatever their names hold, and the page needs nothing but itself.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dot, linkText, mermaid } from "./graph.ts";
import { escapeHtml, html, layout } from "./graph-html.ts";
import { endText, type Lab } from "./model.ts";
import { readLab } from "./topology.ts";

const labOf = (name: string): Lab => {
  const file = `labs/containerlab/${name}/${name}.clab.yml`;
  return readLab(readFileSync(file, "utf8"), file);
};

const odd = readLab(
  `name: odd
topology:
  nodes:
    a: {kind: linux, labels: {srwan.pop: a, srwan.city: 'S "x" <b> & #1 \\ z'}}
    r1: {kind: cisco_xrd}
    alone: {kind: linux}
  links:
    - endpoints: ["a:eth1", "r1:Gi0-0-0-0"]
      vars: {srwan.delay: 2ms, srwan.loss: 0.1%/0%, srwan.rate: 100mbit, srwan.jitter: 1ms}
    - endpoints: ["a:eth2", "r1:Gi0-0-0-1"]
`,
  "odd.clab.yml",
);

describe("Mermaid", () => {
  it("draws nodes by city and kind, links by what they do", () => {
    expect(mermaid(labOf("triangle"))).toBe(`flowchart LR
  n0["ams<br/>Amsterdam"]
  n1["fra<br/>Frankfurt"]
  n2["par<br/>Paris"]
  n0 ---|"birch 35/41 ms"| n1
  n0 ---|"alder 6/7 ms"| n2
  n2 ---|"alder 5 ms"| n1
`);
  });

  it("keeps odd names from breaking it", () => {
    expect(mermaid(odd).split("\n").slice(1, 6)).toEqual([
      '  n0["a<br/>S #quot;x#quot; #lt;b> & #35;1 \\ z"]',
      '  n1["r1<br/>cisco_xrd"]',
      '  n2["alone"]',
      '  n0 ---|"2 ms, jitter 1 ms, loss 0.1%/-, 100 Mbit/s"| n1',
      "  n0 --- n1",
    ]);
  });
});

describe("DOT", () => {
  it("gives places, and interfaces at their ends", () => {
    expect(dot(labOf("triangle"))).toBe(`graph "triangle" {
  // neato keeps the places, dot makes its own.
  node [shape=box, style=rounded];
  "ams" [label="ams\\nAmsterdam", pos="0.98,13.09!"];
  "fra" [label="fra\\nFrankfurt", pos="1.74,12.53!"];
  "par" [label="par\\nParis", pos="0.47,12.21!"];
  "ams" -- "fra" [label="birch 35/41 ms", taillabel="eth1", headlabel="eth1"];
  "ams" -- "par" [label="alder 6/7 ms", taillabel="eth2", headlabel="eth1"];
  "par" -- "fra" [label="alder 5 ms", taillabel="eth2", headlabel="eth2"];
}
`);
  });

  it("keeps odd names from breaking it", () => {
    expect(dot(odd)).toContain('"a" [label="a\\nS \\"x\\" <b> & #1 \\\\ z"];');
  });
});

describe("the page", () => {
  it.each([["triangle"], ["transatlantic"], ["two-as"], ["odd"]])(
    "of %s is well-formed and holds all there is",
    (name) => {
      const lab = name === "odd" ? odd : labOf(name);
      const page = html(lab);
      expect(unclosed(page)).toEqual([]);
      const drawn = [...page.matchAll(/<g class="node"><circle[^>]*\/><text[^>]*>([^<]*)</g)].map((match) => match[1]);
      expect(drawn).toEqual(lab.nodes.map((node) => node.name));
      const titles = [...page.matchAll(/<g class="link t\d"><title>([^<]*)</g)].map((match) => match[1]);
      expect(titles).toEqual(
        lab.links.map((link) => escapeHtml(`${endText(link.a)} – ${endText(link.b)} ${linkText(link)}`)),
      );
      expect(page.match(/<tr><td>/g)).toHaveLength(lab.links.length * 2);
    },
  );

  it("fetches nothing", () => {
    expect(html(labOf("transatlantic"))).not.toMatch(/https?:|<script|<link|url\(|@import|src=/);
  });

  it("puts west left of east and north above south, and no node on another", () => {
    const places = layout(labOf("transatlantic"));
    const at = (node: string) => places.get(node) ?? { x: Number.NaN, y: Number.NaN };
    expect(at("sea").x).toBeLessThan(at("chi").x);
    expect(at("ewr").x).toBeLessThan(at("lon").x);
    expect(at("lon").x).toBeLessThan(at("fra").x);
    expect(at("sea").y).toBeLessThan(at("lax").y);
    const points = [...places.values()];
    const distances = points.flatMap((a, i) => points.slice(i + 1).map((b) => Math.hypot(a.x - b.x, a.y - b.y)));
    expect(Math.min(...distances)).toBeGreaterThan(60);
  });

  it("falls back to a circle where a node has no place", () => {
    const points = [...layout(odd).values()];
    const fromCentre = points.map(({ x, y }) => Math.round(Math.hypot(x - 600, y - 310)));
    expect(new Set(fromCentre).size).toBe(1);
    expect(new Set(points.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
  });
});

/** Tags that are opened and not closed, or closed and not opened; void elements close themselves. */
function unclosed(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const text = page.replace(/<style>[\s\S]*?<\/style>/, "").replace(/<!doctype html>/, "");
  for (const [, close, name = "", attributes = ""] of text.matchAll(/<(\/?)([a-z]+)((?:[^<>"]|"[^"<]*")*)>/g)) {
    if (close) {
      if (open.pop() !== name) wrong.push(name);
    } else if (!attributes.endsWith("/") && name !== "meta") open.push(name);
  }
  const leftOver = text.replace(/<\/?[a-z]+(?:[^<>"]|"[^"<]*")*>/g, "");
  return [...wrong, ...open, ...(/[<>]|&(?!(amp|lt|gt|quot);)/.exec(leftOver) ?? [])];
}
