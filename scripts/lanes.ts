// Layers at the same time: what measures real time runs one after another and speaks at once; beside it two hands take the
// others off one pile, and each of those says what it has to say when it ends.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { brokenOff, type Counted } from "./layer-run.ts";
import type { Layer } from "./layers.ts";

/** What one layer's process writes down; its processor time is its own and that of all whom it waited for. */
export type Answer = Counted & { readonly cpuSeconds: number };

export type Ran = Answer & { readonly layer: Layer; readonly seconds: number };

const HANDS = 2;
const COMPILED = join(import.meta.dirname, "..", ".srwan", "compiled");

/** In the order in which they were given. */
export async function runLayers(layers: readonly Layer[]): Promise<readonly Ran[]> {
  const alone = availableParallelism() === 1;
  const timed = layers.filter(({ timed }) => alone || timed);
  const others = layers.filter((layer) => !timed.includes(layer));
  const hands = [
    hand(timed, true),
    ...Array.from({ length: HANDS }, () => hand(others, timed.length === 0 && others.length === 1)),
  ];
  const ran = await Promise.all(hands);
  return ran.flat().toSorted((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

/** Takes the next off the pile until there is none. */
async function hand(pile: Layer[], speaks: boolean): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  for (let layer = pile.shift(); layer !== undefined; layer = pile.shift()) ran.push(await one(layer, speaks));
  return ran;
}

async function one(layer: Layer, speaks: boolean): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "srwan-layer-"));
  const answer = join(folder, "counted.json");
  const head = `\n── ${layer.name}: ${layer.about}\n`;
  const started = performance.now();
  try {
    if (speaks) process.stdout.write(head);
    const output = await run(["scripts/one-layer.ts", layer.name, answer], speaks);
    if (!speaks) process.stdout.write(`${head}${output}`);
    const answered: Answer = JSON.parse(readFileSync(answer, "utf8"));
    return { ...answered, layer, seconds: (performance.now() - started) / 1_000 };
  } catch {
    return { ...brokenOff(layer.name), cpuSeconds: 0, layer, seconds: (performance.now() - started) / 1_000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[], speaks: boolean): Promise<string> {
  return new Promise((resolve) => {
    // Hundreds of processes of ours are started, and each would strip and compile the same files.
    const env = { NODE_COMPILE_CACHE: COMPILED, ...process.env };
    const child = spawn(process.execPath, args, { env, stdio: speaks ? "inherit" : ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (more: string) => {
        output += more;
      });
    }
    child.on("close", () => resolve(output));
  });
}
