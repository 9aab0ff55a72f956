// `srwan lab demo`: its flags, and its report as a person reads it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { RealClock } from "../../base/clock.ts";
import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { demo } from "../../lab/demo/demo.ts";
import { BREAKABLE, type Breakable, SABOTAGE } from "../../lab/demo/steps.ts";
import type { Context, Input, View } from "../verb.ts";
import { interrupted, selfWords } from "./input.ts";

const DEFAULT_PORT = 7_177;
const TOPOLOGY = "labs/containerlab/transatlantic/transatlantic.clab.yml";

export async function runDemo(context: Context, { flags }: Input): Promise<View> {
  const quick = flags.quick === true;
  const sabotage = readSabotage(flags.sabotage);
  const report = await demo({
    file: topologyFile(),
    rootless: flags.rootless === true || process.getuid?.() !== 0,
    env: context.env,
    self: selfWords(),
    clock: new RealClock(),
    signal: interrupted(),
    port: readPort(flags.port, quick ? 0 : DEFAULT_PORT),
    quick,
    sabotage,
    tell: (text) => void process.stderr.write(`${text}\n`),
  });
  const broken = report.steps.find(({ holds }) => !holds);
  return {
    data: report,
    text: () =>
      broken ? `The demo failed at ${broken.step}: ${broken.saw}` : `All ${report.steps.length} steps hold.`,
    ...(report.holds ? {} : { exitCode: EXIT_CODES.failed.code }),
  };
}

function topologyFile(): string {
  const file = join(import.meta.dirname, "../../..", TOPOLOGY);
  if (existsSync(file)) return file;
  throw new SrwanError("LAB_INVALID", `${TOPOLOGY} is not beside this program`, {
    remedy: "Run the demo from a clone of the repository: `make demo`.",
  });
}

function readSabotage(given: unknown): Breakable | "each" | undefined {
  if (given === undefined || given === "each") return given;
  const step = BREAKABLE.find((name) => name === given);
  if (step !== undefined) return step;
  const all = BREAKABLE.map((name) => `${name} (${SABOTAGE[name]})`).join(", ");
  throw new SrwanError("USAGE", `--sabotage ${String(given)} is no step that can be broken`, {
    remedy: `Use one of ${all}; or each, to see each of them broken, noticed and mended in turn.`,
  });
}

function readPort(given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SrwanError("USAGE", `--port ${String(given)} is no port`, { remedy: "Give 0 to 65535; 0 takes any." });
}
