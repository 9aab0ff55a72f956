// Reads a matrix file (JSON or YAML) into the model. Every error names the file, the field and the value; the first one
// stops.

import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { readYaml, refuseUnknown } from "../../base/yaml-file.ts";
import { Matrix } from "./matrix.ts";
import { MatrixFile } from "./matrix-schema.ts";

export function readMatrix(text: string, file: string): Matrix {
  if (text.length > LIMITS.matrixFileMaxOctets) {
    throw new SrwanError("MATRIX_INVALID", `${file}: larger than ${LIMITS.matrixFileMaxOctets} octets`, {
      remedy: "Split it by group.",
    });
  }
  const reference = "docs/reference/schemas/matrix.schema.json";
  const { value: matrix, refuse } = readYaml(MatrixFile, { text, file, code: "MATRIX_INVALID", reference });
  const pops = new Set(matrix.pops.map((pop) => pop.name));
  for (const [i, segment] of matrix.segments.entries()) {
    for (const end of ["from", "to"] as const) {
      if (pops.has(segment[end])) continue;
      const sought = { what: "POP", known: pops, remedy: "Add it under pops." };
      throw refuseUnknown(refuse, ["segments", i, end], segment[end], sought);
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
