// `srwan matrix`: the matrix that a member of a group on this machine holds.

import { onStop } from "../signals.ts";
import type { Context, Verb, View } from "../verb.ts";

const load = async () => {
  const [control, text, csv, heatmap] = await Promise.all([
    import("../../pulse/group/control.ts"),
    import("../matrix/text.ts"),
    import("../matrix/csv.ts"),
    import("../matrix/heatmap.ts"),
  ]);
  return { ...control, ...text, ...csv, ...heatmap };
};

export const matrixVerb: Verb = {
  name: "matrix",
  summary: "one-way delays and losses of a group, each with its bound",
  about:
    "Asks the member of a pulse group that runs on this machine (`srwan pulse join`) for the matrix that it holds; no " +
    "controller takes part. Rows send, columns receive. A delay is an estimate and its bound holds the truth, whatever the " +
    "clocks do. What was not measured is -, never zero. -o wide and -o csv have a line for each cell; -o heatmap colours " +
    "them on a fixed scale.",
  flags: [
    { name: "--member", value: "name", about: "which one, where several run here: sea, or GROUP/sea" },
    { name: "--watch", about: "again each second until Ctrl-C; with -o json a line each time" },
  ],
  formats: ["csv", "heatmap"],
  examples: [
    { command: "srwan matrix", about: "medians, bounds and losses" },
    { command: "srwan matrix --watch -o heatmap", about: "colours that change as delays do" },
    { command: "srwan matrix -o csv > matrix.csv", about: "for a spreadsheet" },
  ],
  run: async (context, input) => {
    const { findMember, askMatrix, matrixText, wideText, csvText, heatmapText } = await load();
    const { member } = input.flags;
    const socket = findMember(context.env, typeof member === "string" ? member : undefined);
    const view = async (): Promise<View> => {
      const matrix = await askMatrix(socket);
      return {
        data: matrix,
        text: (wide, screen) => (wide ? wideText : matrixText)(matrix, screen),
        formats: { csv: () => csvText(matrix), heatmap: (screen) => heatmapText(matrix, screen) },
      };
    };
    return input.flags.watch === true ? watch(context, view) : view();
  },
};

/** On a terminal each one takes the place of the one before. */
async function watch(context: Context, view: () => Promise<View>): Promise<View> {
  const [{ render }, { LIMITS }, { RealClock }] = await Promise.all([
    import("../output.ts"),
    import("../../base/limits.ts"),
    import("../../base/clock.ts"),
  ]);
  const stop = new AbortController();
  const forget = onStop(() => stop.abort());
  const clock = new RealClock();
  while (!stop.signal.aborted) {
    const one = await view();
    const { format, screen } = context;
    const text = format === "json" ? `${JSON.stringify(one.data)}\n` : await render(one, format, screen);
    context.write(screen.width === undefined ? text : `\u001b[H\u001b[2J${text}`);
    await clock.sleepMs(LIMITS.matrixWatchMs, stop.signal).catch(() => undefined);
  }
  forget();
  return { data: undefined, text: () => "", written: true };
}
