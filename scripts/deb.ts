// `make deb`: a Debian package of all that runs on a machine: Node included, dependencies as the lock has them, manual
// pages, completions, units, settings. For the kind of processor it is built on. Made by dpkg-deb, from what `make dist`
// compiles.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { completionScript } from "../src/cli/verbs/completion.ts";
import { OUR_PROTOCOL } from "../src/srv6/linux/objects.ts";
import { fits, lockedPackages, readLock } from "./locked.ts";
import { billOf, licenceList } from "./sbom.ts";

const ROOT = "dist/deb";
const HOME = "usr/lib/srwan";
const DOC = "usr/share/doc/srwan";
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

const [OWN, READ, RUN] = [0o640, 0o644, 0o755];

export type BuildOptions = {
  /** Debian's own part of the version: another packing of the same srwan. */
  readonly revision?: number;
  /** Where the compiled package is; made by scripts/dist.ts. */
  readonly compiled?: string;
  /** Of compression; less for one that is tried and thrown away. */
  readonly level?: number;
  /** Where the package comes to lie. */
  readonly into?: string;
};

/** Gives the path of the package. */
export function buildDeb({
  revision = 1,
  compiled = "dist/package",
  level = 9,
  into = "dist",
}: BuildOptions = {}): string {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no Debian package for ${process.arch}: only x64 and arm64`);
  rmSync(ROOT, { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(compiled, "package.json"), "utf8"));
  const version = `${manifest.version}-${revision}`;
  program(compiled);
  modules();
  node();
  texts(compiled);
  settings();
  control(version, architecture);
  const target = join(into, `srwan_${version}_${architecture}.deb`);
  // zstd: Debian 12 and Ubuntu 22.04 read it, and Node takes minutes by xz.
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zzstd", `-z${level}`, "--build", ROOT, target], {
    env: { ...process.env, SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? lastCommit() },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return target;
}

/** The same source makes the same package. */
function lastCommit(): string {
  try {
    return execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }).trim();
  } catch {
    return `${Math.floor(Date.now() / 1_000)}`;
  }
}

function put(path: string, content: string | Uint8Array, mode = READ): void {
  const target = join(ROOT, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  chmodSync(target, mode);
}

function program(compiled: string): void {
  for (const name of ["bin", "libraries", "src", "dist", "yang", "package.json"]) {
    cpSync(join(compiled, name), join(ROOT, HOME, name), { recursive: true });
  }
  mkdirSync(join(ROOT, "usr/bin"), { recursive: true });
  symlinkSync("../lib/srwan/bin/srwan", join(ROOT, "usr/bin/srwan"));
}

/** What the lock ships: of packages for one platform those for this one. */
function modules(): void {
  const lock = readLock();
  const here = { os: process.platform, cpu: process.arch };
  for (const { path, use } of lockedPackages(lock)) {
    const isBinary = lock.packages[path]?.os !== undefined;
    if (use === "not-shipped" || (use === "one-platform" && !(isBinary && fits(lock, path, here)))) continue;
    cpSync(path, join(ROOT, HOME, path), {
      recursive: true,
      dereference: true,
      filter: (from) => isRun(relative(path, from)),
    });
  }
}

/** Packages inside are in the lock themselves; tests, sources and maps are read by no program that runs. */
const isRun = (path: string): boolean =>
  !path.split("/").includes("node_modules") &&
  !/^(tests?|benchmarks?|examples?|\.github)(\/|$)/.test(path) &&
  !/(\.map|\.[cm]?ts|\.test\.[cm]?js)$/.test(path);

function node(): void {
  const from = `node_modules/node-linux-${process.arch}`;
  if (!existsSync(from)) throw new Error(`${from} is missing: run make setup`);
  put(`${HOME}/node/bin/node`, readFileSync(join(from, "bin/node")), RUN);
  put(`${DOC}/copyright.node`, readFileSync(join(from, "LICENSE")));
  mkdirSync(join(ROOT, HOME, "node_modules/.bin"), { recursive: true });
  symlinkSync("../../node/bin/node", join(ROOT, HOME, "node_modules/.bin/node"));
}

function texts(compiled: string): void {
  const gzipped = (path: string): Uint8Array => gzipSync(readFileSync(path), { level: 9 });
  for (const name of readdirSync(join(compiled, "man"))) {
    put(`usr/share/man/man1/${name}.gz`, gzipped(join(compiled, "man", name)));
  }
  for (const [shell, path] of [
    ["bash", "usr/share/bash-completion/completions/srwan"],
    ["zsh", "usr/share/zsh/vendor-completions/_srwan"],
    ["fish", "usr/share/fish/vendor_completions.d/srwan.fish"],
  ] as const) {
    put(path, completionScript(shell));
  }
  const lock = readLock();
  put(`${DOC}/copyright`, readFileSync("LICENSE"));
  put(`${DOC}/changelog.gz`, gzipped("CHANGELOG.md"));
  put(`${DOC}/sbom.cdx.json`, `${JSON.stringify(billOf(lock), null, 2)}\n`);
  put(`${DOC}/licences.txt`, licenceList(lock));
}

function settings(): void {
  for (const name of ["controller", "agent", "validator"]) {
    put(`etc/srwan/${name}.yaml`, readFileSync(`deploy/debian/${name}.yaml`), name === "agent" ? READ : OWN);
  }
  for (const name of readdirSync("deploy/systemd").filter((one) => /\.(service|timer)$/.test(one))) {
    put(`usr/lib/systemd/system/${name}`, readFileSync(`deploy/systemd/${name}`));
  }
}

function control(version: string, architecture: string): void {
  // dpkg holds what is unpacked by the modes it has here, whatever the umask of whoever builds.
  const files = allFiles(ROOT);
  const octets = files.reduce((sum, path) => sum + lstatSync(path).size, 0);
  put(
    "DEBIAN/control",
    [
      "Package: srwan",
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      "Maintainer: srwan maintainers <srwan@example.net>",
      `Installed-Size: ${Math.ceil(octets / 1_024)}`,
      "Depends: libc6 (>= 2.28), libstdc++6 (>= 9), libgcc-s1, iproute2, nftables, passwd, util-linux",
      "Recommends: wireguard-tools",
      "Suggests: postgresql, prometheus",
      "Section: net",
      "Priority: optional",
      "Description: control plane for a private segment-routing WAN",
      " Measures every directed segment between points of presence, computes SRv6 SID",
      " lists, installs and proves them, and moves traffic when a path degrades.",
      " Controller, agent, validator and the command line are in this package; none of",
      " them is started before somebody enables it.",
      "",
    ].join("\n"),
  );
  const kept = files.map((path) => `/${relative(ROOT, path)}`).filter((path) => path.startsWith("/etc/"));
  put("DEBIAN/conffiles", `${kept.join("\n")}\n`);
  for (const name of ["postinst", "prerm", "postrm"]) {
    put(
      `DEBIAN/${name}`,
      readFileSync(`deploy/debian/${name}`, "utf8").replaceAll("@PROTOCOL@", `${OUR_PROTOCOL}`),
      RUN,
    );
  }
}

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    chmodSync(path, RUN);
    return allFiles(path);
  });
}

if (import.meta.main) {
  execFileSync(process.execPath, ["scripts/dist.ts"], { stdio: ["ignore", "ignore", "inherit"] });
  process.stdout.write(`${buildDeb()}\n`);
}
