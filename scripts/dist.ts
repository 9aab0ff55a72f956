// `make dist`: the npm tarball that is shipped. JavaScript and type declarations made by tsc, a manifest without
// development or pinned-Node dependencies, so that plain Node runs it and no TypeScript tool is needed.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { bundleLibraries } from "./libraries.ts";
import { writeManPages } from "./man.ts";
import { buildWeb } from "./web.ts";

const stage = "dist/package";
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
execFileSync("tsc", ["-p", "tsconfig.dist.json"], { stdio: "inherit" });
await buildWeb({ ifNeeded: true });
cpSync("dist/web", `${stage}/dist/web`, { recursive: true });
await bundleLibraries(`${stage}/libraries`);
for (const path of ["bin", "yang", "README.md", "LICENSE", "CHANGELOG.md"])
  cpSync(path, `${stage}/${path}`, { recursive: true });

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const {
  devDependencies: _dev,
  optionalDependencies: _pinned,
  scripts: _scripts,
  private: _private,
  ...shipped
} = manifest;
shipped.exports = built(shipped.exports);
shipped.man = writeManPages(`${stage}/man`).map((name) => `./man/${name}`);
shipped.files = ["bin", "libraries", "src", "dist/web", "man", "yang", "CHANGELOG.md"];
writeFileSync(`${stage}/package.json`, `${JSON.stringify(shipped, null, 2)}\n`);

const packed = execFileSync("npm", ["pack", "--silent", `./${stage}`], { encoding: "utf8" });
process.stdout.write(`${packed.trim()}\n`);

/** "./src/srv6/index.ts" is shipped as its JavaScript with its types. */
function built(exports: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => {
      if (!path.endsWith(".ts")) return [name, path];
      const stem = path.slice(0, -3);
      return [name, { types: `${stem}.d.ts`, default: `${stem}.js` }];
    }),
  );
}
