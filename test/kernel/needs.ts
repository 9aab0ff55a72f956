// What this machine lacks for a kernel test, in words for the line that says why it is skipped. The doctor is asked, so
// that a test and `srwan doctor` never tell two stories.

import { spawnSync } from "node:child_process";
import { KERNEL_CHECKS, runKernelChecks } from "../../src/doctor/kernel.ts";
import type { Finding } from "../../src/doctor/report.ts";
import { run } from "../../src/doctor/run.ts";

const TOOLS = { ip: "iproute2", nft: "nftables", ethtool: "ethtool", dumpcap: "tshark", tshark: "tshark" } as const;
const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };

/** Why no world of namespaces can be made here; undefined where it can. */
export function lacksWorld(): string | undefined {
  const namespace = spawnSync("unshare", ["--net", "true"], { encoding: "utf8", env });
  if (namespace.status !== 0) return `no network namespace: ${namespace.stderr?.trim() || "unshare is not installed"}`;
  const absent = Object.entries(TOOLS).find(([tool]) => spawnSync(tool, ["--version"], { env }).error !== undefined);
  return absent ? `${absent[0]} is not installed (Debian package ${absent[1]}; make setup installs it)` : undefined;
}

export type Findings = ReadonlyMap<string, Finding>;

export const kernelFindings = (ids: readonly string[]): Promise<Findings> =>
  runKernelChecks(
    run,
    process.getuid?.() === 0,
    KERNEL_CHECKS.filter(({ id }) => ids.includes(id)),
  );

/** Why a check's thing cannot be had; of a check that found a part of it, whether the part named `word` is lacking. */
export function lacks(findings: Findings, id: string, word?: string): string | undefined {
  const finding = findings.get(id);
  if (finding === undefined || finding.status === "ok") return undefined;
  const part = finding.status === "limited" ? /; lacks(.*)$/.exec(finding.found)?.[1] : undefined;
  if (part !== undefined && word !== undefined && !part.split(" ").includes(word)) return undefined;
  return `${id}: ${finding.found}`;
}
