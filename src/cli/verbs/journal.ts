// `srwan journal replay`: whether the decisions of a journal follow from their inputs.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Column } from "../output.ts";
import type { Verb } from "../verb.ts";

export const journalReplay: Verb = {
  name: "journal replay",
  summary: "decide everything in a journal again, and compare",
  about:
    "Each line of a journal of decisions holds all that its decision was made of. Every one is made again from that, and " +
    "every policy is followed from line to line. Exits 0 when all are the same, 1 with the first that is not. -o wide " +
    "lists the moves with their reasons.",
  arguments: [{ name: "file", about: "a journal as srwan wrote it; - reads stdin" }],
  examples: [
    { command: "srwan journal replay decisions.jsonl -o wide", about: "whether it holds, and who moved when and why" },
    { command: "srwan journal replay decisions.jsonl -o json", about: "the same as a document" },
  ],
  run: async (_context, { arguments: [file = ""] }) => {
    const [{ readFile }, { LIMITS }, { replay }, { table }] = await Promise.all([
      import("../../base/file.ts"),
      import("../../base/limits.ts"),
      import("../../topology/engine/decide/journal.ts"),
      import("../output.ts"),
    ]);
    const text = readFile(file, LIMITS.engineFileMaxOctets).toString("utf8");
    const name = file === "-" ? "stdin" : file;
    const moved: Move[] = [];
    const { decisions, moves, difference } = replay(text.split("\n"), name, ({ input, decision }) => {
      const at = new Date(input.atMs).toISOString();
      moved.push({ at, policy: input.policy, from: input.current, to: decision.path, reason: decision.reason });
    });
    const counts = `${decisions} decisions, ${moves} of them moves`;
    const verdict = difference
      ? `${name}:${difference.line}: ${difference.what}\n` +
        `  written   ${JSON.stringify(difference.written)}\n  replayed  ${JSON.stringify(difference.replayed)}\n` +
        `Before it: ${counts}, all the same.\n`
      : `${counts}: all the same.\n`;
    return {
      data: { decisions, moves, same: difference === undefined, difference: difference ?? null, moved },
      text: (wide, screen) => (wide && moved.length > 0 ? `${table(moved, COLUMNS, wide, screen)}\n` : "") + verdict,
      exitCode: difference ? EXIT_CODES.failed.code : EXIT_CODES.ok.code,
    };
  },
};

/** Paths by their place in the policy; 0 is its default. */
type Move = {
  readonly at: string;
  readonly policy: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
};

const COLUMNS: readonly Column<Move>[] = [
  { title: "AT", cell: ({ at }) => at },
  { title: "POLICY", cell: ({ policy }) => policy },
  { title: "PATH", cell: ({ from, to }) => `${from} to ${to}` },
  { title: "FOR", cell: ({ reason }) => reason },
];
