// `srwan journal replay`: whether the decisions of a journal follow from their inputs.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Verb } from "../verb.ts";

export const journalReplay: Verb = {
  name: "journal replay",
  summary: "decide everything in a journal again, and compare",
  about:
    "Each line of a journal of decisions holds all that its decision was made of. Every one is made again from that, and " +
    "every policy is followed from line to line. Exits 0 when all are the same, 1 with the first that is not.",
  arguments: [{ name: "file", about: "a journal as srwan wrote it; - reads stdin" }],
  examples: [
    { command: "srwan journal replay decisions.jsonl", about: "whether it holds" },
    { command: "srwan journal replay decisions.jsonl -o json", about: "the difference as a document" },
  ],
  run: async (_context, { arguments: [file = ""] }) => {
    const [{ readFile }, { LIMITS }, { replay }] = await Promise.all([
      import("../../base/file.ts"),
      import("../../base/limits.ts"),
      import("../../topology/engine/decide/journal.ts"),
    ]);
    const text = readFile(file, LIMITS.engineFileMaxOctets).toString("utf8");
    const name = file === "-" ? "stdin" : file;
    const { decisions, moves, difference } = replay(text.split("\n"), name);
    const counts = `${decisions} decisions, ${moves} of them moves`;
    return {
      data: { decisions, moves, same: difference === undefined, difference: difference ?? null },
      text: () =>
        difference
          ? `${name}:${difference.line}: ${difference.what}\n` +
            `  written   ${JSON.stringify(difference.written)}\n  replayed  ${JSON.stringify(difference.replayed)}\n` +
            `Before it: ${counts}, all the same.`
          : `${counts}: all the same.`,
      exitCode: difference ? EXIT_CODES.failed.code : EXIT_CODES.ok.code,
    };
  },
};
