// Whose reports contradict others'. There and back cannot be quicker than light in glass over the way; a clock that is
// off makes one direction look shorter and the other longer, never both. Who lies about delays breaks this with many.

export type RoundTrip = {
  readonly a: string;
  readonly b: string;
  /** Reported one-way delays, there and back, added. */
  readonly reportedUs: number;
  /** What it cannot be less than, from where the two are, less the error of the stamps. */
  readonly floorUs: number;
};

export type Suspect = { readonly pop: string; readonly contradicts: readonly string[] };

/**
 * The fewest POPs found that explain every contradiction, most contradicted first. One pair alone accuses nobody: either
 * of the two may be wrong.
 */
export function suspects(pairs: readonly RoundTrip[], least = 3): readonly Suspect[] {
  let open = pairs.filter(({ reportedUs, floorUs }) => reportedUs < floorUs);
  const found: Suspect[] = [];
  for (;;) {
    const against = new Map<string, string[]>();
    for (const { a, b } of open) {
      against.set(a, [...(against.get(a) ?? []), b]);
      against.set(b, [...(against.get(b) ?? []), a]);
    }
    const [worst] = [...against].sort(([x, xs], [y, ys]) => ys.length - xs.length || (x < y ? -1 : 1));
    if (!worst || worst[1].length < least) return found;
    const [pop, contradicts] = worst;
    found.push({ pop, contradicts: contradicts.sort() });
    open = open.filter(({ a, b }) => a !== pop && b !== pop);
  }
}
