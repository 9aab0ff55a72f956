// The doctor: runs the closed list of checks and makes the report. Nothing it does outlives it.

import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { checkRunbookOf } from "../base/runbook.ts";
import { KERNEL_CHECKS, runKernelChecks } from "./kernel.ts";
import { MACHINE_CHECKS } from "./machine.ts";
import type { CheckResult, DoctorReport, Finding } from "./report.ts";
import type { Run } from "./run.ts";

/** Every check there is, in the order they are shown. */
export const CHECKS: readonly Pick<CheckResult, "id" | "neededFor" | "required">[] = [
  ...KERNEL_CHECKS,
  ...MACHINE_CHECKS,
];

export async function examine(run: Run): Promise<DoctorReport> {
  const isRoot = process.getuid?.() === 0;
  const machine = Promise.all(MACHINE_CHECKS.map(async (check) => [check.id, await check.find(run)] as const));
  const findings = new Map([...(await runKernelChecks(run, isRoot)), ...(await machine)]);
  const checks = CHECKS.map(({ id, neededFor, required }): CheckResult => {
    const { status, found, remedy } = findings.get(id) as Finding;
    return { id, status, required, neededFor, found, remedy: remedy ?? null, runbook: checkRunbookOf(id) };
  });
  return {
    schema: "srwan.doctor/1",
    machine: {
      kernel: release(),
      architecture: arch(),
      distribution: distribution(),
      node: process.versions.node,
      user: !isRoot ? "user" : inUserNamespace() ? "root-in-user-namespace" : "root",
    },
    fit: checks.every((check) => !check.required || check.status === "ok" || check.status === "limited"),
    checks,
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}

/** The initial user namespace maps every id to itself; any other maps fewer. */
function inUserNamespace(): boolean {
  return readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/)[2] !== "4294967295";
}
