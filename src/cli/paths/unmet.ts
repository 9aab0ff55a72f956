// Criteria that nothing in a matrix meets. A tag or a country may be nowhere today and still be meant, so it is no error;
// but whoever misspelt one must not think that it is kept away from.

import type { Matrix, Traits } from "../../topology/engine/matrix.ts";
import type { Criterion, Kind, Request } from "../../topology/engine/request.ts";

export type Unmet = {
  /** "never country=UK". */
  readonly criterion: string;
  /** What there is of its kind. */
  readonly known: readonly string[];
};

export const unmet = (matrix: Matrix, { must = [], never = [] }: Request): Unmet[] => [
  ...ofList(matrix, "must", must),
  ...ofList(matrix, "never", never),
];

function ofList(matrix: Matrix, list: string, criteria: readonly Criterion[]): Unmet[] {
  return criteria.flatMap(({ kind, name }) => {
    const valuesOf = VALUES[kind];
    if (!valuesOf) return [];
    const known = new Set([...matrix.pops, ...matrix.traits].flatMap(valuesOf));
    return known.has(name) ? [] : [{ criterion: `${list} ${kind}=${name}`, known: [...known].sort() }];
  });
}

/** Not POPs and transits: those are known or refused. */
const VALUES: Partial<Record<Kind, (traits: Traits) => readonly string[]>> = {
  country: ({ country }) => (country === undefined ? [] : [country]),
  region: ({ region }) => (region === undefined ? [] : [region]),
  asn: ({ asn }) => (asn === undefined ? [] : [String(asn)]),
  tag: ({ tags }) => tags,
  risk: ({ riskGroups }) => riskGroups,
};

export const unmetText = ({ criterion, known }: Unmet): string =>
  `${criterion}: nothing here is that; there ${known.length === 0 ? "is none" : `are ${known.join(", ")}`}.`;
