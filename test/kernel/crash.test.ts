// A kill in the middle of a large apply, and hands in the kernel: the next run ends in the wanted state, touches nothing
// of others, and leaves nothing of its own over.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { Kernel } from "../../src/srv6/linux/kernel.ts";
import { openSocket, PROTOCOL } from "../../src/srv6/linux/socket.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const OBJECTS = 20_000;
const folder = mkdtempSync(join(tmpdir(), "srwan-crash-"));
const env = { ...process.env, XDG_RUNTIME_DIR: folder, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const kernel = new Kernel(
  { route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic) },
  new RealClock(),
);

afterAll(() => {
  kernel.close();
  rmSync(folder, { recursive: true });
});

/** Half local SIDs, half prefixes that follow one policy; `shift` moves where both begin, so that two files overlap in half. */
function desiredFile(name: string, shift: number): string {
  const half = OBJECTS / 2;
  const hex = (i: number): string => (i + shift).toString(16);
  const text = JSON.stringify({
    version: 1,
    domain: { blocks: ["fcbb:bb00::/32"] },
    localSids: Array.from({ length: half }, (_, i) => ({ sid: `fcbb:bb00:1:${hex(i)}::`, behavior: "End" })),
    policies: [{ name: "p", paths: [{ name: "a", segments: [`fcbb:bb00:2:${hex(1)}::`] }] }],
    steering: [{ policy: "p", prefixes: Array.from({ length: half - 2 }, (_, i) => `2001:db8:${hex(i)}::/48`) }],
  });
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function srwan(...words: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(SRWAN, words, { encoding: "utf8", env, maxBuffer: 1 << 26 });
}

const ip = (line: string): string => {
  const { status, stdout, stderr } = spawnSync("ip", line.split(" "), { encoding: "utf8", env });
  if (status !== 0) throw new Error(`ip ${line}: ${stderr}`);
  return stdout;
};

const ours = async (): Promise<number> => (await kernel.read([], new Set())).ours.length;
const planned = (file: string): unknown =>
  JSON.parse(srwan("route", "plan", "--desired", file, "-o", "json").stdout).changes;

/** Starts an apply and kills it when the kernel's count of ours has moved by `after`; says whether it came in time. */
async function killDuring(file: string, after: number): Promise<boolean> {
  const before = await ours();
  const child = spawn(SRWAN, ["route", "apply", "--desired", file], { env, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  while (running(child) && Math.abs((await ours()) - before) < after) await sleep(1);
  const inTime = running(child);
  child.kill("SIGKILL");
  await ended;
  return inTime;
}

const running = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

describe("an apply that is killed", () => {
  beforeEach(() => {
    ip("-6 route add 2001:db8:ffff::/48 dev lo proto static");
    ip("-6 nexthop add id 7 dev lo");
  });

  afterEach(() => {
    expect(srwan("route", "flush").status).toBe(0);
    ip("-6 route del 2001:db8:ffff::/48 dev lo proto static");
    ip("nexthop del id 7");
  });

  it(`ends in the wanted state of ${OBJECTS} objects when it is run again`, async () => {
    const [first, second] = [desiredFile("first.json", 0), desiredFile("second.json", OBJECTS / 4)];
    const kills = [await killDuring(first, 3_000), await killDuring(first, 8_000), await killDuring(second, 2_000)];
    expect(kills).toContain(true);
    const { status, stdout } = srwan("route", "apply", "--desired", second);
    expect([status, stdout.trim().split("\n").at(-1)]).toEqual([
      0,
      expect.stringMatching(/^20000 of 20000 objects in place/),
    ]);
    expect([await ours(), planned(second)]).toEqual([OBJECTS, 0]);
    expect(ip("-6 route show proto static")).toContain("2001:db8:ffff::/48 dev lo");
    expect(ip("nexthop show id 7")).toContain("id 7 dev lo");
    expect(srwan("route", "flush").status).toBe(0);
    expect(await ours()).toBe(0);
  });
});

describe("what hands did to the kernel", () => {
  const SMALL = {
    version: 1,
    domain: { blocks: ["fcbb:bb00::/32"] },
    localSids: [{ sid: "fcbb:bb00:1::", behavior: "End" }],
    policies: [
      {
        name: "p",
        paths: [
          { name: "a", segments: ["fcbb:bb00:2::"], weight: 3 },
          { name: "b", segments: ["fcbb:bb00:3::"] },
        ],
        bindingSid: "fcbb:bb00:1:b000::",
      },
    ],
    steering: [{ policy: "p", prefixes: ["10.9.0.0/16", "2001:db8:9::/48"], classes: [{ dscp: 46 }] }],
  };
  const file = join(folder, "small.json");
  writeFileSync(file, JSON.stringify(SMALL));
  const nexthopIds = (): string[] => [...ip("nexthop show").matchAll(/^id (\d+) /gm)].map((match) => match[1] ?? "");
  const group = (): string => /^id (\d+) group/m.exec(ip("nexthop show"))?.[1] ?? "";

  const MEDDLING: readonly (readonly [string, () => unknown])[] = [
    ["a route removed", () => ip("-4 route del 10.9.0.0/16 proto 196")],
    ["a SID removed", () => ip("-6 route del fcbb:bb00:1::/128")],
    [
      "a SID that does something else",
      () => ip("-6 route replace fcbb:bb00:1::/128 encap seg6local action End.T table 99 dev lo proto 196"),
    ],
    ["a route that leads elsewhere", () => ip("-6 route replace 2001:db8:9::/48 dev lo proto 196 metric 64")],
    ["all nexthops removed", () => nexthopIds().map((id) => spawnSync("ip", ["nexthop", "del", "id", id], { env }))],
    [
      "a nexthop with another list",
      () => ip(`-6 nexthop replace id ${nexthopIds()[0]} dev lo encap seg6 mode encap segs fcbb:bb00:9:: proto 196`),
    ],
    ["a group with a member less", () => ip(`nexthop replace id ${group()} group ${nexthopIds()[0]} proto 196`)],
    ["the class rule removed", () => ip("-6 rule del priority 19600")],
    ["the edge's table removed", () => spawnSync("nft", ["delete", "table", "inet", "srwan"], { env })],
    ["an owned route that nobody wants", () => ip("-6 route add 2001:db8:77::/48 dev lo proto 196")],
  ];

  it.each(MEDDLING)("is put right: %s", (_what, meddle) => {
    expect(srwan("route", "apply", "--desired", file).status).toBe(0);
    meddle();
    expect(planned(file)).toBeGreaterThan(0);
    const { status, stdout } = srwan("route", "apply", "--desired", file);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/objects in place/)]);
    expect(planned(file)).toBe(0);
  });

  it("is put right while watching, without being asked", async () => {
    const child = spawn(SRWAN, ["route", "watch", "--desired", file], { env, stdio: "ignore" });
    try {
      for (const [, meddle] of [MEDDLING[0], MEDDLING[1], MEDDLING[4]] as typeof MEDDLING) {
        while (planned(file) !== 0) await sleep(20);
        meddle();
      }
      while (planned(file) !== 0) await sleep(20);
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    }
    expect([child.exitCode, planned(file)]).toEqual([0, 0]);
    expect(srwan("route", "flush").status).toBe(0);
    expect(await ours()).toBe(0);
  });
});
