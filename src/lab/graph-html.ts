// A lab as one page that needs nothing else: a map in SVG, laid out by geography where every node has a place, and a
// table of every direction. Light and dark follow the reader's choice.

import { formatRate, formatSharePpm, formatUs } from "../base/units.ts";
import { linkText, titleOf } from "./graph.ts";
import { directions, endText, type Lab, type LabLink, type LabNode } from "./model.ts";

type Point = { readonly x: number; readonly y: number };

const WIDTH = 1200;
const HEIGHT = 620;
const MARGIN = 70;
const APART = 90;
/** An ocean wider than this many degrees is drawn as if it had this many. */
const WIDEST_GAP_DEGREES = 22;
/** Figures are written on the links of small labs; in large ones they are in the table. */
const LABELLED_LINKS_MAX = 12;

export function html(lab: Lab): string {
  const places = layout(lab);
  const transits = [...new Set(lab.links.map((link) => link.transit ?? "(no transit)"))];
  const colour = (link: LabLink): string => `t${transits.indexOf(link.transit ?? "(no transit)") % COLOURS.length}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(lab.name)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(lab.name)}</h1>
<p>${lab.nodes.length} nodes, ${lab.links.length} links${transits.map((t, i) => ` <span class="key t${i % COLOURS.length}">${escapeHtml(t)}</span>`).join("")}</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Map of lab ${escapeHtml(lab.name)}">
${parallel(lab.links)
  .map(([link, bend]) => linkSvg(link, bend, places, colour(link), lab.links.length))
  .join("\n")}
${lab.nodes.map((node) => nodeSvg(node, places)).join("\n")}
</svg>
<table>
<thead><tr><th>from</th><th>to</th><th>transit</th><th>delay</th><th>jitter</th><th>loss</th><th>rate</th></tr></thead>
<tbody>
${rows(lab)}
</tbody>
</table>
</body>
</html>
`;
}

export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function linkSvg(
  link: LabLink,
  bend: number,
  places: ReadonlyMap<string, Point>,
  colour: string,
  count: number,
): string {
  const [a, b] = [placeOf(places, link.a.node), placeOf(places, link.b.node)];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const middle = {
    x: (a.x + b.x) / 2 + (bend * (a.y - b.y)) / length,
    y: (a.y + b.y) / 2 + (bend * (b.x - a.x)) / length,
  };
  const label = linkText(link);
  const title = escapeHtml(`${endText(link.a)} – ${endText(link.b)} ${label}`);
  // A quadratic curve passes half as far from the chord as its control point.
  const control = { x: 2 * middle.x - (a.x + b.x) / 2, y: 2 * middle.y - (a.y + b.y) / 2 };
  const path = `<path d="M${at(a)} Q${at(control)} ${at(b)}"/>`;
  const text =
    count > LABELLED_LINKS_MAX
      ? ""
      : `<text x="${round(middle.x)}" y="${round(middle.y)}">${escapeHtml(label.split(",")[0] ?? "")}</text>`;
  return `<g class="link ${colour}"><title>${title}</title>${path}${text}</g>`;
}

function nodeSvg(node: LabNode, places: ReadonlyMap<string, Point>): string {
  const { x, y } = placeOf(places, node.name);
  const [name = "", ...rest] = titleOf(node).map(escapeHtml);
  const below = rest.length ? `<text class="more" x="${round(x)}" y="${round(y + 36)}">${rest.join(", ")}</text>` : "";
  return `<g class="node"><circle cx="${round(x)}" cy="${round(y)}" r="20"/><text x="${round(x)}" y="${round(y + 5)}">${name}</text>${below}</g>`;
}

function rows(lab: Lab): string {
  const cell = (text: string, tag = "td"): string => `<${tag}>${escapeHtml(text)}</${tag}>`;
  return directions(lab)
    .map(({ link, from, to, does }) => {
      const { delayUs, jitterUs, lossPpm, rateBps } = does;
      const rate = rateBps === undefined ? "" : formatRate(rateBps);
      const cells = [endText(from), endText(to), link.transit ?? "", formatUs(delayUs), formatUs(jitterUs)];
      return `<tr>${[...cells, formatSharePpm(lossPpm), rate].map((text) => cell(text)).join("")}</tr>`;
    })
    .join("\n");
}

/** Each link with how far it bends, so that several between two nodes lie side by side. */
function parallel(links: readonly LabLink[]): [LabLink, number][] {
  const pair = ({ a, b }: LabLink): string => [a.node, b.node].sort().join("\n");
  const total = Map.groupBy(links, pair);
  return links.map((link) => {
    const beside = total.get(pair(link)) ?? [link];
    const side = link.a.node < link.b.node ? 1 : -1;
    return [link, (beside.indexOf(link) - (beside.length - 1) / 2) * 30 * side];
  });
}

export function layout({ nodes, links }: Pick<Lab, "nodes" | "links">): Map<string, Point> {
  const places = nodes.flatMap((node) => placeNear(node, nodes, links) ?? []);
  const points = places.length === nodes.length ? byGeography(places) : onCircle(nodes.length);
  return new Map(nodes.map((node, i) => [node.name, points[i] ?? CENTRE]));
}

type Place = NonNullable<NonNullable<LabNode["pop"]>["place"]>;

/** A customer hangs a little below the one POP it is linked to. */
function placeNear({ name, pop }: LabNode, nodes: readonly LabNode[], links: Lab["links"]): Place | undefined {
  if (pop) return pop.place;
  const own = links.filter(({ a, b }) => a.node === name || b.node === name);
  const others = new Set(own.map(({ a, b }) => (a.node === name ? b.node : a.node)));
  const place = others.size === 1 ? nodes.find((node) => others.has(node.name))?.pop?.place : undefined;
  return place && { latitude: place.latitude - HANGS_DEGREES, longitude: place.longitude };
}

const HANGS_DEGREES = 3;

const CENTRE: Point = { x: WIDTH / 2, y: HEIGHT / 2 };
const placeOf = (places: ReadonlyMap<string, Point>, node: string): Point => places.get(node) ?? CENTRE;

function onCircle(count: number): Point[] {
  const radius = HEIGHT / 2 - MARGIN;
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    return { x: CENTRE.x + radius * Math.cos(angle), y: CENTRE.y + radius * Math.sin(angle) };
  });
}

function byGeography(places: readonly { readonly latitude: number; readonly longitude: number }[]): Point[] {
  const xs = squeezed(places.map(({ longitude }) => longitude));
  const ys = places.map(({ latitude }) => -latitude);
  const stretched = (values: readonly number[], size: number): number[] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = high === low ? 0 : (size - 2 * MARGIN) / (high - low);
    return values.map((value) => (scale === 0 ? size / 2 : MARGIN + (value - low) * scale));
  };
  const [x, y] = [stretched(xs, WIDTH), stretched(ys, HEIGHT)];
  return spread(places.map((_, i) => ({ x: x[i] ?? 0, y: y[i] ?? 0 })));
}

function squeezed(longitudes: readonly number[]): number[] {
  const sorted = longitudes.toSorted((a, b) => a - b);
  return longitudes.map((longitude) =>
    sorted.reduce((sum, here, i) => {
      if (i === 0 || here > longitude) return sum;
      return sum + Math.min(here - (sorted[i - 1] ?? here), WIDEST_GAP_DEGREES);
    }, 0),
  );
}

/** Neighbours that would cover each other are moved apart, a little at a time. */
function spread(points: readonly Point[]): Point[] {
  const moved = points.map((point) => ({ ...point }));
  for (let round = 0; round < 200; round++) {
    for (const [i, a] of moved.entries()) {
      for (const b of moved.slice(i + 1)) {
        const distance = Math.hypot(b.x - a.x, b.y - a.y);
        if (distance >= APART) continue;
        const push = (APART - distance) / 4;
        const [dx, dy] = distance === 0 ? [1, 0] : [(b.x - a.x) / distance, (b.y - a.y) / distance];
        a.x = inside(a.x - dx * push, WIDTH);
        a.y = inside(a.y - dy * push, HEIGHT);
        b.x = inside(b.x + dx * push, WIDTH);
        b.y = inside(b.y + dy * push, HEIGHT);
      }
    }
  }
  return moved;
}

const inside = (value: number, size: number): number => Math.min(size - MARGIN, Math.max(MARGIN, value));
const round = (value: number): string => value.toFixed(1);
const at = (point: Point): string => `${round(point.x)} ${round(point.y)}`;

const COLOURS = ["#0b6bcb", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c"];
const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #ffffff; --node: #eef2f7; --rule: #d5dbe3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf2; --soft: #9aa6b5; --paper: #14181f; --node: #222a35; --rule: #353f4d; }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1240px; padding: 0 1rem; color: var(--ink); background: var(--paper); }
svg { width: 100%; height: auto; border: 1px solid var(--rule); border-radius: 8px; }
.link path { fill: none; stroke-width: 2; opacity: .75; }
.link:hover path { stroke-width: 5; opacity: 1; }
.link text, .more { font-size: 12px; fill: var(--soft); }
.link text, .node text { text-anchor: middle; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.node circle { fill: var(--node); stroke: var(--ink); stroke-width: 1.5; }
.node text { fill: var(--ink); }
.node text:not(.more) { font-weight: 600; font-size: 13px; stroke: none; }
.key { margin-left: 1rem; padding-left: 1.6rem; background: linear-gradient(currentColor, currentColor) left center / 1.2rem 3px no-repeat; }
${COLOURS.map((colour, i) => `.t${i} path { stroke: ${colour}; } .key.t${i} { color: ${colour}; }`).join("\n")}
table { border-collapse: collapse; margin-top: 1.5rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--rule); }
@media (prefers-color-scheme: dark) { .link path, .key { filter: brightness(1.6); } }
`;
