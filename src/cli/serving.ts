// What the verbs of long-running services share: the log of a role's settings, and a close whose parts may fail to stop.

import { EXIT_CODES } from "../base/errors.ts";
import { createLogger, type Logger, type LogOptions } from "../base/log.ts";
import type { StopReport } from "../base/stop.ts";
import { toldToStop } from "./signals.ts";
import type { View } from "./verb.ts";

type LogSettings = { readonly level: LogOptions["level"]; readonly format: LogOptions["format"] | "auto" };

/** The log of a role's settings, on stderr. */
export function logOf({ level, format }: LogSettings, mayColour = true): Logger {
  const onTerminal = process.stderr.isTTY === true;
  const chosen = format === "auto" ? (onTerminal ? "short" : "json") : format;
  const write = (line: string): void => void process.stderr.write(line);
  return createLogger({ level, format: chosen, colour: onTerminal && mayColour, write });
}

/** Runs what has started until it is told to end; what did not stop is in its log, and in the exit code. */
export async function untilClosed(
  service: { close(): Promise<readonly StopReport[]> },
  log: Logger,
  data: Readonly<Record<string, unknown>>,
  stopped: Promise<void> = toldToStop(),
): Promise<View> {
  await stopped;
  const failed = (await service.close()).filter(({ error }) => error !== undefined);
  for (const { part, error } of failed) log.error("a part did not stop", { part, error });
  return {
    data: { ...data, stopped: true },
    text: () => "stopped",
    exitCode: (failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed).code,
    written: true,
  };
}
