// Where the embedded chain's binary is: in the npm package of this platform, else on the PATH.

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { SrwanError } from "../../base/errors.ts";

export function findAnvil(path = process.env.PATH ?? ""): string {
  const platform = process.arch === "x64" ? "amd64" : process.arch;
  const packaged = packageFolder(`@foundry-rs/anvil-${process.platform}-${platform}`);
  const candidates = [
    ...(packaged ? [join(packaged, "bin", "anvil")] : []),
    ...path.split(delimiter).map((folder) => join(folder, "anvil")),
  ];
  const found = candidates.find(isProgram);
  if (found) return found;
  throw new SrwanError("CHAIN_TOOL_MISSING", "anvil, the embedded chain, is not on this machine", {
    remedy: `Install the npm package @foundry-rs/anvil-${process.platform}-${platform}, or give another chain's --url.`,
  });
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
