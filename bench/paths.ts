// The path engine: all pairs over up to two relays against a C kernel and Python's graph libraries, one source and the four
// best paths on a sparse graph, and one changed row against a full run. Answers of all contenders are compared. And how
// soon, and how rarely for nothing, decisions are made on traces.

import { spawnSync } from "node:child_process";
import { between, SeededRng } from "../src/base/rng.ts";
import { AllPairs } from "../src/topology/engine/all-pairs.ts";
import { AnyRelays } from "../src/topology/engine/any-relays.ts";
import { openCrew } from "../src/topology/engine/crew.ts";
import { startsOf } from "../src/topology/engine/csr.ts";
import { type Direct, DirectReader } from "../src/topology/engine/direct.ts";
import { leastSums } from "../src/topology/engine/least-sums.ts";
import { Matrix } from "../src/topology/engine/matrix.ts";
import type { SegmentSpec } from "../src/topology/engine/matrix-schema.ts";
import { type Engine, PackedPairs } from "../src/topology/engine/packed-pairs.ts";
import { findPaths } from "../src/topology/engine/paths.ts";
import { decisions } from "./decision-part.ts";
import { fasterThan, type Peer, pythonPeer } from "./graph-peers.ts";
import { atMost, type Figure, interleaved, type Measured, median } from "./lib.ts";
import { native } from "./netns.ts";

export const paths: Figure = {
  name: "paths",
  about:
    "paths in meshes of 100 and 1,000 POPs and over 10,000 POPs with 40,000 segments, against C, igraph and networkx; " +
    "how soon decisions follow trouble in traces, and how rarely noise",
  measure: async (rounds) => {
    const parts = [await small(rounds), await large(rounds), await sparse(rounds), await oneRow(rounds), decisions()];
    const figures = parts.flatMap((part) => Object.entries(part.figures)).filter(([, value]) => !Number.isNaN(value));
    return {
      figures: Object.fromEntries(figures),
      goals: parts.flatMap(({ goals }) => goals),
    };
  },
};

/** Delays of 40 to 150 ms between all. A fourth hop never pays, so that answers over any number of relays are the same. */
function mesh(n: number): Direct {
  const rng = new SeededRng(n);
  const cost = Float64Array.from({ length: n * n }, (_, pair) =>
    Math.floor(pair / n) === pair % n ? Number.POSITIVE_INFINITY : between(rng, 40_000, 150_000),
  );
  return { n, cost, segment: new Int32Array(n * n), relays: new Uint8Array(n).fill(1) };
}

/** The middle of several runs, in milliseconds. */
const timed = (runs: number, work: () => unknown): number =>
  median(
    Array.from({ length: runs }, () => {
      const started = performance.now();
      work();
      return performance.now() - started;
    }),
  );

/** One way of computing a mesh, and what its answers add up to. */
type Contender = { readonly run: () => number; readonly octets: number; readonly total: number; close(): void };

function totalOf(n: number, cost: (from: number, to: number) => number | undefined): number {
  let total = 0;
  for (let from = 0; from < n; from++) for (let to = 0; to < n; to++) if (from !== to) total += cost(from, to) ?? 0;
  return total;
}

function twoRelays(direct: Direct, engine: Engine, threads: number, runs: number): Contender {
  const tables = PackedPairs.of(direct, engine);
  if (!tables) throw new Error("the costs have no room in words");
  const crew = threads > 1 ? openCrew(tables, threads) : undefined;
  tables.compute(crew);
  const total = totalOf(direct.n, (from, to) => tables.cost(from, to));
  return {
    run: () => timed(runs, () => tables.compute(crew)),
    octets: tables.octets,
    total,
    close: () => crew?.close(),
  };
}

/** What Python's libraries answer too: paths of any length. */
function anyRelays(direct: Direct, runs: number, total: number): () => number {
  const pairs = new AnyRelays(direct);
  if (totalOf(direct.n, (from, to) => pairs.cost(from, to)) !== total) throw new Error("any relays and two differ");
  return () => timed(runs, () => pairs.compute(direct));
}

/** The C kernel reads the costs once a round, times its own runs, and says what all answers add up to. */
function inC(direct: Direct, runs: number): Peer {
  const program = native("minplus", ["-O3", "-march=native"]);
  const input = Int32Array.from(direct.cost, (cost) => (cost === Number.POSITIVE_INFINITY ? -1 : cost));
  return () => {
    const ran = spawnSync(program, [String(direct.n), String(runs)], { input: new Uint8Array(input.buffer) });
    if (ran.status !== 0) throw new Error(`the C kernel ended with ${ran.status}: ${ran.stderr}`);
    return JSON.parse(String(ran.stdout));
  };
}

/** A peer to be run for its time, whose answers must add up to ours; not a number where it is not installed. */
class Checked {
  /** What it took when it ran last; of Python the whole process. */
  mb = Number.NaN;
  readonly #name: string;
  readonly #peer: Peer | undefined;
  readonly #total: number;

  constructor(name: string, peer: Peer | undefined, total: number) {
    this.#name = name;
    this.#peer = peer;
    this.#total = total;
  }

  readonly run = (): number => {
    if (!this.#peer) return Number.NaN;
    const { ms, sum, mb } = this.#peer();
    if (sum !== this.#total) throw new Error(`${this.#name} finds ${sum} in all, we find ${this.#total}`);
    this.mb = mb;
    return ms;
  };
}

const graphOf = ({ n, cost }: Direct) => {
  const pairs = Array.from({ length: n * n }, (_, pair) => pair).filter((pair) => Math.floor(pair / n) !== pair % n);
  return { n, edges: pairs.map((pair) => [Math.floor(pair / n), pair % n]), costs: pairs.map((pair) => cost[pair]) };
};

async function small(rounds: number): Promise<Measured> {
  const direct = mesh(100);
  const [wasm, js] = [twoRelays(direct, "wasm", 1, 200), twoRelays(direct, "js", 1, 15)];
  const graph = { ...graphOf(direct), what: "all" };
  const igraph = new Checked("igraph", pythonPeer("igraph", { ...graph, runs: 9 }), wasm.total);
  const networkx = new Checked("networkx", pythonPeer("networkx", { ...graph, runs: 1 }), wasm.total);
  const c = new Checked("the C kernel", inC(direct, 500), wasm.total);
  const took = await interleaved(
    {
      c: c.run,
      wasm: wasm.run,
      js: js.run,
      any: anyRelays(direct, 200, wasm.total),
      igraph: igraph.run,
      networkx: networkx.run,
    },
    rounds,
  );
  return {
    figures: {
      mesh100Ms: took.wasm,
      mesh100JsMs: took.js,
      mesh100CMs: took.c,
      mesh100AnyRelaysMs: took.any,
      mesh100IgraphMs: took.igraph,
      mesh100NetworkxMs: took.networkx,
      mesh100MB: wasm.octets / 1e6,
      mesh100CMB: c.mb,
      mesh100IgraphProcessMB: igraph.mb,
      mesh100NetworkxProcessMB: networkx.mb,
    },
    goals: [
      atMost("100 POPs against C", took.wasm / took.c, "×", 2.5),
      fasterThan("igraph", "100 POPs", took.igraph, took.any, 30),
      fasterThan("networkx", "100 POPs", took.networkx, took.any, 200),
    ],
  };
}

async function large(rounds: number): Promise<Measured> {
  const direct = mesh(1_000);
  const wasm = twoRelays(direct, "wasm", 1, 5);
  const two = twoRelays(direct, "wasm", 2, 5);
  const js = twoRelays(direct, "js", 1, 1);
  const c = new Checked("the C kernel", inC(direct, 5), wasm.total);
  const took = await interleaved({ c: c.run, wasm: wasm.run, two: two.run }, rounds);
  const igraph = new Checked("igraph", pythonPeer("igraph", { ...graphOf(direct), what: "all", runs: 1 }), wasm.total);
  const any = anyRelays(direct, 3, wasm.total);
  const once = await interleaved({ any, js: js.run, igraph: igraph.run }, 1);
  two.close();
  return {
    figures: {
      mesh1000Ms: took.wasm,
      mesh1000TwoThreadsMs: took.two,
      mesh1000JsMs: once.js,
      mesh1000CMs: took.c,
      mesh1000AnyRelaysMs: once.any,
      mesh1000IgraphMs: once.igraph,
      mesh1000MB: wasm.octets / 1e6,
      mesh1000CMB: c.mb,
      mesh1000IgraphProcessMB: igraph.mb,
    },
    goals: [
      atMost("1,000 POPs against C", took.wasm / took.c, "×", 2.2),
      atMost("1,000 POPs on two threads against C", took.two / took.c, "×", 1.2),
      fasterThan("igraph", "1,000 POPs", once.igraph, once.any, 30),
    ],
  };
}

/** 10,000 POPs in a ring with 30,000 chords. */
async function sparse(rounds: number): Promise<Measured> {
  const [n, count] = [10_000, 40_000];
  const rng = new SeededRng(n);
  const name = (pop: number) => `p${String(pop).padStart(5, "0")}`;
  const ways = new Map<string, SegmentSpec>();
  for (let pop = 0; ways.size < count; pop++) {
    const from = pop < n ? pop : between(rng, 0, n - 1);
    const to = pop < n ? (pop + 1) % n : between(rng, 0, n - 1);
    const spec = { from: name(from), transit: "t", to: name(to), delayUs: between(rng, 1_000, 100_000), boundUs: 0 };
    if (from !== to) ways.set(`${from} ${to}`, spec);
  }
  const before = memoryMB();
  const matrix = new Matrix({
    pops: Array.from({ length: n }, (_, pop) => ({ name: name(pop) })),
    segments: [...ways.values()],
  });
  const matrixMB = memoryMB() - before;
  const { from, to, delayUs } = matrix.columns;
  const edges = { start: startsOf(from, n), to, value: delayUs };
  const pairs = Array.from({ length: 20 }, () => [between(rng, 0, n - 1), between(rng, 0, n - 1)] as const);
  const graph = { n, edges: Array.from(from, (pop, id) => [pop, to[id]]), costs: [...delayUs] };
  const fourBest = ([source, target]: readonly [number, number]): number =>
    findPaths(matrix, { from: source, to: target, count: 4 }).paths.reduce(
      (sum, path) => sum + (path.totals.delayUs ?? 0),
      0,
    );
  const totalOne = leastSums(edges, 7).reduce((sum, one) => sum + one, 0);
  const totalFour = pairs.reduce((sum, pair) => sum + fourBest(pair), 0);
  const one = new Checked("igraph", pythonPeer("igraph", { ...graph, what: "one", from: 7, runs: 40 }), totalOne);
  const yen = new Checked("igraph's Yen", pythonPeer("igraph", { ...graph, what: "yen", pairs, runs: 20 }), totalFour);
  const networkx = new Checked(
    "networkx",
    pythonPeer("networkx", { ...graph, what: "one", from: 7, runs: 5 }),
    totalOne,
  );
  let next = 0;
  const took = await interleaved(
    {
      one: () => timed(100, () => leastSums(edges, 7)),
      four: () => timed(40, () => fourBest(pairs[next++ % pairs.length] ?? [0, 1])),
      igraphOne: one.run,
      igraphFour: yen.run,
      networkxOne: networkx.run,
    },
    rounds,
  );
  return {
    figures: {
      oneSourceMs: took.one,
      fourBestMs: took.four,
      oneSourceIgraphMs: took.igraphOne,
      fourBestIgraphMs: took.igraphFour,
      oneSourceNetworkxMs: took.networkxOne,
      sparseMatrixMB: matrixMB,
      sparseIgraphProcessMB: one.mb,
      sparseNetworkxProcessMB: networkx.mb,
    },
    goals: [
      fasterThan("igraph", "one source", took.igraphOne, took.one, 2),
      fasterThan("igraph", "four best paths", took.igraphFour, took.four, 3),
    ],
  };
}

function memoryMB(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

/** A group of 100 POPs with three transits each: all segments of one POP are measured again, and answers follow. */
async function oneRow(rounds: number): Promise<Measured> {
  const n = 100;
  const rng = new SeededRng(3);
  const names = Array.from({ length: n }, (_, pop) => `p${String(pop).padStart(3, "0")}`);
  const segments = names.flatMap((from) =>
    names.flatMap((to) =>
      (from === to ? [] : ["t1", "t2", "t3"]).map((transit) => ({
        ...{ from, transit, to, delayUs: between(rng, 20_000, 150_000), boundUs: 100, lossPpm: 0 },
      })),
    ),
  );
  const matrix = new Matrix({ pops: names.map((name) => ({ name })), segments });
  const reader = new DirectReader(matrix, {});
  const direct = reader.read();
  const pairs = new AllPairs(direct);
  const measureAgain = (pop: number): void => {
    for (let id = matrix.outStart[pop] ?? 0; id < (matrix.outStart[pop + 1] ?? 0); id++) {
      const delayUs = Math.max(1, Math.round(((matrix.delayUs(id) ?? 0) * between(rng, 970, 1_030)) / 1_000));
      matrix.record(id, { delayUs, boundUs: 100, lossPpm: 0 });
    }
  };
  let pop = 0;
  const took = await interleaved(
    {
      row: () => {
        const ms = Array.from({ length: 300 }, () => {
          pop = (pop + 1) % n;
          measureAgain(pop);
          return timed(1, () => {
            reader.readRow(pop, direct);
            return pairs.better(pairs.update(pop));
          });
        });
        return median(ms);
      },
      full: () => timed(60, () => new AllPairs(new DirectReader(matrix, {}).read()).better()),
    },
    rounds,
  );
  const [mended, anew] = [pairs.better(), new AllPairs(reader.read()).better()];
  if (JSON.stringify(mended) !== JSON.stringify(anew)) throw new Error("mended rows and a full run differ");
  return {
    figures: { changedRowMs: took.row, fullRunMs: took.full, groupMB: pairs.octets / 1e6 },
    goals: [atMost("a changed row against a full run", took.row / took.full, "×", 1 / 20)],
  };
}
