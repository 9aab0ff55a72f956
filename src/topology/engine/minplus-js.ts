// The min-plus kernel in plain JavaScript, for machines without WebAssembly SIMD, and the words in which minplus-wasm.ts
// is written: both leave the same words in the same places.

import { LANES, type MinPlus, ROWS, type TableName, tableAddress } from "./minplus.ts";

/** Over the same memory as an Int32Array. */
export function jsMinPlus(words: Int32Array): MinPlus {
  const least = (x: number, y: number): number => (x < y ? x : y);
  const word = (index: number): number => words[index] as number;

  function product(
    c: number,
    a: number,
    b: number,
    order: number,
    from: number,
    until: number,
    js: number,
    ks: number,
  ): void {
    const panel = order * LANES;
    for (let j = 0; j < js; j++) {
      for (let row = from; row < until; row += ROWS) {
        tile((c >> 2) + j * panel + row * LANES, (a >> 2) + row * LANES, (b >> 2) + j * panel, panel, ks);
      }
    }
  }

  /** 4 rows by 8 columns, two rows by two columns at a time: a processor has no registers for more sums. */
  function tile(c: number, a: number, b: number, panel: number, ks: number): void {
    for (let r = 0; r < ROWS; r += 2) {
      for (let x = 0; x < LANES; x += 2) {
        const top = c + r * LANES + x;
        let topLeft = word(top);
        let topRight = word(top + 1);
        let lowLeft = word(top + LANES);
        let lowRight = word(top + LANES + 1);
        let aAt = a + r * LANES;
        let bAt = b + x;
        for (let k = 0; k < ks; k++) {
          for (let u = 0; u < LANES; u++) {
            const upper = word(aAt + u);
            const lower = word(aAt + u + LANES);
            const left = word(bAt);
            const right = word(bAt + 1);
            topLeft = least(topLeft, (upper + left) | 0);
            topRight = least(topRight, (upper + right) | 0);
            lowLeft = least(lowLeft, (lower + left) | 0);
            lowRight = least(lowRight, (lower + right) | 0);
            bAt += LANES;
          }
          aAt += panel;
        }
        words[top] = topLeft;
        words[top + 1] = topRight;
        words[top + LANES] = lowLeft;
        words[top + LANES + 1] = lowRight;
      }
    }
  }

  function stamp(to: number, source: number, order: number, from: number, until: number, codeMask: number): void {
    for (let k = 0; k < order; k++) {
      const column = (k >> 3) * order * LANES + (k & 7);
      for (let row = from; row < until; row++) {
        const at = column + row * LANES;
        words[(to >> 2) + at] = (word((source >> 2) + at) & ~codeMask) | (k + 1);
      }
    }
  }

  type Rows = {
    readonly c: number;
    readonly a: number;
    readonly direct: number;
    readonly onward: number;
    readonly order: number;
  };

  /** See patch in minplus-wasm.ts: `count` words from `list` on, −1 for every k. All are indices here. */
  function patch(rows: Rows, row: number, list: number, count: number, out: number, tag: number, mask: number): number {
    const { c, direct, onward, order } = rows;
    const panel = order * LANES;
    const a = rows.a + row * LANES;
    let appended = 0;
    for (let j = 0; j < order; j += LANES) {
      const first = c + j * order + row * LANES;
      const b = onward + j * order;
      const isWorse = count < 0 || hasWorsened(first, a, panel, b, list, count, mask);
      for (let lane = 0; lane < LANES; lane++) {
        const was = word(first + lane);
        let best = isWorse ? word(direct + j * order + row * LANES + lane) : was;
        if (isWorse) {
          for (let k = 0; k < order; k += LANES) {
            const at = a + (k >> 3) * panel;
            const bAt = b + k * LANES + lane;
            for (let u = 0; u < LANES; u++) best = least(best, (word(at + u) + word(bAt + u * LANES)) | 0);
          }
        } else {
          for (let i = 0; i < count; i++) {
            const k = word(list + i);
            best = least(best, (word(a + (k >> 3) * panel + (k & 7)) + word(b + k * LANES + lane)) | 0);
          }
        }
        if (best === was && count >= 0 && !isOver(was, list + 1, count - 1, mask)) continue;
        words[first + lane] = best;
        words[out + appended++] = tag + j + lane;
      }
    }
    return appended;
  }

  /** Whether a word is over a k of the list. */
  function isOver(was: number, list: number, count: number, mask: number): boolean {
    for (let i = 0; i < count; i++) if ((was & mask) === word(list + i) + 1) return true;
    return false;
  }

  /** Whether one of eight words was over a k of the list that has become worse. */
  function hasWorsened(
    first: number,
    a: number,
    panel: number,
    b: number,
    list: number,
    count: number,
    mask: number,
  ): boolean {
    for (let i = 0; i < count; i++) {
      const k = word(list + i);
      const one = word(a + (k >> 3) * panel + (k & 7));
      for (let lane = 0; lane < LANES; lane++) {
        const was = word(first + lane);
        if ((was & mask) === k + 1 && one + word(b + k * LANES + lane) > was) return true;
      }
    }
    return false;
  }

  function update(tables: number, order: number, row: number, codeMask: number): number {
    const address = (name: TableName): number => tables + tableAddress(name, order);
    const index = (name: TableName): number => address(name) >> 2;
    const [list, answers] = [index("list"), index("answers")];
    const factors = { direct: index("direct"), onward: index("onward"), order };
    const one: Rows = { c: index("one"), a: index("stamped"), ...factors };
    const two: Rows = { c: index("two"), a: index("oneStamped"), ...factors };
    stamp(address("stamped"), address("direct"), order, row, row + 1, codeMask);
    patch(one, row, list, -1, list + 1, 0, codeMask);
    stamp(address("oneStamped"), address("one"), order, row, row + 1, codeMask);
    let appended = patch(two, row, list, -1, answers, row << 16, codeMask);
    words[list] = row;
    for (let x = 0; x < order; x++) {
      if (x === row) continue;
      const found = patch(one, x, list, 1, list + 1, 0, codeMask);
      if (found > 0) stamp(address("oneStamped"), address("one"), order, x, x + 1, codeMask);
      appended += patch(two, x, list, found + 1, answers + appended, x << 16, codeMask);
    }
    return appended;
  }

  return { product, stamp, update };
}
