// Reasons that more than one family gives.

import type { Reason } from "./family.ts";
import { PREFIX } from "./names.ts";

/** On the box our prefix stands before a name. */
export const tooLong = (field: string, name: string, most: number): Reason[] =>
  PREFIX.length + name.length <= most
    ? []
    : [{ field, why: `${PREFIX}${name} has ${PREFIX.length + name.length} characters; at most ${most} fit` }];
