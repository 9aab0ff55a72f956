// `srwan doctor`: what this machine can and cannot do for srwan, tried rather than guessed.

import { EXIT_CODES } from "../../base/errors.ts";
import type { CheckResult, DoctorReport } from "../../doctor/report.ts";
import { fold, type Paint, paint, table } from "../output.ts";
import type { Screen, Verb } from "../verb.ts";

export const doctor: Verb = {
  name: "doctor",
  summary: "what this machine can do for srwan, tried one by one",
  about:
    "Runs a closed list of checks. Kernel features are tried in throw-away network namespaces and nothing is left behind. " +
    "Exits 0 when all that a POP cannot do without is there, 1 when something required is missing.",
  examples: [
    { command: "srwan doctor", about: "a table, with what to do about each gap" },
    { command: "srwan doctor -o json", about: "the same for a program (schema srwan.doctor/1)" },
    { command: "unshare -Urnm srwan doctor", about: "what works here without root" },
  ],
  run: async () => {
    const [{ examine }, { run }] = await Promise.all([import("../../doctor/doctor.ts"), import("../../doctor/run.ts")]);
    const report = await examine(run);
    return {
      data: report,
      text: (wide, screen) => reportText(report, wide, screen),
      exitCode: report.fit ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  },
};

export const doctorEdge: Verb = {
  name: "doctor edge",
  summary: "prove that nothing from outside gets into the SR domain",
  about:
    "On a POP: makes a port of its own that is no segment, sends forged packets of twelve kinds from a namespace behind it " +
    "to the SIDs that stand in the kernel, and counts what the edge refused and what got past it. The port, the namespace and " +
    "its counters go with the command, also when it is killed; SIDs, routes and the edge's table are not touched. Exits 1 when " +
    "a packet gets past, or is stopped by something else than the edge, whose counters then say nothing.",
  flags: [
    { name: "--count", value: "n", about: "packets of each kind (100)" },
    { name: "--netns", value: "name", about: "the POP is this network namespace" },
  ],
  examples: [
    { command: "srwan doctor edge", about: "as root on a POP" },
    { command: "srwan doctor edge --count 1000 -o json", about: "more of each, for a program" },
    { command: "srwan doctor edge -o wide", about: "with the addresses, and the counter of each" },
  ],
  run: async (context, input) => (await import("../agent/edge.ts")).doctorEdge(context, input),
};

const PAINTS: Readonly<Record<CheckResult["status"], Paint>> = {
  ok: "good",
  limited: "warn",
  missing: "bad",
  unknown: "warn",
};

export function reportText(report: DoctorReport, wide: boolean, screen: Screen): string {
  const { machine, checks } = report;
  const head = `${machine.distribution}, kernel ${machine.kernel} ${machine.architecture}, Node ${machine.node}, ${machine.user}\n\n`;
  const body = table(
    checks,
    [
      { title: "CHECK", cell: (check) => check.id },
      {
        title: "STATUS",
        cell: (check) => (check.required && check.status !== "ok" ? `${check.status}!` : check.status),
        paint: (check) => PAINTS[check.status],
      },
      { title: "NEEDED FOR", cell: (check) => check.neededFor, wide: true },
      { title: "FOUND", cell: (check) => check.found },
    ],
    wide,
    screen,
  );
  const gaps = checks.filter((check) => check.status !== "ok");
  const room = (screen.width ?? Number.POSITIVE_INFINITY) - 4;
  const advice = gaps.flatMap((check) => [
    `  ${paint(check.id, PAINTS[check.status], screen)}: for ${check.neededFor}`,
    ...fold(check.remedy ?? "", room).map((line) => `    ${line}`),
  ]);
  const verdict = report.fit
    ? `Nothing a POP requires of this machine is missing: ${checks.length - gaps.length} of ${checks.length} checks ok.`
    : "This machine cannot run a POP: what is marked ! is required.";
  return `${head}${body}${advice.length ? `\nWhat to do (more of each in docs/runbooks/doctor.md)\n${advice.join("\n")}\n` : ""}\n${verdict}\n`;
}
