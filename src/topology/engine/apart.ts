// What a path uses that another might share: its segments, the POPs between its ends, its transits, its risk groups.

import type { Matrix, PopId, SegmentId } from "./matrix.ts";
import { APART, type Apart } from "./request.ts";

/** Names of what may be shared, each told apart by its kind: "pop fra", "transit cogent", "risk duct-7". */
export type Element = string;

export class Elements {
  readonly #matrix: Matrix;
  readonly #kinds: readonly Apart[];
  readonly #ends: readonly PopId[];
  /** The ends' own risk groups: no path between them avoids these. */
  readonly #unavoidable: ReadonlySet<string>;

  constructor(matrix: Matrix, ends: readonly PopId[], kinds: readonly Apart[] = APART) {
    this.#matrix = matrix;
    this.#kinds = kinds;
    this.#ends = ends;
    this.#unavoidable = new Set(ends.flatMap((end) => matrix.pops[end]?.riskGroups ?? []));
  }

  /** What a segment uses, with the POP that it leads to unless that is an end. */
  of(id: SegmentId): readonly Element[] {
    const matrix = this.#matrix;
    const to = matrix.to(id);
    const pop = this.#ends.includes(to) ? undefined : matrix.pops[to];
    const risks = [...matrix.traitsOf(id).riskGroups, ...(pop?.riskGroups ?? [])];
    return [
      `segment ${matrix.segmentName(id)}`,
      ...(pop && this.#kinds.includes("pop") ? [`pop ${pop.name}`] : []),
      ...(this.#kinds.includes("transit") ? [`transit ${matrix.transits[matrix.transit(id)]}`] : []),
      ...(this.#kinds.includes("risk") ? [...new Set(risks)].filter((risk) => !this.#unavoidable.has(risk)) : []).map(
        (risk) => `risk ${risk}`,
      ),
    ];
  }

  ofPath(path: readonly SegmentId[]): ReadonlySet<Element> {
    return new Set(path.flatMap((id) => this.of(id)));
  }

  /** What two paths share, in the order of the first. */
  shared(a: readonly SegmentId[], b: readonly SegmentId[]): readonly Element[] {
    const other = this.ofPath(b);
    return [...this.ofPath(a)].filter((element) => other.has(element));
  }
}
