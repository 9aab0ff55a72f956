// The Debian package through its life, on a machine of its own that systemd runs: installed, started under its units, hung,
// upgraded under the operator's changes, stopped and removed with forwarding left in place, purged with nothing left behind.
// The machine's root lies over this one's, or over the clean one that `make deb-test` makes.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encryptKeystoreJson, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDeb } from "../../scripts/deb.ts";
import { findAnvil } from "../../src/settlement/chain/find-anvil.ts";

const BENEATH = process.env.SRWAN_DEBIAN_ROOT ?? "/";
const LIFE_LIMIT_MS = 400_000;
const DAEMONS = ["srwan-controller", "srwan-agent", "srwan-validator"];
/** Two POPs with a segment between them. */
const RECORDS = (
  [
    ["sea", "chi", 1, -122.3],
    ["chi", "sea", 3, -87.6],
  ] as const
).map(([name, to, own, longitude], i) => ({
  name,
  platform: "linux",
  latitude: 45,
  longitude,
  transits: [{ name: "alder", asn: 64_500 }],
  segments: [
    {
      transit: "alder",
      to,
      device: `wg-${to}`,
      nexthop: `2001:db8:11::${2 - i}`,
      local: `2001:db8:11::${1 + i}`,
      mtuOctets: 1_420,
    },
  ],
  address: `2001:db8:${own}::1`,
}));

const folder = mkdtempSync(join(tmpdir(), "srwan-deb-"));
const [machine, life, out] = ["machine", "life", "out"].map((name) => join(folder, name)) as [string, string, string];
const said = new Map<string, string>();
let missing: string | undefined;
let signer = "";
let [info, contents] = ["", ""];

const unshared = (...words: string[]) => {
  const namespaces = ["-mnpuiC", "--fork", "--kill-child", "--propagation", "private"];
  return spawnSync("unshare", [...namespaces, ...words], {
    encoding: "utf8",
    timeout: LIFE_LIMIT_MS,
    killSignal: "SIGKILL",
  });
};

/** Why it cannot be tried here; undefined where it can. */
function lack(): string | undefined {
  if (spawnSync("dpkg-deb", ["--version"]).error) return "dpkg-deb is not here: no Debian package is built or tried";
  const probe = `mount -t tmpfs t ${machine} && cd ${machine} && mkdir u w r && mount -t overlay o -o lowerdir=${BENEATH},upperdir=u,workdir=w r && mount -t sysfs s r/sys && mount -t cgroup2 c r/sys/fs/cgroup && unshare -U true && test -x r/lib/systemd/systemd`;
  const { status, stderr } = unshared("sh", "-c", probe);
  if (status === 0) return undefined;
  return `no machine of its own (needs root, overlayfs, cgroup2, user namespaces and systemd): ${stderr.trim()}`;
}

async function readyLife(): Promise<void> {
  const [first, next] = [1, 2].map((revision) => buildDeb({ revision, level: 1, into: folder })) as [string, string];
  info = execFileSync("dpkg-deb", ["--info", first], { encoding: "utf8" });
  contents = execFileSync("dpkg-deb", ["--contents", first], { encoding: "utf8" });
  copyFileSync(first, join(life, "first.deb"));
  copyFileSync(next, join(life, "next.deb"));
  copyFileSync("test/package/life.sh", join(life, "life.sh"));
  copyFileSync(findAnvil(process.env.PATH ?? ""), join(life, "anvil"));
  const { address, privateKey } = Wallet.createRandom();
  signer = address.toLowerCase();
  const keystore = await encryptKeystoreJson({ address, privateKey }, "secret", { scrypt: { N: 2 } });
  writeFileSync(join(life, "keystore.json"), keystore);
  writeFileSync(join(life, "password"), "secret\n");
  for (const record of RECORDS) writeFileSync(join(life, `${record.name}.yaml`), JSON.stringify(record));
}

beforeAll(async () => {
  for (const one of [machine, life, out]) mkdirSync(one);
  missing = lack();
  if (missing !== undefined) return;
  await readyLife();
  const { status, stderr, error } = unshared("sh", resolve("test/package/boot.sh"), machine, BENEATH, life, out);
  const text = readFileSync(join(out, "said"), "utf8");
  for (const part of text.split(/^== /m).slice(1)) {
    const end = part.indexOf("\n");
    said.set(part.slice(0, end), part.slice(end + 1).trim());
  }
  if (status !== 0 || !said.has("journal") || text.includes("never: ")) {
    throw new Error(`the machine ended with ${status} ${error?.message ?? ""}: ${stderr}${text.slice(-6_000)}`);
  }
}, 2 * LIFE_LIMIT_MS);
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
      "./usr/lib/srwan/yang/srwan-policy.yang",
      "./usr/share/man/man1/srwan.1.gz",
      "./usr/share/doc/srwan/sbom.cdx.json",
    ])
      expect(paths).toContain(path);
  });

  it("installs, starts nothing, and runs by the Node that it brought", ({ skip }) => {
    expect(section("install", skip)).toMatch(/Status: install ok installed\nVersion: \S+-1(\ninactive){4}$/);
    const [version, origin, texts] = section("runs", skip).split("\n");
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

  it("starts no agent that has not joined", ({ skip }) => {
    expect(section("not-joined", skip)).toBe("no");
  });

  it("starts controller, agent and validator under their units, which say when they are ready", ({ skip }) => {
    const started = section("start", skip);
    expect(started).toContain("service   ");
    expect(started).toMatch(/^sea: http:\/\/127\.0\.0\.1:7177 connected$/m);
    expect(section("ready", skip).split("\n"), said.get("journal")).toEqual([
      "srwan-controller active srwan seccomp 2: serves http://127.0.0.1:7177",
      "srwan-agent active root seccomp 2: sea runs",
      `srwan-validator active srwan-validator seccomp 2: signs as ${signer}`,
    ]);
    // Bits 10, 12, 13 and 21 of capability.h.
    expect(section("rights", skip).split("\n")).toEqual([
      "srwan-controller 0000000000000000",
      "srwan-agent 0000000000203400",
      "srwan-validator 0000000000000000",
    ]);
  });

  it("proves a path and carries by it, with no more rights than its unit gives", ({ skip }) => {
    const carries = section("carries", skip);
    expect(carries).toContain("1 of 1 segments up");
    expect(carries).toMatch(/^gold .* carrying /m);
  });

  it("copies store and authority every night", ({ skip }) => {
    expect(section("backup", skip).split("\n")).toEqual(["success", "db", "pem"]);
  });

  it("feeds the watchdogs; an agent that hangs is started anew, and traffic goes on", ({ skip }) => {
    expect(section("fed", skip).split("\n")).toEqual(DAEMONS.map((name) => `${name} 0`));
    expect(section("hung", skip)).toBe("forwards while it hangs\n1\nforwarding unchanged");
  });

  it("upgrades with its processes, and leaves the operator's settings", ({ skip }) => {
    const lines = section("upgrade", skip).split("\n");
    expect(lines.slice(-8)).toEqual([
      "Status: install ok installed",
      expect.stringMatching(/^Version: \S+-2$/),
      "# a line of the operator",
      ...DAEMONS.map((name) => `${name} active`),
      "0",
      "forwarding unchanged",
    ]);
  });

  it("encrypts a segment under the agent's unit, over its restarts and after its end", ({ skip }) => {
    const encrypted = section("encrypted", skip);
    if (encrypted === "") skip("neither the kernel nor wireguard-go makes a WireGuard device in that root");
    expect(encrypted).toBe("once 51820\nagain 51820");
    expect(section("stop", skip)).toContain("\nencrypts");
  });

  it("stops cleanly, with forwarding left in place", ({ skip }) => {
    expect(section("stop", skip).replace("\nencrypts", "").split("\n")).toEqual([
      "srwan-controller success 0",
      "srwan-agent success 0",
      "forwarding unchanged",
    ]);
    const kernel = section("kernel", skip);
    for (const held of [
      "encap seg6 mode",
      "seg6local action End dev",
      "table inet srwan\n",
      "srwan-probe",
      "lookup 99",
      "id 77",
    ])
      expect(`${kernel}\n`).toContain(held);
  });

  it("is removed with its settings and all that forwards left in place", ({ skip }) => {
    const lines = section("remove", skip).split("\n");
    expect(lines.slice(0, 2)).toEqual(["active", "active"]);
    expect(lines.slice(-8)).toEqual([
      ...["inactive", "inactive"],
      ...["agent.yaml", "controller.yaml", "pop.yaml", "srwan-chain.json", "validator.yaml"],
      "forwarding unchanged",
    ]);
  });

  it("is purged with nothing left behind, and touches nothing of others", ({ skip }) => {
    const purge = section("purge", skip);
    const lines = purge.slice(purge.indexOf("no users")).split("\n");
    expect(lines).toEqual([
      "no users",
      "0:\tfrom all lookup local",
      "32765:\tfrom all fwmark 0x9 lookup 98",
      "32766:\tfrom all lookup main",
      "table inet theirs",
      "2001:db8:2::/48 dev lo metric 1024 pref medium",
    ]);
    expect(section("left", skip)).toBe("");
  });
});
