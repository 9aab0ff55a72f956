// What a service manager hears, over a real Unix datagram socket held by another program.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { serviceManager, unixAddress, watchdogMs } from "./notify.ts";

const MANAGER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
print("bound", flush=True)
heard = []
while "STOPPING=1" not in heard:
    heard = s.recv(4096).decode().split("\\n")
    print(" ".join(heard), flush=True)
`;

/** What it heard, in order, from ready to stopping. */
async function heardBy(address: string): Promise<string[]> {
  const manager = spawn("python3", ["-c", MANAGER, address], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const fed = Promise.withResolvers<void>();
  const bound = Promise.withResolvers<void>();
  manager.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
    if (text.includes("bound")) bound.resolve();
    if (text.split("WATCHDOG=1").length > 2) fed.resolve();
  });
  await bound.promise;
  const us = serviceManager({ NOTIFY_SOCKET: address, WATCHDOG_USEC: "20000", WATCHDOG_PID: `${process.pid}` });
  us.ready("sea runs");
  await fed.promise;
  us.stopping();
  await once(manager, "close");
  return text.trim().split("\n").slice(1);
}

describe("a service manager", () => {
  it.each(["path", "abstract"])("hears that we run, that we live and that we stop (%s)", async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), "srwan-notify-"));
    const heard = await heardBy(kind === "path" ? join(folder, "notify") : `@srwan-notify-${process.pid}`);
    rmSync(folder, { recursive: true });
    expect(heard[0]).toBe(`READY=1 STATUS=sea runs MAINPID=${process.pid}`);
    expect(new Set(heard.slice(1, -1))).toEqual(new Set(["WATCHDOG=1"]));
    expect(heard.at(-1)).toBe("STOPPING=1");
  });

  it("is not needed", () => {
    const nobody = serviceManager({});
    expect(() => {
      nobody.ready("alone");
      nobody.stopping();
    }).not.toThrow();
  });

  it("is fed twice in the time that it waits, if it is us it waits for", () => {
    expect(watchdogMs({ WATCHDOG_USEC: "30000000" })).toBe(15_000);
    expect(watchdogMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" })).toBeUndefined();
    expect(watchdogMs({})).toBeUndefined();
  });

  it("has an address, or is refused by name", () => {
    expect([...unixAddress("@ab")]).toEqual([1, 0, 0, 97, 98]);
    expect(() => unixAddress("notify")).toThrow(/NOTIFY_SOCKET=notify/);
    expect(() => unixAddress(`/${"a".repeat(108)}`)).toThrow(/no address of a Unix socket/);
  });
});
