// The log of long-running services: colour at a terminal, and none where NO_COLOR says no.

import { describe, expect, it } from "vitest";
import { logOf } from "./serving.ts";

function logged(env: Readonly<Record<string, string>>, isTTY: boolean, format: "auto" | "json" = "auto"): string {
  let written = "";
  const stderr = {
    isTTY,
    write: (line: string) => {
      written += line;
    },
  };
  logOf({ level: "info", format }, env, stderr).warn("the store answers slowly");
  return written;
}

describe("a service's log", () => {
  it("has colour at a terminal, unless NO_COLOR is set", () => {
    expect(logged({}, true)).toContain("\u001b[33mwarn");
    expect(logged({ NO_COLOR: "" }, true)).toContain("\u001b[33mwarn");
    expect(logged({ NO_COLOR: "1" }, true)).toMatch(/^\S+ warn {2}the store answers slowly\n$/);
  });

  it("is JSON without colour off a terminal, and where the settings say so", () => {
    for (const line of [logged({}, false), logged({}, true, "json")])
      expect(JSON.parse(line)).toMatchObject({ level: "warn", message: "the store answers slowly" });
  });
});
