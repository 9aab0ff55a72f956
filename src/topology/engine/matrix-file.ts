// Reads a matrix file (JSON) into the model. Every error names the file, the field and the value; the first one stops.

import { SrwanError } from "../../base/errors.ts";
import { type FieldPath, fieldText, misfit } from "../../base/fit.ts";
import { LIMITS } from "../../base/limits.ts";
import { nearest } from "../../base/nearest.ts";
import { Matrix } from "./matrix.ts";
import { MatrixFile } from "./matrix-schema.ts";

export function readMatrix(text: string, file: string): Matrix {
  const refuse = (path: FieldPath, what: string, remedy: string): SrwanError => {
    const field = fieldText(path);
    return new SrwanError("MATRIX_INVALID", `${file}: ${field || "the file"} ${what}`, {
      remedy,
      details: { file, field },
    });
  };
  if (text.length > LIMITS.matrixFileMaxOctets) {
    throw refuse([], `is larger than ${LIMITS.matrixFileMaxOctets} octets`, "Split it by group.");
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw refuse([], `is not JSON: ${(error as Error).message}`, "Correct it there.");
  }
  const wrong = misfit(MatrixFile, raw, "See docs/reference/schemas/matrix.schema.json.");
  if (wrong) throw refuse(wrong.path, wrong.what, wrong.remedy);
  const matrix = raw as MatrixFile;
  const pops = new Set(matrix.pops.map((pop) => pop.name));
  for (const [i, segment] of matrix.segments.entries()) {
    for (const end of ["from", "to"] as const) {
      if (pops.has(segment[end])) continue;
      const near = nearest(segment[end], pops);
      const remedy = near ? `Did you mean ${near}?` : "Add it under pops.";
      throw refuse(["segments", i, end], `= "${segment[end]}" is no POP of this file`, remedy);
    }
    if (segment.delayUs != null && segment.boundUs == null) {
      throw refuse(
        ["segments", i, "boundUs"],
        "is missing",
        "Say how far delayUs may be off; 0 says that it is exact.",
      );
    }
  }
  try {
    return new Matrix(matrix);
  } catch (error) {
    if (error instanceof SrwanError)
      throw new SrwanError(error.code, `${file}: ${error.message}`, { remedy: error.remedy });
    throw error;
  }
}
