// Min-plus products over packed words, in two makes that must agree word for word: WebAssembly SIMD (minplus-wasm.ts) and
// plain JavaScript (minplus-js.ts).
//
// A word is cost << relayBits | code: code 0 is the direct way, code k + 1 is "over POP k last". The least word is the
// least cost and, among equals, the direct way and then the first POP. A square table of `order` (a multiple of 8) is
// cut into panels of 8 columns; a panel holds 8 words of each row in turn, so that both factors are read in order.

/** Addresses are in octets from the start of the memory. */
export type MinPlus = {
  /** c[i][j] = min(c[i][j], a[i][k] + b[k][j]) for rows from ≤ i < until, whole groups of 4, and some panels of j and k. */
  product(c: number, a: number, b: number, order: number, from: number, until: number, js: number, ks: number): void;
  /** to[i][k] = from[i][k] with the code of k instead of its own, for rows from ≤ i < until. */
  stamp(to: number, source: number, order: number, from: number, until: number, codeMask: number): void;
  /** Mends all tables after row `row` of `direct` and `onward` has changed; gives how many words of `answers` say what changed. */
  update(tables: number, order: number, row: number, codeMask: number): number;
};

/**
 * The tables, one after the other. `onward` is `direct` without the rows of POPs that may not relay; `stamped` is `direct` with codes, `one` the best with at most one relay, `two` with at
 * most two; `list` is for update's own use; `answers` holds, after an update, row << 16 | column of what
 * changed in `two` or goes another way at the same cost, and all of the row itself.
 */
export const TABLES = ["direct", "onward", "stamped", "one", "oneStamped", "two", "list", "answers"] as const;
export type TableName = (typeof TABLES)[number];

/** Words of a row in one panel, and rows that the kernel takes at once. */
export const LANES = 8;
export const ROWS = 4;

export const padded = (n: number): number => Math.ceil(n / LANES) * LANES;

/** Octets of one table; the list of an update may be one longer than a row. */
export const tableOctets = (order: number): number => order * order * 4;

export const tableAddress = (name: TableName, order: number): number => TABLES.indexOf(name) * tableOctets(order);

/** Index of a word within a table. */
export const wordAt = (order: number, row: number, column: number): number =>
  (column >> 3) * order * LANES + row * LANES + (column & 7);
