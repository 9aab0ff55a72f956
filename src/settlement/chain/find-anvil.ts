// Where the embedded chain's binary is: in the npm package of this platform, else on the PATH.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { findProgram, isProgram } from "../../base/program.ts";

export function findAnvil(path = process.env.PATH ?? ""): string {
  const platform = process.arch === "x64" ? "amd64" : process.arch;
  const packaged = packageFolder(`@foundry-rs/anvil-${process.platform}-${platform}`);
  const own = packaged && join(packaged, "bin", "anvil");
  const found = own && isProgram(own) ? own : findProgram("anvil", path);
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
