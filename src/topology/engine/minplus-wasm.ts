// The min-plus kernel in WebAssembly SIMD: 4 rows by 8 columns held in registers while k runs, so that two loads of b and
// four of a feed sixteen vector operations. minplus-js.ts says the same in plain words and must agree word for word.

import { LANES, type MinPlus, ROWS, TABLES } from "./minplus.ts";
import {
  assemble,
  type Code,
  call,
  compile,
  type Func,
  get,
  i32,
  instantiate,
  Locals,
  loop,
  type SharedMemory,
  set,
  tee,
  when,
  whenElse,
  x4,
} from "./wasm.ts";

/** Octets of a row in one panel; one half of it is a vector. */
const ROW = LANES * 4;
const HALF = ROW / 2;
/** Numbers of the functions in the module. */
const STAMP = 1;
const PATCH = 2;

const add = (local: number, amount: Code): Code => [...get(local), ...amount, ...i32.add, ...set(local)];
const bump = (local: number, by: number): Code => add(local, i32.const(by));
/** Leaves a true condition until the local has been counted down to 0. */
const countDown = (local: number): Code => [...get(local), ...i32.const(-1), ...i32.add, ...tee(local)];
const times = (count: number, body: (i: number) => Code): Code =>
  Array.from({ length: count }, (_, i) => body(i)).flat();

function product(): Func {
  const locals = new Locals(8);
  const [c, a, b, order, from, until, js, ks] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [panel, row, cRow, aAt, bAt, bEnd] = [1, 2, 3, 4, 5, 6].map(() => locals.word()) as Six;
  const sums = Array.from({ length: ROWS }, () => [locals.vector(), locals.vector()] as const);
  const [low, high, one] = [locals.vector(), locals.vector(), locals.vector()];
  const least = (sum: number, of: number): Code => [
    ...[...get(sum), ...get(one), ...get(of), ...x4.add, ...x4.min, ...set(sum)],
  ];
  const step = (k: number): Code => [
    ...[...get(bAt), ...x4.load(k * ROW), ...set(low)],
    ...[...get(bAt), ...x4.load(k * ROW + HALF), ...set(high)],
    ...sums.flatMap(([left, right], r) => [
      ...[...get(aAt), ...x4.loadSplat(r * ROW + k * 4), ...set(one)],
      ...least(left, low),
      ...least(right, high),
    ]),
  ];
  const eachHalf = (body: (sum: number, offset: number) => Code): Code =>
    sums.flatMap(([left, right], r) => [...body(left, r * ROW), ...body(right, r * ROW + HALF)]);
  const tile: Code = [
    ...[...get(c), ...get(row), ...i32.add, ...set(cRow)],
    ...eachHalf((sum, offset) => [...get(cRow), ...x4.load(offset), ...set(sum)]),
    ...[...get(a), ...get(row), ...i32.add, ...set(aAt)],
    ...[...get(b), ...tee(bAt), ...get(ks), ...i32.const(LANES * ROW), ...i32.mul, ...i32.add, ...set(bEnd)],
    ...loop(times(LANES, step), add(aAt, get(panel)), [
      ...get(bAt),
      ...i32.const(LANES * ROW),
      ...i32.add,
      ...tee(bAt),
      ...get(bEnd),
      ...i32.ltU,
    ]),
    ...eachHalf((sum, offset) => [...get(cRow), ...get(sum), ...x4.store(offset)]),
  ];
  const body = [
    ...[...get(order), ...i32.const(ROW), ...i32.mul, ...set(panel)],
    ...[from, until].flatMap((end) => [...get(end), ...i32.const(ROW), ...i32.mul, ...set(end)]),
    ...loop(
      [...get(from), ...set(row)],
      loop(tile, [...get(row), ...i32.const(ROWS * ROW), ...i32.add, ...tee(row), ...get(until), ...i32.ltU]),
      [...add(c, get(panel)), ...add(b, get(panel))],
      countDown(js),
    ),
  ];
  return { name: "product", locals, answers: false, body };
}

type Six = [number, number, number, number, number, number];

function stamp(): Func {
  const locals = new Locals(6);
  const [to, source, order, from, until, codeMask] = [0, 1, 2, 3, 4, 5];
  const [panel, row, left] = [locals.word(), locals.word(), locals.word()];
  const [keep, low, high] = [locals.vector(), locals.vector(), locals.vector()];
  const half = (codes: number, offset: number): Code => [
    ...[...get(to), ...get(row), ...i32.add],
    ...[...get(source), ...get(row), ...i32.add, ...x4.load(offset), ...get(keep), ...x4.and],
    ...[...get(codes), ...x4.or, ...x4.store(offset)],
  ];
  const advance = (codes: number): Code => [
    ...[...get(codes), ...x4.const([LANES, LANES, LANES, LANES]), ...x4.add, ...set(codes)],
  ];
  const body = [
    ...[...get(order), ...i32.const(ROW), ...i32.mul, ...set(panel)],
    ...[from, until].flatMap((end) => [...get(end), ...i32.const(ROW), ...i32.mul, ...set(end)]),
    ...[...i32.const(-1), ...get(codeMask), ...i32.sub, ...x4.splat, ...set(keep)],
    ...[...x4.const([1, 2, 3, 4]), ...set(low), ...x4.const([5, 6, 7, 8]), ...set(high)],
    ...[...get(order), ...i32.const(3), ...i32.shrU, ...set(left)],
    ...loop(
      [...get(from), ...set(row)],
      loop(
        [...half(low, 0), ...half(high, HALF)],
        [...get(row), ...i32.const(ROW), ...i32.add, ...tee(row), ...get(until), ...i32.ltU],
      ),
      [...advance(low), ...advance(high), ...add(to, get(panel)), ...add(source, get(panel))],
      countDown(left),
    ),
  ];
  return { name: "stamp", locals, answers: false, body };
}

/**
 * One row of c after a[row][k] or onward[k] have changed for the k of a list (count −1: for every k). A word whose own k
 * has become worse is made anew from all k; any other can only gain from the k of the list. Appends tag + column of
 * each word that changed to `out` and gives their number. A word over a k after the first counts as changed whatever it
 * costs: the way to that k is another now.
 */
function patch(): Func {
  const locals = new Locals(11);
  const [c, a, direct, onward, order, row, list, count, out, tag, codeMask] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const [panel, left, at, end, k, changed] = [1, 2, 3, 4, 5, 6].map(() => locals.word()) as Six;
  const appended = locals.word();
  const vector = () => locals.vector();
  const [old0, old1, new0, new1, worse] = [vector(), vector(), vector(), vector(), vector()];
  const [mask, one, code, sum] = [vector(), vector(), vector(), vector()];
  const [same, later, moved0, moved1] = [vector(), vector(), vector(), vector()];
  const rowOf = (table: number): Code => [...get(table), ...get(row), ...i32.add];
  const offer = (b: Code, offset: number, best: number): Code => [
    ...[...get(one), ...b, ...x4.load(offset), ...x4.add, ...tee(sum), ...get(best), ...x4.min, ...set(best)],
  ];
  const ofListed: Code = [...get(onward), ...get(k), ...i32.const(ROW), ...i32.mul, ...i32.add];
  const listed = (offset: number, old: number, best: number, moved: number): Code => [
    ...offer(ofListed, offset, best),
    ...[...get(old), ...get(mask), ...x4.and, ...get(code), ...x4.eq, ...tee(same)],
    ...[...get(sum), ...get(old), ...x4.gt, ...x4.and, ...get(worse), ...x4.or, ...set(worse)],
    ...[...get(same), ...get(later), ...x4.and, ...get(moved), ...x4.or, ...set(moved)],
  ];
  const setAll = (value: number, ...vectors: readonly number[]): Code =>
    vectors.flatMap((of) => [...x4.const([value, value, value, value]), ...set(of)]);
  const tryListed: Code = [
    ...[...get(list), ...tee(at), ...get(count), ...i32.const(2), ...i32.shl, ...i32.add, ...set(end)],
    ...loop(
      [...get(at), ...i32.load(), ...tee(k), ...i32.const(1), ...i32.add, ...x4.splat, ...set(code)],
      [...get(k), ...i32.const(3), ...i32.shrU, ...get(panel), ...i32.mul],
      [...get(k), ...i32.const(7), ...i32.and, ...i32.const(2), ...i32.shl, ...i32.add],
      [...rowOf(a), ...i32.add, ...x4.loadSplat(), ...set(one)],
      listed(0, old0, new0, moved0),
      listed(HALF, old1, new1, moved1),
      setAll(-1, later),
      [...get(at), ...i32.const(4), ...i32.add, ...tee(at), ...get(end), ...i32.ltU],
    ),
  ];
  const makeAnew: Code = [
    ...[...rowOf(direct), ...x4.load(), ...set(new0), ...rowOf(direct), ...x4.load(HALF), ...set(new1)],
    ...[...rowOf(a), ...set(at), ...get(onward), ...tee(k), ...get(panel), ...i32.add, ...set(end)],
    ...loop(
      times(LANES, (i) => [
        ...[...get(at), ...x4.loadSplat(i * 4), ...set(one)],
        ...offer(get(k), i * ROW, new0),
        ...offer(get(k), i * ROW + HALF, new1),
      ]),
      add(at, get(panel)),
      [...get(k), ...i32.const(LANES * ROW), ...i32.add, ...tee(k), ...get(end), ...i32.ltU],
    ),
  ];
  const tell = (lane: number): Code => [
    ...[...get(changed), ...i32.const(1 << lane), ...i32.and],
    ...when(
      [...get(out), ...get(appended), ...i32.const(2), ...i32.shl, ...i32.add],
      [...get(tag), ...i32.const(lane), ...i32.add, ...i32.store()],
      bump(appended, 1),
    ),
  ];
  const body = [
    ...[...get(order), ...i32.const(ROW), ...i32.mul, ...set(panel)],
    ...[...get(row), ...i32.const(ROW), ...i32.mul, ...set(row), ...get(codeMask), ...x4.splat, ...set(mask)],
    ...[...get(order), ...i32.const(3), ...i32.shrU, ...set(left)],
    ...loop(
      [
        ...rowOf(c),
        ...x4.load(),
        ...tee(old0),
        ...set(new0),
        ...rowOf(c),
        ...x4.load(HALF),
        ...tee(old1),
        ...set(new1),
      ],
      setAll(0, worse, later, moved0, moved1),
      [...get(count), ...i32.const(-1), ...i32.sub],
      whenElse([tryListed], [setAll(-1, worse, moved0, moved1)]),
      [...get(worse), ...x4.anyTrue, ...when(makeAnew)],
      [...get(new0), ...get(old0), ...x4.ne, ...get(moved0), ...x4.or, ...x4.bitmask],
      [...get(new1), ...get(old1), ...x4.ne, ...get(moved1), ...x4.or, ...x4.bitmask],
      [...i32.const(4), ...i32.shl, ...i32.or, ...tee(changed)],
      when(
        [...rowOf(c), ...get(new0), ...x4.store(), ...rowOf(c), ...get(new1), ...x4.store(HALF)],
        times(LANES, tell),
      ),
      [...add(c, get(panel)), ...add(direct, get(panel)), ...add(onward, get(panel)), ...bump(tag, LANES)],
      countDown(left),
    ),
    ...get(appended),
  ];
  return { name: "patch", locals, answers: true, body };
}

function update(): Func {
  const locals = new Locals(4);
  const [tables, order, row, codeMask] = [0, 1, 2, 3];
  const [size, x, appended, found] = [locals.word(), locals.word(), locals.word(), locals.word()];
  const table = (name: (typeof TABLES)[number]): Code => [
    ...[...get(tables), ...get(size), ...i32.const(TABLES.indexOf(name)), ...i32.mul, ...i32.add],
  ];
  const stampRow = (to: Code, source: Code, of: number): Code => [
    ...[...to, ...source, ...get(order), ...get(of), ...get(of), ...i32.const(1), ...i32.add],
    ...[...get(codeMask), ...call(STAMP)],
  ];
  const patchRow = (name: "one" | "two", of: number, count: Code, out: Code, tag: Code): Code => [
    ...[...table(name), ...table(name === "one" ? "stamped" : "oneStamped"), ...table("direct"), ...table("onward")],
    ...[...get(order), ...get(of), ...table("list"), ...count, ...out, ...tag, ...get(codeMask), ...call(PATCH)],
  ];
  const answersEnd: Code = [...table("answers"), ...get(appended), ...i32.const(2), ...i32.shl, ...i32.add];
  const answerTag = (of: number): Code => [...get(of), ...i32.const(16), ...i32.shl];
  const afterFirst: Code = [...table("list"), ...i32.const(4), ...i32.add];
  const body = [
    ...[...get(order), ...get(order), ...i32.mul, ...i32.const(4), ...i32.mul, ...set(size)],
    ...stampRow(table("stamped"), table("direct"), row),
    ...[...patchRow("one", row, i32.const(-1), afterFirst, i32.const(0)), ...set(found)],
    ...stampRow(table("oneStamped"), table("one"), row),
    ...[...patchRow("two", row, i32.const(-1), answersEnd, answerTag(row)), ...set(appended)],
    ...[...table("list"), ...get(row), ...i32.store()],
    ...loop(
      [...get(x), ...get(row), ...i32.sub],
      when(
        [...patchRow("one", x, i32.const(1), afterFirst, i32.const(0)), ...tee(found)],
        when(stampRow(table("oneStamped"), table("one"), x)),
        patchRow("two", x, [...get(found), ...i32.const(1), ...i32.add], answersEnd, answerTag(x)),
        [...get(appended), ...i32.add, ...set(appended)],
      ),
      [...get(x), ...i32.const(1), ...i32.add, ...tee(x), ...get(order), ...i32.ltU],
    ),
    ...get(appended),
  ];
  return { name: "update", locals, answers: true, body };
}

/** The module's octets: the same on every machine. */
const minPlusModule = (): Uint8Array<ArrayBuffer> => assemble([product(), stamp(), patch(), update()]);

let compiled: object | undefined;

/** The kernel over a shared memory; nothing where this engine has no SIMD. */
export function wasmMinPlus(memory: SharedMemory): MinPlus | undefined {
  compiled ??= compile(minPlusModule());
  return compiled && (instantiate(compiled, memory) as MinPlus);
}
