// The demo in its quick form, whole and broken. `srwan lab demo --quick --rootless` and the other sabotages take as long
// each, and are for whoever changes what they show.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { STEPS } from "../../src/lab/demo/steps.ts";
import { anyMode, srwan } from "../lab/labs.ts";

type Report = {
  readonly holds: boolean;
  readonly steps: readonly { readonly step: string; readonly holds: boolean }[];
};

function run(...more: string[]): { readonly status: number | null; readonly report: Report; readonly stderr: string } {
  const flags = anyMode() ?? [];
  const { status, stdout, stderr } = srwan("lab", "demo", "--quick", "-o", "json", ...flags, ...more);
  return { status, report: JSON.parse(stdout) as Report, stderr };
}

describe("the demo", () => {
  it("shows the loop closed, each step proved from the kernel and the wire", { timeout: 240_000 }, ({ skip }) => {
    if (anyMode() === undefined) skip("no lab can be made here: neither root nor user namespaces");
    if (spawnSync("tshark", ["--version"]).status !== 0) skip("tshark is not installed (make setup installs it)");
    const { status, report, stderr } = run();
    expect(
      report.steps.filter(({ holds }) => !holds),
      stderr,
    ).toEqual([]);
    expect(report.steps.map(({ step }) => step)).toEqual(STEPS.map(({ name }) => name));
    expect(status).toBe(0);
  });

  it("notices when somebody else's route carries the traffic", { timeout: 120_000 }, ({ skip }) => {
    if (anyMode() === undefined) skip("no lab can be made here: neither root nor user namespaces");
    if (spawnSync("tshark", ["--version"]).status !== 0) skip("tshark is not installed (make setup installs it)");
    const { status, report } = run("--sabotage", "carried");
    expect(report.steps.at(-1)).toMatchObject({ step: "carried", holds: false });
    expect(status).toBe(1);
  });
});
