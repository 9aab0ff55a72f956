// The layer "vm": boots the distribution's kernel with the project mounted and counts what test/vm tells of itself. Where
// there can be no machine it says why, in one line.

import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import type { Counted } from "../layer-run.ts";
import { type BootFiles, bootFiles } from "./boot-files.ts";
import { readLine, type Told } from "./console.ts";
import { LIMIT_S, run } from "./machine.ts";
import { Skip } from "./skip.ts";

const ENTRY = "test/vm/main.ts";
const CONSOLE = ".srwan/vm/console.log";
const FIRST_CONSOLE = ".srwan/vm/console-first.log";
const TAIL_LINES = 30;

export async function vm(): Promise<Counted> {
  const say = (line: string): void => void process.stdout.write(`vm: ${line}\n`);
  try {
    return await machine(say);
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    return { passed: 0, failed: [], skipped: [{ test: "every test", why: `no virtual machine: ${error.message}` }] };
  }
}

async function machine(say: (line: string) => void): Promise<Counted> {
  const settings = {
    VM_PROJECT: process.cwd(),
    VM_NODE: process.execPath,
    VM_ENTRY: ENTRY,
    VM_LIMIT_S: String(LIMIT_S),
  };
  const files = bootFiles("tests", settings, say);
  const once = (): Promise<Counted> => {
    say(`booting ${files.version}`);
    return boot(files, say);
  };
  const first = await once();
  if (first.failed.length === 0) return first;
  // An emulated machine is slow where it likes: a world that could not be built is built once more, from nothing, and said.
  renameSync(CONSOLE, FIRST_CONSOLE);
  const why = first.failed[0]?.why.split("\n").slice(0, 3).join(" ");
  say(`${first.failed.length} failed (${why}; all of it is in ${FIRST_CONSOLE}): a second machine has the last word`);
  return once();
}

async function boot({ kernel, initramfs }: BootFiles, say: (line: string) => void): Promise<Counted> {
  writeFileSync(CONSOLE, "");
  const told: Told[] = [];
  const lines: string[] = [];
  const onLine = (line: string): void => {
    appendFileSync(CONSOLE, `${line}\n`);
    lines.push(line);
    const one = readLine(line);
    if (one === undefined) return;
    told.push(one);
    const shown = progress(one);
    if (shown !== undefined) say(shown);
  };
  const why = await run({ kernel, initramfs, onLine });
  return count(told, why, lines, say);
}

function progress(told: Told): string | undefined {
  switch (told.vm) {
    case "phase":
      return `${told.upS.toFixed(1)} s up: ${told.name}`;
    case "pass":
      return `passed  ${told.test} (${(told.ms / 1_000).toFixed(1)} s)`;
    case "fail":
      return `FAILED  ${told.test}: ${told.why}`;
    case "skip":
      return `skipped ${told.test}: ${told.why}`;
    default:
      return undefined;
  }
}

/** A machine that broke off counts as a failure of its own, whatever passed before. */
function count(
  told: readonly Told[],
  why: string | undefined,
  lines: readonly string[],
  say: (line: string) => void,
): Counted {
  const of = <K extends Told["vm"]>(kind: K) => told.filter((one): one is Extract<Told, { vm: K }> => one.vm === kind);
  const passed = of("pass").length;
  const failed = of("fail").map(({ test, why: reason }) => ({ test, why: reason }));
  const skipped = of("skip").map(({ test, why: reason }) => ({ test, why: reason }));
  const trouble = why ?? brokenOff(of("end")[0]?.tests, passed + failed.length + skipped.length, of("exit")[0]?.code);
  if (trouble === undefined || (failed.length > 0 && why === undefined)) return { passed, failed, skipped };
  say(`FAILED  the machine: ${trouble}. Its last lines (all are in ${CONSOLE}):`);
  for (const line of lines.slice(-TAIL_LINES)) say(`  ${line}`);
  return { passed, failed: [...failed, { test: "the machine", why: trouble }], skipped };
}

function brokenOff(announced: number | undefined, seen: number, code: number | undefined): string | undefined {
  if (announced === undefined) return `the tests broke off with exit code ${code ?? "unknown"}`;
  return announced === seen ? undefined : `${announced} tests were run and ${seen} were heard of`;
}
