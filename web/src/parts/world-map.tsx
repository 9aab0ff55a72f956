// POPs where they stand, and between them one arc for each direction, bent to the right of its way.

import { type GeoProjection, geoEqualEarth, geoPath } from "d3-geo";
import { useMemo } from "preact/hooks";
import { feature } from "topojson-client";
import type { Topology } from "topojson-specification";
import land from "world-atlas/land-110m.json";
import { linkTo } from "../base/route.ts";
import type { PopView } from "../base/types.ts";

export type Arc = {
  readonly segment: string;
  readonly from: string;
  readonly to: string;
  readonly kind: "plain" | "used" | "warn" | "bad" | "dim";
  readonly title: string;
};

export type Dot = {
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  readonly kind: "near" | "far" | "site";
};

const [WIDTH, HEIGHT] = [960, 460];
const topology = land as unknown as Topology;
const shape = feature(topology, topology.objects.land as Topology["objects"][string]);
const ORDER = ["dim", "plain", "used", "warn", "bad"] as const;

export function WorldMap({
  pops,
  arcs,
  dots = [],
  chosen,
  label,
}: {
  readonly pops: readonly PopView[];
  readonly arcs: readonly Arc[];
  readonly dots?: readonly Dot[];
  readonly chosen?: string | undefined;
  readonly label: string;
}) {
  const placed = useMemo(() => placesOf(pops), [pops]);
  const projection = useMemo(
    () => projectionOf([...placed.values(), ...dots.map(({ lon, lat }) => [lon, lat] as const)]),
    [placed, dots],
  );
  const outline = useMemo(() => geoPath(projection)(shape) ?? "", [projection]);
  const spots = useMemo(
    () =>
      new Map(
        [...placed].map(([pop, place]) => [
          pop,
          (projection([place[0], place[1]]) ?? [0, 0]) as readonly [number, number],
        ]),
      ),
    [placed, projection],
  );
  const labels = useMemo(() => labelsOf(spots), [spots]);
  const drawn = [...arcs].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing with links in it is no fieldset.
    <svg class="map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={label}>
      <defs>
        {ORDER.map((kind) => (
          <marker
            key={kind}
            id={`head-${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="5"
            markerHeight="5"
            orient="auto"
          >
            <path d="M0 0.8 L8 4 L0 7.2 Z" class={`head-${kind}`} />
          </marker>
        ))}
      </defs>
      <path d={outline} class="land" />
      {drawn.map((arc) => {
        const [a, b] = [spots.get(arc.from), spots.get(arc.to)];
        if (a === undefined || b === undefined) return null;
        return (
          <path key={arc.segment} d={bow(a, b)} class={`arc arc-${arc.kind}`} marker-end={`url(#head-${arc.kind})`}>
            <title>{arc.title}</title>
          </path>
        );
      })}
      {dots.map(({ name, lon, lat, kind }) => {
        const [x = 0, y = 0] = projection([lon, lat]) ?? [];
        return kind === "site" ? (
          <g key={name} class="dot-site">
            <rect x={x - 5} y={y - 5} width="10" height="10" transform={`rotate(45 ${x} ${y})`}>
              <title>{name}: a site to add</title>
            </rect>
            <text x={x + 9} y={y + 4}>
              {name}
            </text>
          </g>
        ) : (
          <circle key={name} cx={x} cy={y} r="3.5" class={`dot-${kind}`}>
            <title>{`${name}: ${kind === "near" ? "near" : "not near"}`}</title>
          </circle>
        );
      })}
      {pops.map((pop) => {
        const [x = 0, y = 0] = spots.get(pop.name) ?? [];
        const state = pop.quarantine === undefined ? (pop.isThere ? "there" : "away") : "apart";
        return (
          <a
            key={pop.name}
            href={linkTo("pops", pop.name)}
            class={`spot spot-${state} ${chosen === pop.name ? "chosen" : ""}`}
            aria-label={`POP ${pop.name}, ${state}`}
          >
            <circle cx={x} cy={y} r="12" class="spot-room" />
            <circle cx={x} cy={y} r="5" />
            <text x={x + (labels.get(pop.name)?.dx ?? 0)} y={y + (labels.get(pop.name)?.dy ?? 0)}>
              {pop.name}
            </text>
          </a>
        );
      })}
    </svg>
  );
}

/** Longitude and latitude; POPs that say none stand in a circle on the sea. */
function placesOf(pops: readonly PopView[]): ReadonlyMap<string, readonly [number, number]> {
  const lost = pops.filter(({ record }) => record.latitude === undefined || record.longitude === undefined);
  return new Map(
    pops.map((pop) => {
      const { latitude, longitude } = pop.record;
      if (latitude !== undefined && longitude !== undefined) return [pop.name, [longitude, latitude] as const];
      const turn = (lost.indexOf(pop) / Math.max(1, lost.length)) * 2 * Math.PI;
      return [pop.name, [-35 + 22 * Math.cos(turn), 20 + 22 * Math.sin(turn)] as const];
    }),
  );
}

/** Fits what is shown, with room around it. */
function projectionOf(places: readonly (readonly [number, number])[]): GeoProjection {
  const points = places.map(([lon, lat]) => [lon, lat] as [number, number]);
  const room = { left: 56, right: 56, top: 44, bottom: 34 };
  const projection = geoEqualEarth();
  if (points.length < 2) return projection.fitSize([WIDTH, HEIGHT], { type: "Sphere" });
  return projection.fitExtent(
    [
      [room.left, room.top],
      [WIDTH - room.right, HEIGHT - room.bottom],
    ],
    { type: "MultiPoint", coordinates: points },
  );
}

function bow([x1, y1]: readonly number[], [x2, y2]: readonly number[]): string {
  const [ax, ay, bx, by] = [x1 ?? 0, y1 ?? 0, x2 ?? 0, y2 ?? 0];
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const bend = Math.min(46, 6 + length * 0.1);
  const [nx, ny] = [-(by - ay) / length, (bx - ax) / length];
  const [cx, cy] = [(ax + bx) / 2 + nx * bend, (ay + by) / 2 + ny * bend];
  // It ends short of the POP, so that its head can be seen.
  const toward = Math.hypot(bx - cx, by - cy) || 1;
  const [ex, ey] = [bx - ((bx - cx) / toward) * 7, by - ((by - cy) / toward) * 7];
  return `M${ax.toFixed(1)} ${ay.toFixed(1)} Q${cx.toFixed(1)} ${cy.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}`;
}

type Offset = { readonly dx: number; readonly dy: number };

/** Each name beside its POP where it covers no other: above, below, right or left of it. */
function labelsOf(spots: ReadonlyMap<string, readonly [number, number]>): ReadonlyMap<string, Offset> {
  // The style sheet doubles the letters on a narrow screen.
  const scale = innerWidth <= 800 ? 2 : 1;
  const taken = [...spots.values()].map(([x, y]) => ({ x: x - 6, y: y - 6, width: 12, height: 12 }));
  return new Map(
    [...spots].map(([pop, [x, y]]) => {
      const [width, height] = [pop.length * 8.4 * scale, 14 * scale];
      const side = width / 2 + 8 + 2 * scale;
      const tries: Offset[] = [
        { dx: 0, dy: -9 - scale },
        { dx: 0, dy: 9 + 10 * scale },
        { dx: side, dy: 4 * scale },
        { dx: -side, dy: 4 * scale },
        { dx: side * 0.8, dy: -8 * scale },
        { dx: -side * 0.8, dy: -8 * scale },
        { dx: side * 0.8, dy: 16 * scale },
        { dx: -side * 0.8, dy: 16 * scale },
      ];
      const boxes = tries.map(({ dx, dy }) => ({ x: x + dx - width / 2, y: y + dy - height + 3, width, height }));
      const free = boxes.findIndex((box) => !taken.some((other) => overlap(box, other)));
      const at = free === -1 ? 0 : free;
      taken.push(boxes[at] as (typeof boxes)[number]);
      return [pop, tries[at] as Offset];
    }),
  );
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
