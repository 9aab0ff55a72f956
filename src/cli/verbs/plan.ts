// `srwan plan coverage`: how much of the world is near the POPs, and which site to add next.

import type { Verb } from "../verb.ts";

export const planCoverage: Verb = {
  name: "plan coverage",
  summary: "how much of what matters is near the POPs, and where next",
  about:
    "Reads destinations with weights, sites that stand or might, and measured delays; where none was measured it is " +
    "estimated from the places, half as much again as light in glass. Sites are added greedily; beside each stands what " +
    "no choice of as many sites can exceed.",
  flags: [
    { name: "--file", value: "file", about: "destinations and sites as JSON; - reads stdin" },
    { name: "--within", value: "time", about: "what is near, one way (25ms)" },
    { name: "--add", value: "count", about: "how many sites to add at most (3)" },
  ],
  examples: [
    { command: "srwan plan coverage --file labs/coverage/cities.json", about: "within 25 ms, and three more sites" },
    {
      command: "srwan plan coverage --file labs/coverage/cities.json --add 5 -o json",
      about: "five more, as a document",
    },
  ],
  run: async (_context, { flags }) => {
    const [{ readFlag, usage, wholeNumber }, { readFile }, { LIMITS }, { parseDurationUs }, file, coverage, { table }] =
      await Promise.all([
        import("../flags.ts"),
        import("../../base/file.ts"),
        import("../../base/limits.ts"),
        import("../../base/units.ts"),
        import("../../topology/engine/reach/plan-file.ts"),
        import("../../topology/engine/reach/coverage.ts"),
        import("../output.ts"),
      ]);
    if (typeof flags.file !== "string") {
      throw usage("--file is missing", "Name a file of destinations and sites: --file FILE.");
    }
    const count = readFlag("--add", flags.add, (text) => wholeNumber("--add", text, 0, 1_000)) ?? 3;
    const withinUs = readFlag("--within", flags.within, parseDurationUs) ?? 25_000;
    const text = readFile(flags.file, LIMITS.engineFileMaxOctets).toString("utf8");
    const plan = file.readCoverage(text, flags.file === "-" ? "stdin" : flags.file);
    const reach = file.reachOf(plan, withinUs);
    const standing = plan.sites.filter((site) => site.standing).map((site) => site.name);
    const candidates = plan.sites.filter((site) => !site.standing).map((site) => site.name);
    const all = reach.weights.reduce((sum, weight) => sum + weight, 0);
    const share = (weight: number) => (all === 0 ? 0 : Number((weight / all).toPrecision(6)));
    const covered = coverage.coveredWeight(reach, standing);
    const picks = coverage.planSites(reach, standing, candidates, count);
    const percent = (weight: number) => `${(share(weight) * 100).toFixed(1)} %`;
    return {
      data: {
        withinUs,
        standing,
        covered: share(covered),
        add: picks.map(({ site, adds, covered, bound }) => ({
          site,
          adds: share(adds),
          covered: share(covered),
          bound: share(bound),
        })),
        delays: { measured: reach.measured, estimated: reach.estimated, unknown: reach.unknown },
      },
      text: (wide, screen) => {
        const rows = [
          { site: `${standing.length} standing`, covered, adds: covered, bound: undefined },
          ...picks.map((pick) => ({ ...pick, site: `+ ${pick.site}` })),
        ];
        const body = table(
          rows,
          [
            { title: "SITES", cell: (row) => row.site },
            { title: "ADDS", cell: (row) => percent(row.adds), align: "right" },
            { title: `WITHIN ${withinUs / 1_000} ms`, cell: (row) => percent(row.covered), align: "right" },
            { title: "AT MOST", cell: (row) => (row.bound === undefined ? "-" : percent(row.bound)), align: "right" },
          ],
          wide,
          screen,
        );
        const enough = picks.length < count ? "No other site adds anything.\n" : "";
        const unknown = reach.unknown === 0 ? "" : `, ${reach.unknown} not known and taken as far`;
        return `${body}\n${enough}${reach.measured} delays measured, ${reach.estimated} estimated${unknown}.\n`;
      },
    };
  },
};
