// What an all-pairs run can be asked, whichever way its tables are kept.

import type { Direct } from "./direct.ts";
import type { PopId } from "./matrix.ts";

export type PairTables = {
  /** Octets of all tables. */
  readonly octets: number;
  /** After one row of `direct` has changed: from × n + to of each pair whose answer may be another; undefined where it has no room. */
  update(direct: Direct, row: PopId): readonly number[] | undefined;
  /** Undefined where two relays do not reach. */
  cost(from: PopId, to: PopId): number | undefined;
  /** In the order of travel; the direct way among equals. */
  relays(from: PopId, to: PopId): readonly PopId[];
};
