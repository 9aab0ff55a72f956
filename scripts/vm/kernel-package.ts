// The newest kernel package of this distribution, as apt knows it: downloaded and unpacked into .srwan/vm, not installed.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadingOrder, MODULES } from "./modules.ts";
import { Skip } from "./skip.ts";

const CACHE = ".srwan/vm";
/** The package that always depends on the newest kernel. */
const NEWEST: Readonly<Record<string, string>> = { debian: "linux-image-amd64", ubuntu: "linux-image-generic" };

/** A folder with `vmlinuz` and `modules/`, whose file names sort in loading order. */
export type KernelFiles = { readonly version: string; readonly folder: string };

export function kernelFiles(say: (line: string) => void): KernelFiles {
  const fresh = newest() ?? (updated(say) ? newest() : undefined);
  const version = fresh ?? kept();
  if (version === undefined) throw new Skip("apt knows no kernel package (sudo apt-get update, then again)");
  const folder = join(CACHE, version);
  if (!isWhole(folder)) fetch(version, folder, say);
  return { version, folder };
}

/** "6.1.0-56-amd64": the version that the newest kernel's package has in its name. */
function newest(): string | undefined {
  const { status, stdout } = apt("apt-cache", ["depends", nameOfNewest()]);
  return status === 0 ? /Depends: linux-image-(?:unsigned-)?(\d\S*)/.exec(stdout)?.[1] : undefined;
}

function nameOfNewest(): string {
  const release = readFileSync("/etc/os-release", "utf8");
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap((match) => (match[1] ?? "").split(" "));
  const known = ids.map((id) => NEWEST[id]).find((name) => name !== undefined);
  if (known === undefined) throw new Skip(`no kernel package is known for ${ids[0] ?? "this distribution"}`);
  return known;
}

/** Where apt cannot be asked, the newest that was fetched before will do. */
function kept(): string | undefined {
  if (!existsSync(CACHE)) return undefined;
  const whole = readdirSync(CACHE).filter((name) => isWhole(join(CACHE, name)));
  return whole.sort((a, b) => statSync(join(CACHE, a)).mtimeMs - statSync(join(CACHE, b)).mtimeMs).at(-1);
}

/** Written last; another list of modules wants another unpacking. */
const stamp = (folder: string): string => join(folder, "modules.json");
const isWhole = (folder: string): boolean =>
  existsSync(stamp(folder)) && readFileSync(stamp(folder), "utf8") === JSON.stringify(MODULES);

function fetch(version: string, folder: string, say: (line: string) => void): void {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, "modules"), { recursive: true });
  say(`fetching the kernel ${version}`);
  const packages = packagesOf(version);
  const download = () => apt("apt-get", ["-q", "download", ...packages], part);
  let got = download();
  // A list of packages that is older than the archive names files that are gone.
  if (got.status !== 0 && updated(say)) got = download();
  if (got.status !== 0) throw new Skip(`${packages.join(" ")} cannot be downloaded: ${lastLine(got)}`);
  say("unpacking it");
  for (const file of readdirSync(part).filter((name) => name.endsWith(".deb"))) {
    const unpacked = spawnSync("dpkg-deb", ["-x", file, "tree"], { cwd: part, encoding: "utf8" });
    if (unpacked.status !== 0) throw new Skip(`${file} cannot be unpacked: ${lastLine(unpacked)}`);
    rmSync(join(part, file));
  }
  const tree = join(part, "tree");
  renameSync(join(tree, "boot", `vmlinuz-${version}`), join(part, "vmlinuz"));
  // Debian keeps modules under /lib, newer releases under /usr/lib.
  const root = ["lib", "usr/lib"].map((lib) => join(tree, lib, "modules", version)).find((path) => existsSync(path));
  if (root === undefined) throw new Skip(`the package of the kernel ${version} holds no modules`);
  for (const [i, { name, octets }] of loadingOrder(root, MODULES).entries()) {
    writeFileSync(join(part, "modules", `${String(i).padStart(2, "0")}-${name}.ko`), octets);
  }
  rmSync(tree, { recursive: true });
  writeFileSync(stamp(part), JSON.stringify(MODULES));
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  for (const older of readdirSync(CACHE).filter((name) => name !== version && existsSync(stamp(join(CACHE, name))))) {
    rmSync(join(CACHE, older), { recursive: true });
  }
}

/** Debian has all in one package; Ubuntu has modules apart, VRF among the extra ones. */
function packagesOf(version: string): string[] {
  return ["linux-image", "linux-modules", "linux-modules-extra"]
    .map((name) => `${name}-${version}`)
    .filter((name) => apt("apt-cache", ["pkgnames", name]).stdout?.split("\n").includes(name));
}

/** Whether the lists of packages could be made new: root may, and who may use sudo without a password. */
function updated(say: (line: string) => void): boolean {
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  say("asking the archive for newer packages");
  const [command = "", ...args] = [...asRoot, "apt-get", "-q", "update"];
  return apt(command, args).status === 0;
}

function apt(command: string, args: readonly string[], cwd = "."): SpawnSyncReturns<string> {
  const ran = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (ran.error && "code" in ran.error && ran.error.code === "ENOENT")
    throw new Skip(`${command} is not on this machine`);
  return ran;
}

const lastLine = ({ stderr, error }: SpawnSyncReturns<string>): string =>
  error?.message ?? stderr.trim().split("\n").at(-1) ?? "no reason given";
