// Load over several paths by weight: the best path takes what its narrowest segment has left, the next best path of what
// remains takes the rest, and so on. Each step is exact; what one path takes, the later ones no longer see.

import type { Matrix } from "./matrix.ts";
import type { Path } from "./path.ts";
import { findPaths } from "./paths.ts";
import type { Request } from "./request.ts";

export type Share = {
  readonly path: Path;
  readonly bps: number;
  /** 1 to 256, as a policy's candidate paths are weighted. */
  readonly weight: number;
};

export type Spread = {
  readonly shares: readonly Share[];
  /** What no path had room for; 0 where everything was placed, and where no demand was named. */
  readonly unplacedBps: number;
};

const HEAVIEST = 256;

/** Over at most `most` paths. Without a demand the paths are filled, and weights go by what each had left. */
export function spread(matrix: Matrix, request: Request, most: number, demandBps?: number): Spread {
  const residualBps =
    request.residualBps?.slice() ??
    Float64Array.from({ length: matrix.segmentCount }, (_, id) => matrix.residualBps(id) ?? Number.NaN);
  const placed: { path: Path; bps: number }[] = [];
  let left = demandBps ?? Number.POSITIVE_INFINITY;
  while (placed.length < most && left > 0) {
    const minBandwidthBps = Math.max(Math.min(1, left), request.minBandwidthBps ?? 0);
    const [path] = findPaths(matrix, { ...request, count: 1, residualBps, minBandwidthBps }).paths;
    if (!path) break;
    const bps = Math.min(left, path.totals.narrowestBps ?? 0);
    for (const id of path.segments) residualBps[id] = (residualBps[id] as number) - bps;
    left -= bps;
    placed.push({ path, bps });
  }
  // What is too small to have a weight beside the largest would get more than its path has room for.
  const largest = placed.reduce((most, { bps }) => Math.max(most, bps), 0);
  const worth = placed.filter(({ bps }) => bps * HEAVIEST * 2 >= largest);
  const weights = weightsOf(worth.map(({ bps }) => bps));
  const carried = worth.reduce((sum, { bps }) => sum + bps, 0);
  return {
    shares: worth.map((one, i) => ({ ...one, weight: weights[i] as number })),
    unplacedBps: demandBps === undefined ? 0 : demandBps - carried,
  };
}

/** The proportions of the amounts in whole numbers: exact where 1 to 256 can say them, else the nearest. */
function weightsOf(amounts: readonly number[]): number[] {
  const divisor = amounts.reduce(commonDivisor, 0);
  const least = amounts.map((amount) => amount / divisor);
  const largest = Math.max(...least);
  if (largest <= HEAVIEST) return least;
  return least.map((amount) => Math.max(1, Math.round((amount / largest) * HEAVIEST)));
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));
