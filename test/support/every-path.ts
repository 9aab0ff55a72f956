// The oracle of the path engine: every simple path, tried one by one, in the plainest words. It shares no code with the
// engine but the matrix itself.

import type { Matrix, PopId, SegmentId, Traits } from "../../src/topology/engine/matrix.ts";
import type { Criterion, Request } from "../../src/topology/engine/request.ts";

export type Tried = { readonly path: readonly SegmentId[]; readonly cost: number; readonly width: number };

/** Every path that fits, best first. */
export function everyPath(matrix: Matrix, request: Request): Tried[] {
  const found: Tried[] = [];
  const usable = Array.from({ length: matrix.segmentCount }, (_, id) => mayUse(matrix, request, id));
  const walk = (at: PopId, path: readonly SegmentId[], visited: readonly PopId[]): void => {
    if (at === request.to) {
      if (fits(matrix, request, path))
        found.push({ path, cost: costOf(matrix, request, path), width: widthOf(matrix, path) });
      return;
    }
    for (let id = 0; id < matrix.segmentCount; id++) {
      const to = matrix.to(id);
      if (matrix.from(id) === at && usable[id] && !visited.includes(to)) walk(to, [...path, id], [...visited, to]);
    }
  };
  walk(request.from, [], [request.from]);
  const isWidest = request.intent === "highest-throughput";
  return found
    .filter(({ width }) => !isWidest || width >= 0)
    .sort(
      (a, b) =>
        (isWidest ? b.width - a.width : 0) ||
        a.cost - b.cost ||
        a.path.length - b.path.length ||
        firstDifference(a.path, b.path),
    );
}

const firstDifference = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((id, i) => id !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};

const meets = (traits: Traits, { kind, name }: Criterion): boolean =>
  (kind === "country" && traits.country === name) ||
  (kind === "tag" && traits.tags.includes(name)) ||
  (kind === "risk" && traits.riskGroups.includes(name));

const popMeets = (matrix: Matrix, pop: PopId, one: Criterion): boolean => {
  const { name, ...traits } = matrix.pops[pop] as Matrix["pops"][number];
  return (one.kind === "pop" && one.name === name) || meets(traits, one);
};

const segmentMeets = (matrix: Matrix, id: SegmentId, one: Criterion): boolean =>
  (one.kind === "transit" && one.name === matrix.transits[matrix.transit(id)]) || meets(matrix.traitsOf(id), one);

const isOwn = (matrix: Matrix, { owner }: Request, id: SegmentId): boolean =>
  owner !== undefined && matrix.traitsOf(id).owner === owner;

const isolationFits = (sets: readonly string[], isolation: string | undefined): boolean =>
  isolation === undefined ? sets.length === 0 : sets.includes(isolation);

function mayUse(matrix: Matrix, request: Request, id: SegmentId): boolean {
  const traits = matrix.traitsOf(id);
  const hour = request.atMs === undefined ? undefined : (request.atMs / 3_600_000) % 24;
  const isOpen = traits.windows.every(
    ({ from }) => hour !== undefined && hour >= Number(from.slice(0, 2)) && hour < 20,
  );
  const relay = matrix.pops[matrix.to(id)] as Matrix["pops"][number];
  const relays =
    matrix.to(id) === request.to ||
    (relay.quarantine === undefined &&
      (relay.isolation.length === 0 || relay.isolation.includes(request.isolation ?? "")) &&
      !(request.never ?? []).some((one) => popMeets(matrix, matrix.to(id), one)));
  return (
    matrix.delayUs(id) !== undefined &&
    matrix.lossPpm(id) !== 1_000_000 &&
    traits.quarantine === undefined &&
    isolationFits(traits.isolation, request.isolation) &&
    isOpen &&
    relays &&
    !(request.never ?? []).some((one) => segmentMeets(matrix, id, one)) &&
    (matrix.priceMicroPerGB(id) !== "infinity" || isOwn(matrix, request, id)) &&
    (request.minBandwidthBps === undefined || (matrix.residualBps(id) ?? -1) >= request.minBandwidthBps)
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const nano = (ppm: number): number => Math.round(-Math.log1p(-ppm / 1e6) * 1e9);

/** NaN as soon as one value is missing, and no comparison holds for NaN. */
const measures = (matrix: Matrix, request: Request, path: readonly SegmentId[]) => ({
  delay: sum(path.map((id) => matrix.delayUs(id) ?? Number.NaN)),
  bound: sum(path.map((id) => matrix.boundUs(id) ?? Number.NaN)),
  jitter: sum(path.map((id) => matrix.jitterUs(id) ?? Number.NaN)),
  nanoLoss: sum(path.map((id) => nano(matrix.lossPpm(id) ?? Number.NaN))),
  price: sum(
    path.map((id) => {
      const price = matrix.priceMicroPerGB(id) ?? Number.NaN;
      return isOwn(matrix, request, id) ? 0 : price === "infinity" ? Number.NaN : price;
    }),
  ),
});

function fits(matrix: Matrix, request: Request, path: readonly SegmentId[]): boolean {
  const { delay, bound, jitter, nanoLoss, price } = measures(matrix, request, path);
  const most = (limit: number | undefined, value: number): boolean => limit === undefined || value <= limit;
  const relays = path.map((id) => matrix.to(id));
  const isMet = (one: Criterion): boolean =>
    [request.from, ...relays].some((pop) => popMeets(matrix, pop, one)) ||
    path.some((id) => segmentMeets(matrix, id, one));
  return (
    most(request.maxDelayUs, request.bounds === "nominal" ? delay : delay + bound) &&
    most(request.maxJitterUs, jitter) &&
    most(request.maxLossPpm === undefined ? undefined : nano(request.maxLossPpm) + 1, nanoLoss) &&
    most(request.maxPriceMicroPerGB, price) &&
    most(request.maxHops, path.length) &&
    most(request.maxSids, path.length + 1) &&
    (request.must ?? []).every(isMet) &&
    !Number.isNaN(costOf(matrix, request, path)) &&
    (request.apartFrom ?? []).flat().every((id) => sharedWith(matrix, request, path, [id], true).length === 0)
  );
}

/** In thousandths of a unit. */
function costOf(matrix: Matrix, request: Request, path: readonly SegmentId[]): number {
  const weights = request.weights ?? (request.intent === "cheapest" ? { price: 1 } : { delay: 1 });
  return sum(
    path.map((id) => {
      const { delay, jitter, price, nanoLoss } = measures(matrix, request, [id]);
      const part = (weight: number | undefined, value: number) => (weight ? weight * value : 0);
      const { delay: d, jitter: j, price: p, loss: l } = weights;
      return Math.round((part(d, delay) + part(j, jitter) + part(p, price) + part(l, nanoLoss / 1_000)) * 1_000);
    }),
  );
}

function widthOf(matrix: Matrix, path: readonly SegmentId[]): number {
  return Math.min(...path.map((id) => matrix.residualBps(id) ?? -1));
}

/** What two paths share. Ends of ours are not shared; ends of others (`withTheirEnds`) are POPs like any. */
export function sharedWith(
  matrix: Matrix,
  { from, to, apart = ["pop", "transit", "risk"] }: Request,
  a: readonly SegmentId[],
  b: readonly SegmentId[],
  withTheirEnds = false,
): string[] {
  const ends = [from, to];
  const unavoidable = ends.flatMap((end) => matrix.pops[end]?.riskGroups ?? []);
  const popsOf = (path: readonly SegmentId[], first: boolean): PopId[] =>
    [...path.map((id) => matrix.to(id)), ...(first ? path.map((id) => matrix.from(id)) : [])].filter(
      (pop) => !ends.includes(pop),
    );
  const uses = (path: readonly SegmentId[], first = false): Set<string> =>
    new Set([
      ...path.map((id) => `segment ${id}`),
      ...(apart.includes("pop") ? popsOf(path, first).map((pop) => `pop ${pop}`) : []),
      ...(apart.includes("transit") ? path.map((id) => `transit ${matrix.transit(id)}`) : []),
      ...(apart.includes("risk")
        ? [
            ...path.flatMap((id) => matrix.traitsOf(id).riskGroups),
            ...popsOf(path, false).flatMap((pop) => matrix.pops[pop]?.riskGroups ?? []),
          ]
            .filter((risk) => !unavoidable.includes(risk))
            .map((risk) => `risk ${risk}`)
        : []),
    ]);
  const other = uses(b, withTheirEnds);
  return [...uses(a)].filter((element) => other.has(element));
}
