// Lanes of layers at the same time: what measures real time runs one after another in one lane and speaks at once; the other
// lanes run beside it, and each of their layers says what it has to say when it ends.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { brokenOff, type Counted } from "./layer-run.ts";
import type { Layer } from "./layers.ts";

export type Ran = Counted & { readonly layer: Layer; readonly seconds: number };

/** In the order in which they were given. */
export async function runLayers(layers: readonly Layer[]): Promise<readonly Ran[]> {
  const lanes = availableParallelism() > 1 ? [...Map.groupBy(layers, (layer) => layer.lane).values()] : [layers];
  const ran = await Promise.all(lanes.map((all) => lane(all, lanes.length === 1 || all[0]?.lane === "time")));
  return ran.flat().toSorted((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

async function lane(layers: readonly Layer[], speaks: boolean): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  for (const layer of layers) ran.push(await one(layer, speaks));
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
    const counted: Counted = JSON.parse(readFileSync(answer, "utf8"));
    return { ...counted, layer, seconds: (performance.now() - started) / 1_000 };
  } catch {
    return { ...brokenOff(layer.name), layer, seconds: (performance.now() - started) / 1_000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[], speaks: boolean): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: speaks ? "inherit" : ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (more: string) => {
        output += more;
      });
    }
    child.on("close", () => resolve(output));
  });
}
