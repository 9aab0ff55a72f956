// A group on one machine, on loopback addresses, as whole processes: each holds the matrix, signed pulses only are taken,
// a member that dies is told at once, and a member can be added to a group that runs.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { askMatrix, findMember } from "../../src/pulse/group/control.ts";
import type { HeldMatrix } from "../../src/pulse/group/held.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const folder = mkdtempSync(join(tmpdir(), "srwan-group-"));
/** Sockets lie where a lab's would, so that no member of another group on this machine is met. */
const env = { ...process.env, SRWAN_LAB_FOLDER: folder, SRWAN_LOG_LEVEL: "info" };
const PORT = 20_000 + (process.pid % 10_000);
const GROUP = join(folder, "core.yaml");

type Member = { readonly child: ChildProcess; readonly log: () => string };
const members: Member[] = [];
afterAll(async () => {
  for (const { child } of members) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  rmSync(folder, { recursive: true });
});

function writeGroup(names: readonly string[]): void {
  const lines = names.map((name, i) => `  - {name: ${name}, address: 127.0.9.${i + 1}, port: ${PORT}}\n`);
  writeFileSync(GROUP, `version: 1\nname: core\ninterval: 50ms\nkeyFile: core.key\nmembers:\n${lines.join("")}`);
}

function start(name: string, group = GROUP): Member {
  const child = spawn(SRWAN, ["pulse", "join", group, "--as", name], { env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr?.on("data", (part) => {
    log += part;
  });
  const member = { child, log: () => log };
  members.push(member);
  return member;
}

const matrix = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(SRWAN, ["matrix", ...words], { env, encoding: "utf8" });
  return { status, stdout, stderr };
};

const heldBy = (name: string): Promise<HeldMatrix | undefined> =>
  Promise.try(() => askMatrix(findMember(env, name))).catch(() => undefined);

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let left = 200; !(await holds()); left--) {
    if (left === 0)
      throw new Error(
        `never: ${what}\n${JSON.stringify((await heldBy("sea"))?.counters)}\n${members.map(({ log }) => log()).join("\n")}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const lastWord = ({ log }: Member, peer: string): string | undefined =>
  [...log().matchAll(new RegExp(`"peer":"${peer}","state":"(\\w+)"`, "g"))].at(-1)?.[1];

async function know(names: readonly string[], cells: number): Promise<boolean> {
  const all = await Promise.all(names.map(heldBy));
  return all.every((held) => held?.cells.filter(({ p50Us }) => p50Us !== null).length === cells);
}

it("says what to do where no member runs", () => {
  expect(matrix()).toMatchObject({ status: 3, stderr: expect.stringContaining("srwan pulse join") });
});

it("gives every member the whole matrix, and tells who dies", { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, "core.key"), "0f".repeat(32));
  writeGroup(["sea", "lon"]);
  const sea = start("sea");
  const lon = start("lon");
  await until("both hold the matrix", () => know(["sea", "lon"], 2));
  const held = await heldBy("sea");
  expect(held).toMatchObject({ group: "core", member: "sea", members: ["sea", "lon"] });
  for (const { lowUs, highUs, lossPpm } of held?.cells ?? []) {
    expect(lowUs).toBeGreaterThanOrEqual(0);
    expect(highUs).toBeGreaterThanOrEqual(lowUs ?? Infinity);
    expect(lossPpm).toBe(0);
  }
  const socket = join(folder, "pulse", "core", "sea.sock");
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "pulse")).mode & 0o777).toBe(0o700);

  // One of several has to be named; each form of it is one document.
  expect(matrix()).toMatchObject({ status: 3, stderr: expect.stringContaining("core/lon, core/sea") });
  expect(matrix("--member", "core/sea").stdout).toContain("Group core as sea holds it, 2 members");
  expect(matrix("--member", "sea", "-o", "csv").stdout.split("\r\n")).toHaveLength(4);
  const twice = spawnSync(SRWAN, ["pulse", "join", GROUP, "--as", "sea"], { env, encoding: "utf8" });
  expect(twice.status).not.toBe(0);

  // A third that the others learn of from their file.
  writeGroup(["sea", "lon", "fra"]);
  const fra = start("fra");
  for (const { child } of [sea, lon]) child.kill("SIGHUP");
  await until("all three hold six cells", () => know(["sea", "lon", "fra"], 6));

  // One with another key is heard by nobody.
  const other = join(folder, "other.yaml");
  writeFileSync(join(folder, "other.key"), "aa".repeat(32));
  const lines = [`sea, address: 127.0.9.1, port: ${PORT}`, `eve, address: 127.0.9.3, port: ${PORT + 1}`];
  const entries = lines.map((line) => `  - {name: ${line}}\n`).join("");
  writeFileSync(other, `version: 1\nname: other\nkeyFile: other.key\nmembers:\n${entries}`);
  start("eve", other);
  await until("its pulses are refused", async () => ((await heldBy("sea"))?.counters["request-hmac"] ?? 0) > 0);

  fra.child.kill("SIGKILL");
  await until("its end is told", () => lastWord(sea, "fra") === "down");
  expect((await heldBy("sea"))?.links).toMatchObject([
    { peer: "lon", state: "up", dead: null },
    { peer: "fra", state: "down" },
  ]);
  expect(matrix("--member", "sea").stdout).toContain("fra is down");

  // Killed, it left its socket behind, which another start takes over; stopped, a member leaves nothing.
  expect(matrix("--member", "fra")).toMatchObject({ status: 5, stderr: expect.stringContaining("MEMBER_SILENT") });
  lon.child.kill("SIGINT");
  await once(lon.child, "close");
  expect(existsSync(join(folder, "pulse", "core", "lon.sock"))).toBe(false);
});

it.each([
  [["--as", "nobody"], "Give --as one of"],
  [["--as", "sea", "--fast", "sea"], "no other member of this name"],
  [["--as", "sea", "--listen", "here"], "no IP address"],
])("refuses %j with what to do", (words, said) => {
  writeGroup(["sea", "lon"]);
  writeFileSync(join(folder, "core.key"), "0f".repeat(32));
  const { status, stderr } = spawnSync(SRWAN, ["pulse", "join", GROUP, ...words], { env, encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain(said);
});
