// `srwan paths`: exact paths through a measured matrix, offline, with the reasons on request.

import { EXIT_CODES } from "../../base/errors.ts";
import type { Flag, Verb } from "../verb.ts";

const FLAGS: readonly Flag[] = [
  { name: "--matrix", value: "file", about: "measured segments as JSON; - reads stdin" },
  { name: "--from", value: "pop", about: "where paths begin" },
  { name: "--to", value: "pop", about: "where they end" },
  { name: "--k", value: "count", about: "how many, best first (1)" },
  {
    name: "--intent",
    value: "intent",
    about: "what is best (lowest-latency)",
    choices: ["lowest-latency", "cheapest", "highest-throughput", "redundant"],
  },
  { name: "--weights", value: "list", about: "a sum instead: delay=1,price=0.5,loss=2,jitter=1" },
  { name: "--max-delay", value: "time", about: "at most, with the bounds added: 80ms" },
  { name: "--max-jitter", value: "time", about: "at most: 2ms" },
  { name: "--max-loss", value: "share", about: "at most: 0.1% or 1000ppm" },
  { name: "--max-price", value: "micro", about: "at most, in millionths of a coin a gigabyte" },
  { name: "--max-hops", value: "count", about: "segments at most" },
  { name: "--max-sids", value: "count", about: "SIDs at most (MSD): one a segment and one at the egress" },
  { name: "--min-bandwidth", value: "rate", about: "left on every segment: 500mbit" },
  { name: "--encrypted", about: "over segments with the tag encrypted, and no others" },
  { name: "--must", value: "list", about: "pass each: POPs, or transit=, country=, region=, asn=, tag=, risk=" },
  { name: "--never", value: "list", about: "pass none of these" },
  { name: "--apart", value: "list", about: "what redundant paths may not share: pop,transit,risk (all)" },
  { name: "--isolation", value: "set", about: "only segments of this isolation set" },
  { name: "--owner", value: "name", about: "in whose name: its own segments are free and open to it" },
  { name: "--at", value: "time", about: "when, for time windows: 2026-01-31T22:00:00Z (now)" },
  { name: "--nominal", about: "hold --max-delay to values as measured, without their bounds" },
  { name: "--current", value: "path", about: "the path in use, which stays in a tie: fra/south>par/west>nyc" },
  { name: "--demand", value: "rate", about: "spread this over at most --k paths by weight" },
  { name: "--explain", about: "also say what each constraint costs and why the next path is not first" },
];

export const pathsVerb: Verb = {
  name: "paths",
  summary: "exact paths through a measured matrix, under constraints",
  about:
    "Reads a matrix file and answers with the best paths under all constraints together; none that fits is ever missed. " +
    "A difference smaller than its error bound is a tie. Exits 1 where no path fits, and says what stands in the way. " +
    "Nothing is installed and nothing is asked over the network.",
  flags: FLAGS,
  examples: [
    { command: "srwan paths --matrix labs/paths/atlantic.json --from fra --to nyc --k 3", about: "the three quickest" },
    {
      command: "srwan paths --matrix labs/paths/atlantic.json --from fra --to nyc --never lon",
      about: "the quickest that keeps away from London",
    },
    {
      command: "srwan paths --matrix labs/paths/atlantic.json --from fra --to nyc --explain",
      about: "the quickest, and why the next one is not",
    },
  ],
  run: async (_context, { flags }) => {
    const [ask, answerText, engine, explain, spreading, file, { unmet }, { RealClock }] = await Promise.all([
      import("../paths/ask.ts"),
      import("../paths/answer-text.ts"),
      import("../../topology/engine/paths.ts"),
      import("../../topology/engine/explain.ts"),
      import("../../topology/engine/spread.ts"),
      import("../paths/file.ts"),
      import("../paths/unmet.ts"),
      import("../../base/clock.ts"),
    ]);
    const matrix = file.matrixFrom(flags.matrix);
    const request = ask.requestOf(matrix, flags, Number(new RealClock().wallUs() / 1_000n));
    const demandBps = ask.demandOf(flags);
    if (demandBps !== undefined) {
      const { shares, unplacedBps } = spreading.spread(matrix, request, request.count ?? 4, demandBps);
      return {
        data: {
          shares: shares.map(({ path, bps, weight }) => ({ weight, bps, ...answerText.pathData(matrix, path) })),
          unplacedBps,
        },
        text: (wide, screen) => answerText.spreadText(matrix, shares, unplacedBps, wide, screen),
        exitCode: unplacedBps > 0 ? EXIT_CODES.failed.code : EXIT_CODES.ok.code,
      };
    }
    const answer = engine.findPaths(matrix, request);
    const isFound = answer.paths.length > 0;
    const binding = flags.explain === true || !isFound ? explain.bindingConstraints(matrix, request) : undefined;
    const shown = { matrix, request, answer, binding, unmet: unmet(matrix, request) };
    return {
      data: answerText.answerData(shown),
      text: (wide, screen) => answerText.answerText(shown, wide, screen),
      exitCode: isFound ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  },
};
