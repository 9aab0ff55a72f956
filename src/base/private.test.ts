// Secrets on disk: made closed, refused where others may read them.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folderFor, privateFolder, refuseExposed } from "./private.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-private-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("a folder", () => {
  it("is made for its owner alone, with all that leads to it", () => {
    privateFolder(at("a/b"), "");
    expect([modeOf(at("a")), modeOf(at("a/b"))]).toEqual([0o700, 0o700]);
  });

  it("that others may write is closed where it is ours, and refused where it is shared", () => {
    mkdirSync(at("open"));
    chmodSync(at("open"), 0o777);
    privateFolder(at("open"), "");
    expect(modeOf(at("open"))).toBe(0o700);
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o1777);
    expect(() => privateFolder(at("shared"), "Name another.")).toThrow(/other users may write into it/);
    expect(modeOf(at("shared"))).toBe(0o777);
  });

  it("that is there already stays as it is where it is only a file's place", () => {
    mkdirSync(at("work"));
    chmodSync(at("work"), 0o775);
    folderFor(at("work"), "");
    expect(modeOf(at("work"))).toBe(0o775);
    folderFor(at("new"), "");
    expect(modeOf(at("new"))).toBe(0o700);
  });
});

it.each([
  [0o600, "owner", true],
  [0o640, "owner", false],
  [0o640, "group", true],
  [0o644, "group", false],
  [0o606, "group", false],
] as const)("a file of mode %i, for %s: taken is %s", (mode, to, isTaken) => {
  const path = at(`file-${mode}`);
  writeFileSync(path, "secret");
  chmodSync(path, mode);
  const look = (): void => refuseExposed(path, "the key", to);
  if (isTaken) expect(look).not.toThrow();
  else expect(look).toThrow(/other users of this machine may read the key/);
});
