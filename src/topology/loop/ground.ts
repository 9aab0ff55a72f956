// The matrix of a WAN: built when POPs or their segments change, filled from what they report.

import { segmentName } from "../../wire/parts.ts";
import type { SegmentReport } from "../../wire/report.ts";
import { Matrix, type SegmentId } from "../engine/matrix.ts";
import type { PopSpec, SegmentSpec } from "../engine/matrix-schema.ts";
import { ENCRYPTED } from "../engine/request.ts";
import { isEncrypted, segmentsOf, type Wan, type WanPop, type WanSegment } from "./wan.ts";

export class Ground {
  readonly matrix: Matrix;
  readonly segments: readonly WanSegment[];
  readonly #ids: ReadonlyMap<string, SegmentId>;
  readonly #byId: ReadonlyMap<SegmentId, WanSegment>;
  /** Estimate of the true delay, where one is known; the matrix itself holds delays with the clocks in them. */
  readonly #trueUs = new Map<SegmentId, number>();

  constructor({ pops }: Wan) {
    this.segments = segmentsOf(pops);
    this.matrix = new Matrix({ pops: pops.map(specOf), segments: this.segments.map(portSpec) });
    const ids = new Map<string, SegmentId>();
    for (let id = 0; id < this.matrix.segmentCount; id++) ids.set(this.matrix.segmentName(id), id);
    this.#ids = ids;
    this.#byId = new Map(this.segments.map((one) => [ids.get(one.name) ?? -1, one]));
  }

  /** All segments in the order of their numbers: what is learnt of one layout holds for the same layout. */
  get layout(): string {
    return Array.from({ length: this.matrix.segmentCount }, (_, id) => this.matrix.segmentName(id)).join(" ");
  }

  id(segment: string): SegmentId | undefined {
    return this.#ids.get(segment);
  }

  segment(id: SegmentId): WanSegment {
    return this.#byId.get(id) as WanSegment;
  }

  /** The same two POPs over the same transit, the other way. */
  backOf(id: SegmentId): SegmentId | undefined {
    const { from, to, transit } = this.segment(id);
    return this.#ids.get(segmentName({ from: to, transit, to: from }));
  }

  record(cell: SegmentReport): void {
    const id = this.#ids.get(cell.segment);
    if (id === undefined) return;
    this.matrix.record(id, {
      delayUs: cell.p50Us ?? undefined,
      boundUs: cell.p50Us === null ? undefined : cell.errorUs,
      jitterUs: cell.jitterUs ?? undefined,
      lossPpm: cell.lossPpm ?? undefined,
      availableBps: this.segment(id).port.capacityBps,
    });
    if (cell.delayUs === null) this.#trueUs.delete(id);
    else this.#trueUs.set(id, cell.delayUs);
  }

  /** Nobody told anything of it for too long. */
  forget(id: SegmentId): void {
    this.matrix.record(id, { availableBps: this.segment(id).port.capacityBps });
    this.#trueUs.delete(id);
  }

  /**
   * What the clock of one POP shows more than that of another: along any way of measured segments the sum with clocks less
   * the sum of true delays. Undefined where no such way is known.
   */
  clockUs(from: number, to: number): number | undefined {
    const ahead = new Map([[from, 0]]);
    const queue = [from];
    for (const pop of queue) {
      const here = ahead.get(pop) as number;
      if (pop === to) return here;
      for (let id = this.matrix.outStart[pop] as number; id < (this.matrix.outStart[pop + 1] as number); id++) {
        const [raw, real, next] = [this.matrix.delayUs(id), this.#trueUs.get(id), this.matrix.to(id)];
        if (raw === undefined || real === undefined || ahead.has(next)) continue;
        ahead.set(next, here + raw - real);
        queue.push(next);
      }
    }
    return undefined;
  }
}

const specOf = ({ record, quarantine }: WanPop): PopSpec => ({
  name: record.name,
  ...(record.owner === undefined ? {} : { owner: record.owner }),
  ...(record.region === undefined ? {} : { region: record.region }),
  ...(record.country === undefined ? {} : { country: record.country }),
  ...(record.asn === undefined ? {} : { asn: record.asn }),
  ...(record.tags === undefined ? {} : { tags: record.tags }),
  ...(quarantine === undefined ? {} : { quarantine }),
});

const portSpec = ({ from, transit, to, port }: WanSegment): SegmentSpec => ({
  from,
  transit,
  to,
  ...(port.priceMicroPerGB === undefined ? {} : { priceMicroPerGB: port.priceMicroPerGB }),
  ...(port.capacityBps === undefined ? {} : { availableBps: port.capacityBps }),
  ...(port.riskGroups === undefined ? {} : { riskGroups: port.riskGroups }),
  ...(isEncrypted(port) ? { tags: [ENCRYPTED] } : {}),
});
