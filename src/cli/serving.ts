// What the verbs of long-running services share: the log of a role's settings, and a close whose parts may fail to stop.

import { EXIT_CODES } from "../base/errors.ts";
import { createLogger, type Logger, type LogOptions } from "../base/log.ts";
import { serviceManager } from "../base/notify.ts";
import type { StopReport } from "../base/stop.ts";
import { toldToStop } from "./signals.ts";
import type { View } from "./verb.ts";

type LogSettings = { readonly level: LogOptions["level"]; readonly format: LogOptions["format"] | "auto" };

type Stderr = { readonly isTTY?: boolean; write(line: string): unknown };

/** The log of a role's settings, on stderr: colour for a person at a terminal, unless NO_COLOR says no. */
export function logOf(
  { level, format }: LogSettings,
  env: Readonly<Record<string, string | undefined>>,
  stderr: Stderr = process.stderr,
): Logger {
  const onTerminal = stderr.isTTY === true;
  const chosen = format === "auto" ? (onTerminal ? "short" : "json") : format;
  const write = (line: string): void => void stderr.write(line);
  return createLogger({ level, format: chosen, colour: onTerminal && !env.NO_COLOR, write });
}

/** What a service manager hears of it, and when it is over. */
type Told = { readonly env: NodeJS.ProcessEnv; readonly status: string; readonly stopped?: Promise<void> };

/** Runs what has started until it is told to end; what did not stop is in its log, and in the exit code. */
export async function untilClosed(
  service: { close(): Promise<readonly StopReport[]> },
  log: Logger,
  data: Readonly<Record<string, unknown>>,
  { env, status, stopped = toldToStop() }: Told,
): Promise<View> {
  const manager = serviceManager(env);
  manager.ready(status);
  await stopped;
  manager.stopping();
  const failed = (await service.close()).filter(({ error }) => error !== undefined);
  for (const { part, error } of failed) log.error("a part did not stop", { part, error });
  return {
    data: { ...data, stopped: true },
    text: () => "stopped",
    exitCode: (failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed).code,
    written: true,
  };
}
