// The edge of `srwan paths`: reads the matrix file.

import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Matrix } from "../../topology/engine/matrix.ts";
import { readMatrix } from "../../topology/engine/matrix-file.ts";
import { usage } from "../flags.ts";

export function matrixFrom(file: string | boolean | undefined): Matrix {
  if (typeof file !== "string") {
    throw usage("--matrix is missing", "Name a file of measured segments: --matrix FILE, or - for stdin.");
  }
  const text = readFile(file, LIMITS.matrixFileMaxOctets).toString("utf8");
  return readMatrix(text, file === "-" ? "stdin" : file);
}
