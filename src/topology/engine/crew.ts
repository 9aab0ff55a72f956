// An edge: threads that share the tables of one all-pairs run. Each takes some rows; they need nothing of each other, so
// the only meeting is at the end. This file is also what the threads run.

import { isMainThread, Worker, workerData } from "node:worker_threads";
import { jsMinPlus } from "./minplus-js.ts";
import { wasmMinPlus } from "./minplus-wasm.ts";
import { type Crew, cutRows, type PackedPairs, runRows } from "./packed-pairs.ts";
import type { SharedMemory } from "./wasm.ts";

/** Words of the control block: which job is on, how many threads have done it, and the job itself. */
const JOB = 0;
const DONE = 1;
/** The order and the code mask. */
const ARGUMENTS = 2;
const STOP = -1;

type Shared = {
  readonly memory: SharedMemory;
  readonly control: Int32Array;
  readonly part: number;
  readonly parts: number;
};

/** `threads` counts the calling one, which works too. */
export function openCrew(tables: PackedPairs, threads: number): Crew {
  const control = new Int32Array(new SharedArrayBuffer(16));
  const { memory } = tables;
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const shared: Shared = { memory, control, part: i + 1, parts: threads };
    return new Worker(new URL(import.meta.url), { workerData: shared });
  });
  for (const worker of workers) worker.unref();
  const mine = rowsOf({ memory, control, part: 0, parts: threads });
  return {
    run: (order, codeMask) => {
      control.set([order, codeMask], ARGUMENTS);
      Atomics.store(control, DONE, 0);
      Atomics.add(control, JOB, 1);
      Atomics.notify(control, JOB);
      mine();
      for (let done = 0; done < workers.length; done = Atomics.load(control, DONE)) Atomics.wait(control, DONE, done);
    },
    close: () => {
      Atomics.store(control, JOB, STOP);
      Atomics.notify(control, JOB);
    },
  };
}

/** Computes this thread's share of the job in the control block. */
function rowsOf({ memory, control, part, parts }: Shared): () => void {
  const words = new Int32Array(memory.buffer);
  const kernel = wasmMinPlus(memory) ?? jsMinPlus(words);
  return () => {
    const [order = 0, codeMask = 0] = control.subarray(ARGUMENTS);
    const [from, until] = cutRows(order, parts)[part] ?? [0, 0];
    if (from < until) runRows(kernel, words, { order, codeMask, from, until });
  };
}

function serve(shared: Shared): void {
  const { control } = shared;
  const work = rowsOf(shared);
  for (let seen = 0; ; ) {
    Atomics.wait(control, JOB, seen);
    const job = Atomics.load(control, JOB);
    if (job === STOP) return;
    if (job === seen) continue;
    seen = job;
    work();
    Atomics.add(control, DONE, 1);
    Atomics.notify(control, DONE);
  }
}

if (!isMainThread && isShared(workerData)) serve(workerData);

function isShared(value: unknown): value is Shared {
  return typeof value === "object" && value !== null && "control" in value && "memory" in value && "parts" in value;
}
