// Before the tests of this folder: what is shipped, built once for all of them.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export function setup(): void {
  execFileSync(process.execPath, ["scripts/dist.ts"], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Where it was built to. */
export const tarball = (): string => `srwan-${JSON.parse(readFileSync("package.json", "utf8")).version}.tgz`;
