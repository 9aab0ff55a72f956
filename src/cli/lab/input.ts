// From the command line to a lab: what `lab impair` was asked, a command inside a node, Ctrl-C.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { nearest } from "../../base/nearest.ts";
import { withTools } from "../../base/program.ts";
import { parseDurationMs, parseDurationUs, parseRate, parseSharePpm } from "../../base/units.ts";
import { directionFrom, directions, endText, type ImpairmentChange, type Lab } from "../../lab/model.ts";
import type { ControlRequest } from "../../lab/net/control-schema.ts";
import { intoNode, nodeEnv, nodeNamed } from "../../lab/net/enter.ts";
import { type LabFolder, recordOf } from "../../lab/net/folder.ts";
import { textOf } from "../flags.ts";
import type { Input } from "../verb.ts";

/** This program, to be started again. */
export const selfWords = (): string[] => [process.execPath, ...process.execArgv, process.argv[1] ?? ""];

/** Aborted by Ctrl-C or a supervisor; what is half-made is then taken down before the process ends. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => controller.abort(new Error(`interrupted by ${name}`)));
  }
  return controller.signal;
}

type ImpairRequest = Extract<ControlRequest, { ask: "impair" | "reset" }>;

export function readImpair({ arguments: [, ...given], flags }: Input, lab: Lab): ImpairRequest {
  const text = (name: string): string | undefined => textOf(flags[name]);
  const read = <T>(name: string, parse: (value: string) => T): T | undefined => {
    const value = text(name);
    return value === undefined ? undefined : parse(value);
  };
  const ends = given.flatMap((end) => (flags.both === true ? bothEnds(lab, end) : [knownEnd(lab, end)]));
  const delayUs = read("delay", parseDurationUs);
  const jitterUs = read("jitter", parseDurationUs);
  const lossPpm = flags.down === true ? 1_000_000 : read("loss", parseSharePpm);
  const rateBps = read("rate", (value) => (value === "none" ? "none" : parseRate(value)));
  const forMs = read("for", parseDurationMs);
  const change: ImpairmentChange = {
    ...(delayUs === undefined ? {} : { delayUs }),
    ...(jitterUs === undefined ? {} : { jitterUs }),
    ...(lossPpm === undefined ? {} : { lossPpm }),
    ...(rateBps === undefined ? {} : { rateBps }),
  };
  const isEmpty = Object.keys(change).length === 0;
  if (flags.reset === true) {
    if (isEmpty && forMs === undefined) return { ask: "reset", ends };
    throw new SrwanError("USAGE", "--reset stands beside a change", { remedy: "Reset first, then change." });
  }
  if (isEmpty) {
    throw new SrwanError("USAGE", "nothing to change was given", {
      remedy: "Give --delay, --jitter, --loss, --rate, --down or --reset.",
    });
  }
  if (Math.max(delayUs ?? 0, jitterUs ?? 0) > LIMITS.labDelayMaxUs) {
    throw new SrwanError("VALUE_INVALID", "the delay is too long", {
      remedy: `Give ${LIMITS.labDelayMaxUs / 1_000_000}s or less.`,
    });
  }
  return { ask: "impair", ends, change, ...(forMs === undefined ? {} : { forMs }) };
}

function knownEnd(lab: Lab, end: string): string {
  if (directionFrom(lab, end)) return end;
  const known = directions(lab).map(({ from }) => endText(from));
  throw unknown("link end", end, known);
}

function bothEnds(lab: Lab, end: string): string[] {
  const direction = directionFrom(lab, knownEnd(lab, end));
  return direction ? [endText(direction.from), endText(direction.to)] : [];
}

function unknown(what: string, name: string, known: readonly string[]): SrwanError {
  const near = nearest(name, known);
  return new SrwanError("LAB_PART_UNKNOWN", `the lab has no ${what} ${name}`, {
    remedy: near ? `Did you mean ${near}?` : `Use one of ${known.slice(0, 24).join(", ")}.`,
  });
}

/** Gives its exit code, or 128 and the signal that ended it, as a shell does. */
export function execInNode(
  folder: LabFolder,
  nodeName: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const record = recordOf(folder);
  const lab = folder.lab();
  const node = nodeNamed(lab, nodeName);
  if (node === undefined) {
    throw unknown(
      "node",
      nodeName,
      lab.nodes.map(({ name }) => name),
    );
  }
  const [program = "", ...args] = [...intoNode(folder, record, node.name), ...words];
  const child = spawn(program, args, {
    stdio: "inherit",
    env: withTools({ ...env, ...nodeEnv(folder, record, node) }),
  });
  // The terminal's own signals reach the command without us; this process waits for what it makes of them.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => void child.kill(name));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
