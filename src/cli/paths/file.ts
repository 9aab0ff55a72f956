// The edge of `srwan paths`: reads the matrix file.

import { readFileSync } from "node:fs";
import { SrwanError } from "../../base/errors.ts";
import type { Matrix } from "../../topology/engine/matrix.ts";
import { readMatrix } from "../../topology/engine/matrix-file.ts";

export function matrixFrom(file: string | boolean | undefined): Matrix {
  if (typeof file !== "string") {
    throw new SrwanError("USAGE", "--matrix is missing", {
      remedy: "Name a file of measured segments: --matrix FILE, or - for stdin.",
    });
  }
  return readMatrix(textOf(file), file === "-" ? "stdin" : file);
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new SrwanError("MATRIX_INVALID", `${file}: ${(error as Error).message}`, {
      remedy: "Check the path.",
      cause: error,
    });
  }
}
