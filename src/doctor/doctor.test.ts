// The doctor tells ok, limited, missing and not tried apart, and never falls over a machine that lacks a tool.

import { Check } from "typebox/value";
import { describe, expect, it } from "vitest";
import { CHECKS, examine } from "./doctor.ts";
import { KERNEL_CHECKS, runKernelChecks } from "./kernel.ts";
import { DoctorReport } from "./report.ts";
import { type Ran, type Run, run } from "./run.ts";

const answering =
  (ran: Partial<Ran>): Run =>
  async () => ({ code: 0, stdout: "", stderr: "", ...ran });

describe("kernel checks", () => {
  const seg6 = async (ran: Partial<Ran>) => (await runKernelChecks(answering(ran), true)).get("kernel.seg6");

  it.each<[string, string, string]>([
    ["ok", "kernel.seg6\t0\ttakes encap inline", "takes encap inline"],
    ["limited", "kernel.seg6\t3\ttakes encap; lacks l2encap", "takes encap; lacks l2encap"],
    ["missing", "kernel.seg6\t1\tError: Unknown device type.", "Error: Unknown device type."],
    ["unknown", "kernel.seg6\t127\tsh: 3: ip: not found", "not tried: sh: 3: ip: not found"],
    [
      "unknown",
      "kernel.seg6\t1\tunshare: unshare failed: Operation not permitted",
      "not tried: unshare: unshare failed",
    ],
  ])("finds %s", async (status, stdout, found) => {
    const finding = await seg6({ stdout: `${stdout}\n` });
    expect(finding?.status).toBe(status);
    expect(finding?.found).toContain(found);
    expect(finding?.remedy === undefined).toBe(status === "ok");
  });

  it("are unknown, with the reason, when no namespace can be made or time runs out", async () => {
    expect(await seg6({ code: 1, stderr: "unshare: unshare failed: Operation not permitted\n" })).toMatchObject({
      status: "unknown",
      found: "not tried: unshare: unshare failed: Operation not permitted",
      remedy: expect.stringContaining("user namespaces"),
    });
    expect(await seg6({ code: "timeout" })).toMatchObject({
      status: "unknown",
      remedy: expect.stringContaining("busy"),
    });
  });
});

describe("the report", () => {
  it("fits its schema and answers every check, on this machine", async () => {
    const report = await examine(run);
    expect(Check(DoctorReport, report)).toBe(true);
    expect(report.checks.map((check) => check.id)).toEqual(CHECKS.map((check) => check.id));
    expect(report.checks.filter((check) => check.status !== "ok" && check.remedy === null)).toEqual([]);
  });

  it("fits its schema on a machine that has nothing", async () => {
    const report = await examine(answering({ code: "absent" }));
    expect(Check(DoctorReport, report)).toBe(true);
    expect(report.fit).toBe(false);
    expect(report.checks.find((check) => check.id === "tool.nft")).toMatchObject({
      status: "missing",
      remedy: "Install it: apt-get install nftables",
    });
  });

  it("names each check once", () => {
    expect(new Set(CHECKS.map((check) => check.id)).size).toBe(CHECKS.length);
    expect(KERNEL_CHECKS.every((check) => check.remedy.endsWith("."))).toBe(true);
  });
});

describe("run", () => {
  it("gives code, output and input through, and no shell", async () => {
    expect(await run("sh", ["-c", "cat; echo oops >&2; exit 7"], "in")).toEqual({
      code: 7,
      stdout: "in",
      stderr: "oops\n",
    });
    expect(await run("echo", ["$HOME; false"])).toMatchObject({ code: 0, stdout: "$HOME; false\n" });
  });

  it("says absent for what is not installed", async () => {
    expect((await run("srwan-no-such-program", [])).code).toBe("absent");
  });

  it("gives the program no terminal to ask at", async () => {
    expect((await run("sh", ["-c", ": </dev/tty"])).code).not.toBe(0);
  });
});
