// How much of a weighted set of destinations is near enough to one of the POPs, and which sites to add next. The choice
// is greedy; since more sites never cover less and each adds less the later it comes, no choice of as many can cover more
// than what is covered at any step and the largest gains left there, nor more than all of them together. That bound is
// given with the answer.

/** Near enough: for each site, the places of the destinations it covers. */
export type Coverage = {
  readonly weights: readonly number[];
  /** By site name. */
  readonly covers: ReadonlyMap<string, readonly number[]>;
};

export type Pick = {
  readonly site: string;
  /** Weight that it adds. */
  readonly adds: number;
  /** Weight that is covered with it. */
  readonly covered: number;
  /** What no choice of as many sites can exceed. */
  readonly bound: number;
};

export function coveredWeight({ weights, covers }: Coverage, sites: readonly string[]): number {
  const covered = new Set(sites.flatMap((site) => covers.get(site) ?? []));
  return [...covered].reduce((sum, at) => sum + (weights[at] as number), 0);
}

/** Adds up to `count` of `candidates` to what `standing` covers; stops where none adds anything. */
export function planSites(
  coverage: Coverage,
  standing: readonly string[],
  candidates: readonly string[],
  count: number,
): readonly Pick[] {
  const { weights, covers } = coverage;
  const covered = new Set(standing.flatMap((site) => covers.get(site) ?? []));
  let weight = coveredWeight(coverage, standing);
  const left = new Set([...candidates].filter((site) => !standing.includes(site)).sort());
  const coverable = coveredWeight(coverage, [...standing, ...candidates]);
  /** Covered weight and the gains of all that is left, largest first, at each step. */
  const steps: { readonly weight: number; readonly gains: readonly number[] }[] = [];
  const picks: Pick[] = [];
  while (picks.length < count) {
    const gains = [...left].map((site) => ({
      site,
      adds: (covers.get(site) ?? []).reduce((sum, at) => sum + (covered.has(at) ? 0 : (weights[at] as number)), 0),
    }));
    gains.sort((a, b) => b.adds - a.adds);
    const best = gains[0];
    if (!best || best.adds === 0) break;
    steps.push({ weight, gains: gains.map(({ adds }) => adds) });
    for (const at of covers.get(best.site) ?? []) covered.add(at);
    weight += best.adds;
    left.delete(best.site);
    picks.push({
      site: best.site,
      adds: best.adds,
      covered: weight,
      bound: Math.min(coverable, boundOf(steps, picks.length + 1)),
    });
  }
  return picks;
}

function boundOf(
  steps: readonly { readonly weight: number; readonly gains: readonly number[] }[],
  count: number,
): number {
  return Math.min(...steps.map(({ weight, gains }) => gains.slice(0, count).reduce((sum, gain) => sum + gain, weight)));
}
