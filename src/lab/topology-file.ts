// Reads a topology file from disk.

import { readFileSync, statSync } from "node:fs";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Lab } from "./model.ts";
import { readLab } from "./topology.ts";

export function readTopology(file: string): { readonly lab: Lab; readonly text: string } {
  const text = readLabText(file);
  return { lab: readLab(text, file), text };
}

/** A topology or scenario file. */
export function readLabText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= LIMITS.labFileMaxOctets) return readFileSync(file, "utf8");
  } catch (error) {
    throw new SrwanError("LAB_INVALID", `${file}: ${(error as Error).message}`, {
      remedy: "Check the path.",
      cause: error,
    });
  }
  throw new SrwanError("LAB_INVALID", `${file}: larger than ${LIMITS.labFileMaxOctets} octets`, {
    remedy: "Name a topology file, not data.",
  });
}
