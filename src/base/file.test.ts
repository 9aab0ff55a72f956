// Files in a shared folder: read within limits, changed by one at a time, whole or not at all.

import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ManualClock, RealClock } from "./clock.ts";
import { changeFile, readFile } from "./file.ts";
import { LIMITS } from "./limits.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const clock = new RealClock();
const write = (name: string, text: string) => changeFile(path(name), 1_000, clock, () => ({ text, result: undefined }));

describe("readFile", () => {
  it("gives the octets, up to the limit", () => {
    writeFileSync(path("read"), "12345");
    expect(readFile(path("read"), 5).toString()).toBe("12345");
    expect(() => readFile(path("read"), 4)).toThrow(/larger than 4 octets/);
  });

  it.each(["absent", "."])("says which file cannot be read: %s", (name) => {
    expect(() => readFile(path(name), 5)).toThrow(expect.objectContaining({ code: "FILE_UNUSABLE" }));
  });
});

describe("changeFile", () => {
  it("makes, changes, and leaves nothing beside the file", async () => {
    await write("new", "one");
    await changeFile(path("new"), 1_000, clock, (text) => ({ text: `${text} two`, result: undefined }));
    expect(readFileSync(path("new"), "utf8")).toBe("one two");
    expect(readdirSync(folder).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("leaves file and folder as they were when the change throws", async () => {
    await write("kept", "as it was");
    const change = () => {
      throw new Error("no");
    };
    await expect(changeFile(path("kept"), 1_000, clock, change)).rejects.toThrow("no");
    expect(readFileSync(path("kept"), "utf8")).toBe("as it was");
    await write("kept", "and changes after");
    expect(readFileSync(path("kept"), "utf8")).toBe("and changes after");
  });

  it("keeps permissions, and changes what a link points to", async () => {
    await write("target", "old");
    chmodSync(path("target"), 0o600);
    symlinkSync("target", path("link"));
    await write("link", "new");
    expect([readFileSync(path("target"), "utf8"), statSync(path("target")).mode & 0o777]).toEqual(["new", 0o600]);
  });

  it("loses no change of twelve processes that change it at once", async () => {
    const code = `
      import { changeFile } from "./src/base/file.ts";
      import { RealClock } from "./src/base/clock.ts";
      for (let i = 0; i < 5; i++)
        await changeFile(process.argv[1], 9_999, new RealClock(), (t = "") => ({ text: t + "x", result: 0 }));`;
    const ends = Array.from({ length: 12 }, () => {
      const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", code, path("many")]);
      return new Promise((resolve) => child.on("close", resolve));
    });
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 12 }, () => 0));
    expect(readFileSync(path("many"), "utf8")).toBe("x".repeat(60));
  });

  it("waits for a lock, then names who holds it", async () => {
    const manual = new ManualClock();
    writeFileSync(path("held.lock"), "4711\n");
    const change = changeFile(path("held"), 1_000, manual, () => ({ text: "x", result: undefined }));
    const failed = expect(change).rejects.toThrow(/held\.lock .* process 4711 holds it/);
    await manual.advanceMs(LIMITS.fileLockWaitMs + LIMITS.fileLockPollMs);
    await failed;
  });
});
