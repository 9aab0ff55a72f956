// The demo in its quick form. One run breaks each step, sees it noticed, mends it and sees it hold: that is the whole demo
// and all its sabotages for the price of one and a half. One run more, in the other mode, ends at a step that stays broken.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { BREAKABLE, STEPS } from "../../src/lab/demo/steps.ts";
import { anyMode, MODES, SRWAN, srwan, tracesOf, whyNot } from "../lab/labs.ts";
import { misfits } from "../support/answers.ts";

const LAB = "transatlantic";

type Report = {
  readonly holds: boolean;
  readonly steps: readonly { readonly step: string; readonly holds: boolean; readonly broken?: string }[];
};

function run(flags: readonly string[], ...more: string[]) {
  const { status, stdout, stderr } = srwan("lab", "demo", "--quick", "-o", "json", ...flags, ...more);
  return { status, stderr, report: JSON.parse(stdout) as Report };
}

function need(skip: (why: string) => void): readonly string[] {
  const flags = anyMode();
  if (flags === undefined) skip("no lab can be made here: neither root nor user namespaces");
  if (spawnSync("tshark", ["--version"]).status !== 0) skip("tshark is not installed (make setup installs it)");
  return flags ?? [];
}

describe("the demo", () => {
  it("notices each step that is broken, and shows each hold when it is mended", { timeout: 400_000 }, ({ skip }) => {
    const { status, report, stderr } = run(need(skip), "--sabotage", "each");
    const failed = report.steps.filter(({ holds }) => !holds);
    expect(failed, stderr).toEqual([]);
    expect(misfits("lab demo", report)).toEqual([]);
    expect(report.steps.map(({ step }) => step)).toEqual(STEPS.map(({ name }) => name));
    expect(report.steps.filter(({ broken }) => broken !== undefined).map(({ step }) => step)).toEqual(BREAKABLE);
    expect(status).toBe(0);
    expect(tracesOf(LAB)).toEqual([]);
  });

  it("ends with exit code 1 at a step that stays broken, and takes all down", { timeout: 240_000 }, ({ skip }) => {
    need(skip);
    const other = MODES.findLast(({ mode }) => whyNot(mode) === undefined);
    const { status, report } = run(other?.flags ?? [], "--sabotage", "carried");
    expect(report.steps.at(-1)).toMatchObject({ step: "carried", holds: false });
    expect(status).toBe(1);
    expect(tracesOf(LAB)).toEqual([]);
  });

  it("leaves nothing when it is killed, once its lab is taken down", { timeout: 240_000 }, async ({ skip }) => {
    const child = spawn(SRWAN, ["lab", "demo", "--quick", ...need(skip)], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part) => {
      said += String(part);
    });
    for (let i = 0; i < 600 && !said.includes("joined"); i++) await sleep(100);
    // Agents are about to make what they need.
    await sleep(3_000);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(tracesOf(LAB)).not.toEqual([]);
    expect(srwan("lab", "down", LAB)).toMatchObject({ status: 0, stderr: "" });
    expect(tracesOf(LAB)).toEqual([]);
  });
});
