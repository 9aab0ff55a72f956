// Where programs are: the first folder of a PATH that has one as a file which may be run, and the folders of the system's tools.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where `ip` and `nft` are is in no ordinary user's PATH on many machines. */
export const withTools = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv & { readonly PATH: string } => ({
  ...env,
  PATH: [env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter),
});

export const findProgram = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
