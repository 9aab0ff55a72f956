// `srwan lab run`: plays a scenario, on the lab that is up or on one that is up for as long as that takes.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { RealClock } from "../../base/clock.ts";
import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { formatUs } from "../../base/units.ts";
import { labDown } from "../../lab/net/down.ts";
import { LabFolder, labsFolder, recordOf } from "../../lab/net/folder.ts";
import { labUp } from "../../lab/net/up.ts";
import { type FlowResult, type PlayReport, play } from "../../lab/run/play.ts";
import { readScenario } from "../../lab/scenario.ts";
import { readLabText, readTopology } from "../../lab/topology-file.ts";
import { paint, table } from "../output.ts";
import type { Context, Input, Screen, View } from "../verb.ts";
import { interrupted, selfWords } from "./input.ts";

export async function runScenario(context: Context, { arguments: [file = ""], flags }: Input): Promise<View> {
  const { lab: whole } = readTopology(file);
  const scenarioFile = typeof flags.scenario === "string" ? flags.scenario : besides(file);
  const scenario = readScenario(readLabText(scenarioFile), scenarioFile, whole);
  const { env, progress } = context;
  const [signal, clock] = [interrupted(), new RealClock()];
  const folder = new LabFolder(join(labsFolder(env), whole.name));
  const isOurs = !folder.exists;
  if (isOurs) {
    const rootless = flags.rootless === true || process.getuid?.() !== 0;
    await labUp({ file, rootless, reconfigure: false, env, self: selfWords(), clock, progress, signal });
  }
  try {
    const where = { folder, record: recordOf(folder), lab: folder.lab(), self: selfWords() };
    const report = await play(where, scenario, progress, signal);
    return {
      data: report,
      text: (wide, screen) => reportText(report, wide, screen),
      exitCode: report.holds ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  } finally {
    if (isOurs) await labDown(folder, clock);
  }
}

/** triangle.clab.yml has triangle.scenario.yml beside it. */
function besides(file: string): string {
  const found = join(dirname(file), basename(file).replace(/(\.clab)?\.ya?ml$/, ".scenario.yml"));
  if (found !== file && existsSync(found)) return found;
  throw new SrwanError("USAGE", `${file} has no scenario beside it (${found})`, {
    remedy: "Name one with --scenario FILE.",
  });
}

export function reportText({ flows, verdicts, ownLoss, holds }: PlayReport, wide: boolean, screen: Screen): string {
  const us = (pick: (flow: FlowResult) => number | undefined) => (flow: FlowResult) => {
    const value = pick(flow);
    return value === undefined ? "-" : formatUs(value);
  };
  const traffic = table(
    flows,
    [
      { title: "FLOW", cell: ({ name }) => name },
      { title: "FROM", cell: ({ from }) => from },
      { title: "TO", cell: ({ to }) => to },
      { title: "SENT", cell: ({ sent }) => String(sent), align: "right" },
      { title: "LOST", cell: ({ lost }) => String(lost), align: "right" },
      { title: "MIN", cell: us(({ latency }) => latency?.minUs), align: "right" },
      { title: "P50", cell: us(({ latency }) => latency?.p50Us), align: "right" },
      { title: "P95", cell: us(({ latency }) => latency?.p95Us), align: "right" },
      { title: "MAX", cell: us(({ latency }) => latency?.maxUs), align: "right" },
    ],
    wide,
    screen,
  );
  const lines = verdicts.flatMap(({ lines: all }) =>
    all.map((line) => paint(line, line.startsWith("ok") ? "good" : "bad", screen)),
  );
  const own = ownLoss > 0 ? [paint(`The lab itself lost ${ownLoss} frames: trust none of this.`, "bad", screen)] : [];
  const end = holds ? "Everything expected came true." : paint("Not everything expected came true.", "bad", screen);
  return [traffic, ...lines, ...own, end].join("\n");
}
