// `srwan lab graph`: a drawing to stdout or to a file.

import { writeFileSync } from "node:fs";
import { SrwanError } from "../../base/errors.ts";
import { dot, mermaid } from "../../lab/graph.ts";
import { html } from "../../lab/graph-html.ts";
import { readTopology } from "../../lab/topology-file.ts";
import type { View } from "../verb.ts";

const DRAW = { mermaid, dot, html } as const;

export function drawing(file: string, kind: keyof typeof DRAW, out: string | undefined): View {
  const text = DRAW[kind](readTopology(file).lab);
  if (out === undefined) return { data: { kind, text }, text: () => text };
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw new SrwanError("USAGE", `${out} cannot be written: ${(error as Error).message}`, {
      remedy: "Name a file in a folder that is there.",
      cause: error,
    });
  }
  return { data: { kind, file: out }, text: () => `Wrote ${out}.` };
}
