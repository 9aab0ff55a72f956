// `srwan simulate`: a trace through detection and decision, beside simpler ways to choose.

import type { Verb } from "../verb.ts";

const KINDS = ["noise", "bursts", "diurnal", "steps", "flaps", "mixed", "all"];

export const simulateVerb: Verb = {
  name: "simulate",
  summary: "run a trace through detection and decision, beside simpler ways",
  about:
    "Takes a file of measured samples, or makes a trace from a seed, and runs it through what a controller runs, through " +
    "two simple rules and through none. Says how often each moved, how long it was on a path that lost pulses (two of " +
    "five) or was slow (20 % and 2 ms over the best) while another was well, and by how much it was quicker than the " +
    "default. Paths are judged by hindsight. The same seed gives the same answer.",
  flags: [
    { name: "--trace", value: "file", about: "samples as JSON lines; - reads stdin" },
    { name: "--generate", value: "kind", about: "or make a trace; all is one of each kind", choices: KINDS },
    { name: "--seed", value: "number", about: "of what is made (1)" },
    { name: "--for", value: "time", about: "how long a trace to make (1d)" },
    { name: "--interval", value: "time", about: "one pulse of each segment in so long (1s)" },
    { name: "--pops", value: "count", about: "POPs, each with a segment to each other (6)" },
    { name: "--transits", value: "count", about: "transits of each POP, each with such segments (2)" },
    { name: "--clocks", value: "time", about: "clocks off by up to this, drifting and stepping: 10s" },
    { name: "--cap", value: "count", about: "moves of one policy in any hour at most (12)" },
    { name: "--forecast", about: "learn hours that come back, and go before they do; prints the scores" },
    { name: "--journal", value: "file", about: "write our decisions there, for `srwan journal replay`" },
    { name: "--write", value: "file", about: "write the trace there, for --trace" },
  ],
  examples: [
    {
      command: "srwan simulate --trace labs/traces/atlantic.jsonl --journal decisions.jsonl",
      about: "twenty minutes in which things happen, and what was decided",
    },
    { command: "srwan simulate --generate mixed --seed 7 --for 1h", about: "all kinds of trouble at once" },
    {
      command: "srwan simulate --generate diurnal --pops 3 --for 7d --interval 1m --forecast",
      about: "evenings that come back",
    },
  ],
  run: async (_context, { flags }) => {
    const [
      { settingsFrom, tracesFrom },
      { compare },
      { simulationData, simulationText },
      { tickLine, traceHeadLine },
      fs,
    ] = await Promise.all([
      import("../simulate/options.ts"),
      import("../../topology/engine/sim/compare.ts"),
      import("../simulate/text.ts"),
      import("../../topology/engine/sim/trace.ts"),
      import("node:fs"),
    ]);
    const { journal, write } = flags;
    const results = tracesFrom(flags).map(({ kind, trace }) => {
      if (typeof write === "string") {
        fs.writeFileSync(write, [traceHeadLine(trace.head), ...Array.from(trace.ticks(), tickLine)].join(""));
      }
      const lines: string[] = [];
      const hasJournal = typeof journal === "string";
      const comparison = compare(trace, {
        settings: settingsFrom(flags),
        forecast: flags.forecast === true,
        ...(hasJournal ? { journal: (line: string) => lines.push(line) } : {}),
      });
      if (hasJournal) fs.writeFileSync(journal, lines.join(""));
      return { kind, ...comparison };
    });
    return {
      data: simulationData(results),
      text: (wide, screen) => simulationText(results, wide, screen),
    };
  },
};
