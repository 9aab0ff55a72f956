// The Debian package through its life, in a root of its own: installed, run without rights, upgraded under the operator's
// changes, removed with forwarding left in place, and purged with nothing left behind.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeb } from "../../scripts/deb.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-deb-"));
const said = new Map<string, string>();
let missing: string | undefined;
let info = "";
let contents = "";

/** Why it cannot be tried here; undefined where it can. */
function lack(): string | undefined {
  if (spawnSync("dpkg-deb", ["--version"]).error) return "dpkg-deb is not here: no Debian package is built or tried";
  const probe = `mount -t tmpfs t ${folder} && mkdir ${folder}/u ${folder}/w ${folder}/r && mount -t overlay o -o lowerdir=/,upperdir=${folder}/u,workdir=${folder}/w ${folder}/r`;
  const { status, stderr } = spawnSync("unshare", ["-mn", "sh", "-c", probe], { encoding: "utf8" });
  return status === 0
    ? undefined
    : `no root of its own over this machine's (needs root and overlayfs): ${stderr.trim()}`;
}

beforeAll(() => {
  missing = lack();
  if (missing !== undefined) return;
  execFileSync(process.execPath, ["scripts/dist.ts"], { stdio: "ignore" });
  const [first, next] = [1, 2].map((revision) => buildDeb({ revision, level: 1, into: folder }));
  info = execFileSync("dpkg-deb", ["--info", `${first}`], { encoding: "utf8" });
  contents = execFileSync("dpkg-deb", ["--contents", `${first}`], { encoding: "utf8" });
  const root = mkdtempSync(join(tmpdir(), "srwan-root-"));
  const words = ["-mnp", "--fork", "--propagation", "private", "sh", resolve("test/package/deb.sh"), root];
  const { stdout, stderr, status } = spawnSync("unshare", [...words, `${first}`, `${next}`], { encoding: "utf8" });
  rmSync(root, { recursive: true });
  for (const part of stdout.split(/^== /m).slice(1)) {
    const end = part.indexOf("\n");
    said.set(part.slice(0, end), part.slice(end + 1).trim());
  }
  if (status !== 0) throw new Error(`deb.sh ended with ${status}: ${stdout.slice(-1_000)}${stderr}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the Debian package", () => {
  const section = (name: string, skip: (why: string) => void): string => {
    if (missing !== undefined) skip(missing);
    return said.get(name) ?? "";
  };

  it("says what it is, belongs to root, and holds no source, test or tool", ({ skip }) => {
    section("install", skip);
    expect(info).toMatch(/Depends: .*iproute2, nftables/);
    const lines = contents.trim().split("\n");
    expect(lines.filter((line) => !line.includes(" root/root "))).toEqual([]);
    expect(lines.filter((line) => /^-.{4}w|^-.{7}w/.test(line))).toEqual([]);
    const paths = lines.map((line) => line.split(/\s+/)[5] ?? "");
    const idle = /\.test\.|(?<!\.d)\.ts$|\/node_modules\/(typescript|vitest|@biomejs|@foundry-rs)\//;
    expect(paths.filter((path) => idle.test(path))).toEqual([]);
    for (const path of [
      "./usr/lib/srwan/node/bin/node",
      "./usr/lib/srwan/dist/web/index.html",
      "./usr/share/man/man1/srwan.1.gz",
    ])
      expect(paths).toContain(path);
  });

  it("installs, and runs by the Node that it brought", ({ skip }) => {
    expect(section("install", skip)).toMatch(/Status: install ok installed\nVersion: \S+-1$/);
    const [version, , origin, texts] = section("runs", skip).split("\n");
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(origin).toMatch(/srwan-probe.*\/etc\/srwan\/agent\.yaml/);
    expect(texts).toBe("texts");
  });

  it("keeps a controller's settings from other users", ({ skip }) => {
    expect(section("modes", skip).split("\n")).toEqual([
      "644 root:root /etc/srwan/agent.yaml",
      "640 root:srwan /etc/srwan/controller.yaml",
      "640 root:srwan-validator /etc/srwan/validator.yaml",
    ]);
  });

  it("runs a controller under a user without any right, and copies its store", ({ skip }) => {
    const text = section("controller", skip);
    expect(text).toContain("/tmp/copy.db");
    expect(text).toContain("stopped with 0");
  });

  it("upgrades, and leaves the operator's settings", ({ skip }) => {
    expect(section("upgrade", skip)).toMatch(/Status: install ok installed\nVersion: \S+-2\n# a line of the operator$/);
  });

  it("is removed with its settings and all that forwards left in place", ({ skip }) => {
    const lines = section("remove", skip).split("\n");
    expect(lines.slice(-3)).toEqual(["agent.yaml", "controller.yaml", "validator.yaml"]);
    expect(lines).not.toContain("/usr/bin/srwan");
    const kernel = section("kernel-before-purge", skip);
    for (const held of ["2001:db8:1::/48", "198.51.100.0/24", "id 77", "table inet srwan\n", "srwan-probe"])
      expect(`${kernel}\n`).toContain(held);
  });

  it("is purged with nothing left behind, and touches nothing of others", ({ skip }) => {
    expect(section("purge", skip)).toContain("no users");
    const kernel = section("kernel-after-purge", skip).split("\n");
    expect(kernel).toEqual(["table inet theirs", "2001:db8:2::/48 dev lo metric 1024 pref medium"]);
    expect(section("left", skip)).toBe("");
  });
});
