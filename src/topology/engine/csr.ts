// Members by group in two flat arrays: where each group begins, and the members in order.

/** Group g has places start[g] … start[g + 1] − 1. */
export function startsOf(groupOf: Int32Array, groups: number): Int32Array {
  const start = new Int32Array(groups + 1);
  for (let member = 0; member < groupOf.length; member++) {
    const after = (groupOf[member] as number) + 1;
    start[after] = (start[after] as number) + 1;
  }
  for (let group = 0; group < groups; group++)
    start[group + 1] = (start[group + 1] as number) + (start[group] as number);
  return start;
}

/** The members of all groups, each group's in rising order. */
export function groupedBy(groupOf: Int32Array, start: Int32Array): Int32Array {
  const next = start.slice();
  const members = new Int32Array(groupOf.length);
  for (let member = 0; member < groupOf.length; member++) {
    const group = groupOf[member] as number;
    members[next[group] as number] = member;
    next[group] = (next[group] as number) + 1;
  }
  return members;
}
