// The output contract of every verb: -o table|wide|json|yaml, data on stdout, all else on stderr; off a terminal no
// colour, no folding, no progress.

import type { Screen, View } from "./verb.ts";

export const FORMATS = ["table", "wide", "json", "yaml"] as const;

/** The whole text for stdout, ending in a newline unless it is empty. */
export async function render(view: View, format: string, screen: Screen): Promise<string> {
  if (format === "json") return `${JSON.stringify(view.data, jsonSafe, 2)}\n`;
  if (format === "yaml") {
    const { stringify } = await import("yaml");
    return stringify(JSON.parse(JSON.stringify(view.data, jsonSafe)));
  }
  const own = view.formats?.[format];
  const text = own === undefined ? view.text(format === "wide", screen) : own(screen);
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** Counters and money leave as decimal text: a JSON number would lose their low digits past 2⁵³. */
export const jsonSafe = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: "left" | "right";
  /** Shown with -o wide only. */
  readonly wide?: boolean;
  readonly paint?: (row: Row) => Paint | undefined;
};

export type Paint = "good" | "warn" | "bad" | "dim";
const PAINT: Readonly<Record<Paint, string>> = { good: "32", warn: "33", bad: "31", dim: "2" };

export const paint = (text: string, kind: Paint | undefined, screen: Screen): string =>
  kind && screen.colour ? `\u001b[${PAINT[kind]}m${text}\u001b[0m` : text;

const GAP = 2;

/** Columns two spaces apart under upper-case titles; on a terminal the last column folds at words instead of running over. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  wide: boolean,
  screen: Screen,
): string {
  const shown = columns.filter((column) => wide || column.wide !== true);
  const cells = rows.map((row) => shown.map((column) => column.cell(row)));
  const widths = shown.map((column, i) => Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const last = shown.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP, 0);
  const room = screen.width === undefined ? Number.POSITIVE_INFINITY : Math.max(20, screen.width - before);
  const lines = [shown.map((column, i) => pad(column.title, widths[i] ?? 0, column.align, i === last)).join("  ")];
  for (const [r, row] of rows.entries()) {
    const folded = fold(cells[r]?.[last] ?? "", room);
    const head = shown.slice(0, last).map((column, i) => {
      const text = pad(cells[r]?.[i] ?? "", widths[i] ?? 0, column.align, false);
      return paint(text, column.paint?.(row), screen);
    });
    const tail = pad(folded[0] ?? "", widths[last] ?? 0, shown[last]?.align, true);
    lines.push([...head, paint(tail, shown[last]?.paint?.(row), screen)].join("  "));
    for (const more of folded.slice(1)) lines.push(" ".repeat(before) + paint(more, shown[last]?.paint?.(row), screen));
  }
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function pad(text: string, width: number, align: "left" | "right" | undefined, isLast: boolean): string {
  if (align === "right") return text.padStart(width);
  return isLast ? text : text.padEnd(width);
}

/** A command over several lines that a shell takes as one; a flag keeps its value. */
export function foldCommand(command: string, room: number): string[] {
  if (command.length <= room) return [command];
  const lines = fold(command.replaceAll(/( --[\w-]+) (?!-)/g, "$1\u00a0"), room - 6);
  return lines.map((line, i) => {
    const end = i === lines.length - 1 ? "" : " \\";
    return `${i === 0 ? "" : "    "}${line.replaceAll("\u00a0", " ")}${end}`;
  });
}

/** Folds at spaces; a word longer than the room stays whole, for a cut address is no address. */
export function fold(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
