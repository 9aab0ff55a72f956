// Where a program is: the first folder of a PATH that has it as a file which may be run.

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

export const findProgram = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
