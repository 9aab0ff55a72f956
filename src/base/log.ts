// Logging: pino underneath, one small interface above. JSON an object a line for machines, or one short line for a
// person; secrets are redacted by key before pino sees them.

import { type DestinationStream, pino } from "pino";
import { redact } from "./redact.ts";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace";
type Fields = Readonly<Record<string, unknown>>;

export type Logger = { readonly [L in LogLevel]: (message: string, fields?: Fields) => void } & {
  /** A logger that adds these fields to every line: `log.child({ room: "pulse" })`. */
  child(fields: Fields): Logger;
};

export type LogOptions = {
  readonly level: LogLevel | "silent";
  readonly format: "json" | "short";
  readonly colour?: boolean;
  readonly write: (line: string) => void;
};

export function createLogger(options: LogOptions): Logger {
  const destination: DestinationStream =
    options.format === "json"
      ? { write: options.write }
      : { write: (line) => options.write(shortLine(JSON.parse(line), options.colour === true)) };
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        messageKey: "message",
        serializers: {},
      },
      destination,
    ),
  );
}

type PinoLike = Pick<ReturnType<typeof pino>, LogLevel | "child">;

function wrap(inner: PinoLike): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Fields = {}): void =>
      inner[level](redact(fields) as Record<string, unknown>, message);
  return {
    fatal: at("fatal"),
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    child: (fields) => wrap(inner.child(redact(fields) as Record<string, unknown>)),
  };
}

const COLOURS: Readonly<Record<string, string>> = { fatal: "31;1", error: "31", warn: "33", info: "32", debug: "36" };

/** "08:15:04.120 warn  drift repaired  object=nexthop/12 policy=gold". */
export function shortLine(entry: Readonly<Record<string, unknown>>, colour: boolean): string {
  const { time, level, message, ...fields } = entry;
  const label = String(level).padEnd(5);
  const paint = colour ? COLOURS[String(level)] : undefined;
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`);
  const head = `${String(time).slice(11, 23)} ${paint ? `\u001b[${paint}m${label}\u001b[0m` : label} ${String(message)}`;
  return `${[head, ...pairs].join("  ")}\n`;
}

const fieldText = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
