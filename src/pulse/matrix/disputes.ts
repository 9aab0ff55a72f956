// Two members' views of the same pulses, set side by side: i measures its way out, and j measured the same pulses as they
// came in. Honest views lie close together; how they lie apart says whether a clock was set between the two rows, or one
// of the rows is false.

import type { Said } from "./said.ts";

export type Dispute = {
  readonly from: number;
  readonly to: number;
  readonly senderUs: number;
  readonly receiverUs: number;
  readonly toleranceUs: number;
};

export type Views = {
  readonly disputes: readonly Dispute[];
  /** 1 where the two rows are of before and after a clock was set: both ways look longer by the same, or shorter. */
  readonly apart: Uint8Array;
  /** The most that j's clock can be ahead of i's by what either of the two says: true while one of them is honest. */
  readonly most: Float64Array;
};

const LEAST_TOLERANCE_US = 100;

export function compareViews(said: Said, floorUs: Float64Array): Views {
  const { n, outUs, outErrorUs, backUs, backErrorUs, slackUs } = said;
  const disputes: Dispute[] = [];
  const apart = new Uint8Array(n * n);
  const most = new Float64Array(n * n).fill(Number.POSITIVE_INFINITY);
  const toleranceUs = (i: number, j: number): number => {
    const errorUs = (outErrorUs[i * n + j] as number) + (backErrorUs[j * n + i] as number);
    return LEAST_TOLERANCE_US + errorUs + (slackUs[i * n + j] as number);
  };
  /** By how much i's view of its way to j lies above j's; NaN where only one of them has any. */
  const above = (i: number, j: number): number => (outUs[i * n + j] as number) - (backUs[j * n + i] as number);
  for (let i = 0; i < n; i++) {
    most[i * n + i] = 0;
    for (let j = 0; j < i; j++) {
      const [there, back] = [above(i, j), above(j, i)];
      const [thereMay, backMay] = [toleranceUs(i, j), toleranceUs(j, i)];
      const isOff = { there: Math.abs(there) > thereMay, back: Math.abs(back) > backMay };
      if (isOff.there) disputes.push(disputeOf(said, i, j, thereMay));
      if (isOff.back) disputes.push(disputeOf(said, j, i, backMay));
      if ((isOff.there || isOff.back) && there * back > 0 && Math.abs(there - back) <= thereMay + backMay) {
        apart[i * n + j] = 1;
        apart[j * n + i] = 1;
      }
      most[i * n + j] = mostOf(said, i, j, isOff.there) - (floorUs[i * n + j] as number);
      most[j * n + i] = mostOf(said, j, i, isOff.back) - (floorUs[j * n + i] as number);
    }
  }
  return { disputes, apart, most };
}

function mostOf({ n, outUs, outErrorUs, backUs, backErrorUs }: Said, i: number, j: number, isOff: boolean): number {
  const sender = (outUs[i * n + j] as number) + (outErrorUs[i * n + j] as number);
  const receiver = (backUs[j * n + i] as number) + (backErrorUs[j * n + i] as number);
  if (Number.isNaN(sender)) return Number.isNaN(receiver) ? Number.POSITIVE_INFINITY : receiver;
  if (Number.isNaN(receiver)) return sender;
  return isOff ? Math.max(sender, receiver) : Math.min(sender, receiver);
}

const disputeOf = ({ n, outUs, backUs }: Said, from: number, to: number, toleranceUs: number): Dispute => ({
  from,
  to,
  senderUs: Math.round(outUs[from * n + to] as number),
  receiverUs: Math.round(backUs[to * n + from] as number),
  toleranceUs: Math.ceil(toleranceUs),
});

/** How far a dispute goes beyond what it may. */
export const beyondUs = ({ senderUs, receiverUs, toleranceUs }: Dispute): number =>
  Math.abs(senderUs - receiverUs) - toleranceUs;
