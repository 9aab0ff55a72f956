// What a member of a full group computes each second for its matrix (CPU time): 100 rows of 99 cells brought to one time, the clocks
// reconciled, 9,900 cells made.

import { SeededRng, unit } from "../src/base/rng.ts";
import { GroupMatrix } from "../src/pulse/matrix/group-matrix.ts";
import type { DirectionStats, PeerId, Row, RowCell } from "../src/pulse/model.ts";
import { median } from "./lib.ts";

const MEMBERS = 100;
const SECOND_NS = 1_000_000_000n;
const EPOCH_NS = 1_800_000_000n * SECOND_NS;
const RATE = { ppm: 0, lowPpm: -5, highPpm: 5 };

/** The median CPU time of some rounds, each with rows that are new. */
export function matrixCpuMs(rounds: number): number {
  const rng = new SeededRng(1);
  const members = Array.from({ length: MEMBERS }, (_, i) => `pop-${i}` as PeerId);
  const aheadUs = members.map(() => 1e6 * (unit(rng) - 0.5));
  const delaysUs = members.map(() => members.map(() => 10_000 + 40_000 * unit(rng)));
  const directed = (i: number, j: number): DirectionStats => {
    const minUs = Math.round((delaysUs[i]?.[j] ?? 0) + (aheadUs[j] ?? 0) - (aheadUs[i] ?? 0));
    const counted = { lossPpm: 0, reorderedPpm: 0, duplicatedPpm: 0, ageMs: 500, samples: 30 };
    return {
      ...counted,
      minUs,
      p5Us: minUs + 50,
      p50Us: minUs + 400,
      p95Us: minUs + 2_000,
      jitterUs: 200,
      stampErrorUs: 200,
    };
  };
  const rowOf = (i: number, sequence: number): Row => ({
    member: members[i] as PeerId,
    sequence,
    madeNs: EPOCH_NS + BigInt(sequence) * SECOND_NS + BigInt(Math.round(1_000 * (aheadUs[i] ?? 0))),
    cells: new Map(
      members.flatMap((peer, j): [PeerId, RowCell][] =>
        i === j ? [] : [[peer, { out: directed(i, j), outLossPpm: 0, inMinUs: directed(j, i).minUs, inLossPpm: 0 }]],
      ),
    ),
  });
  const matrix = new GroupMatrix(members[0] as PeerId, members);
  const peers = [...members.keys()].slice(1);
  const views = peers.map((i) => ({
    ...{ peer: members[i] as PeerId, out: directed(0, i), in: directed(i, 0), rate: RATE, clockSteps: 0 },
    ...{ outLossPpm: 0, inLossPpm: 0 },
  }));
  const rates = new Map(peers.map((i) => [members[i] as PeerId, RATE]));
  const times: number[] = [];
  for (let sequence = 1; sequence <= rounds + 1; sequence++) {
    const row = rowOf(0, sequence);
    const nowNs = row.madeNs + SECOND_NS / 2n;
    for (const i of peers) matrix.takeRow(rowOf(i, sequence), nowNs);
    const began = process.cpuUsage();
    matrix.takeOwn({ row, rates, views }, nowNs);
    if (matrix.cells(nowNs).some(({ p50Us }) => p50Us === undefined)) throw new Error("a cell is missing");
    matrix.contradictions(nowNs);
    if (sequence > 1) {
      const { user, system } = process.cpuUsage(began);
      times.push((user + system) / 1_000);
    }
  }
  return median(times);
}
