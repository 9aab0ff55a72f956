// Lines for machines and for people, and no secret in either.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "./errors.ts";
import { createLogger, type Logger, type LogOptions, shortLine } from "./log.ts";
import { REDACTED, redact } from "./redact.ts";

function logged(options: Partial<LogOptions>, use: (log: Logger) => void): string[] {
  const lines: string[] = [];
  use(createLogger({ level: "info", format: "json", write: (line) => void lines.push(line), ...options }));
  return lines;
}

describe("JSON lines", () => {
  it("hold time, level, message and fields, one object a line", () => {
    const [line = ""] = logged({}, (log) => log.warn("drift repaired", { object: "nexthop/12", octets: 2n ** 60n }));
    const { time, ...rest } = JSON.parse(line);
    expect(rest).toEqual({
      level: "warn",
      message: "drift repaired",
      object: "nexthop/12",
      octets: "1152921504606846976",
    });
    expect(new Date(time).toISOString()).toBe(time);
    expect(line.endsWith("\n") && !line.slice(0, -1).includes("\n")).toBe(true);
  });

  it("leave out what is below the level", () => {
    expect(logged({ level: "error" }, (log) => log.warn("no"))).toEqual([]);
  });

  it("carry a child's fields, redacted too", () => {
    const [line = ""] = logged({}, (log) => log.child({ room: "pulse", authKey: "k" }).info("up"));
    expect(JSON.parse(line)).toMatchObject({ room: "pulse", authKey: REDACTED });
  });

  it("carry an error with its code, remedy and cause", () => {
    const error = new SrwanError("USAGE", "no such verb", { remedy: "Try help.", cause: new Error("inner") });
    const [line = ""] = logged({}, (log) => log.error("failed", { error }));
    expect(JSON.parse(line).error).toMatchObject({ code: "USAGE", remedy: "Try help.", cause: { message: "inner" } });
  });
});

it("short lines are for people", () => {
  const entry = { time: "2026-01-02T08:15:04.120Z", level: "warn", message: "drift", object: "nexthop/12", why: "a b" };
  expect(shortLine(entry, false)).toBe('08:15:04.120 warn  drift  object=nexthop/12  why="a b"\n');
  expect(shortLine(entry, true)).toContain("\u001b[33mwarn ");
  const [line] = logged({ format: "short" }, (log) => log.info("up"));
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}up\n$/);
});

describe("redaction", () => {
  it.each([
    "password",
    "apiKey",
    "private_key",
    "joinToken",
    "Authorization",
    "hmac-key",
    "mnemonic",
    "secrets",
    "psk",
  ])("hides the value under %s at any depth", (key) => {
    expect(redact({ a: [{ [key]: "hunter2" }] })).toEqual({ a: [{ [key]: REDACTED }] });
  });

  it.each(["keyId", "monkey", "tokens_total_count", "publicKey", "author"])("leaves %s alone", (key) => {
    expect(redact({ [key]: 1 })).toEqual({ [key]: 1 });
  });

  it("survives cycles, depth, maps, sets and octets", () => {
    const loop: Record<string, unknown> = {
      set: new Set([1]),
      map: new Map([["token", 1]]),
      octets: new Uint8Array([255]),
    };
    loop.self = loop;
    expect(redact(loop)).toEqual({ set: [1], map: { token: REDACTED }, octets: "ff", self: "[circular]" });
  });

  it("always gives something JSON can write", () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
        expect(typeof JSON.stringify(redact(value))).toBe("string");
      }),
    );
  });
});
