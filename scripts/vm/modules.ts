// The kernel modules that the guest loads: those named here and what they lean on, read from the modules themselves, so
// that neither depmod nor modprobe is needed.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { Skip } from "./skip.ts";

/** crc32c_generic is what libcrc32c asks for by an alias; nothing else names it. */
export const MODULES: readonly string[] = [
  ...["virtio_pci", "9pnet_virtio", "9p"],
  ...["vrf", "veth", "sch_netem", "wireguard"],
  ...["crc32c_generic", "nf_tables", "nft_limit", "nft_objref"],
  ...["virtio_blk", "ext4", "overlay"],
];

export type Module = { readonly name: string; readonly octets: Uint8Array };

/** In loading order: each after what it leans on. A name with no file is built into the kernel. */
export function loadingOrder(folder: string, names: readonly string[]): Module[] {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.ko(\.(zst|xz))?$/.test(path))
      .map((path) => [moduleName(path), join(folder, path)]),
  );
  const order = new Map<string, Module>();
  const take = (name: string): void => {
    const path = files.get(name);
    if (path === undefined || order.has(name)) return;
    const octets = plain(path);
    for (const other of leansOn(octets)) take(other);
    order.set(name, { name, octets });
  };
  names.forEach(take);
  return [...order.values()];
}

/** "kernel/lib/libcurve25519-generic.ko.xz" → "libcurve25519_generic": the kernel knows no hyphens in names. */
const moduleName = (path: string): string =>
  basename(path)
    .replace(/\.ko.*$/, "")
    .replaceAll("-", "_");

/** The section .modinfo is a list of "key=value", each ended by a zero. */
function leansOn(octets: Buffer): string[] {
  const found = /\0depends=([^\0]*)\0/.exec(octets.toString("latin1"))?.[1] ?? "";
  return found
    .split(",")
    .filter((name) => name !== "")
    .map((name) => name.replaceAll("-", "_"));
}

function plain(path: string): Buffer {
  if (path.endsWith(".zst")) return zstdDecompressSync(readFileSync(path));
  if (!path.endsWith(".xz")) return readFileSync(path);
  const { status, stdout } = spawnSync("xz", ["-dc", path], { maxBuffer: 64 << 20 });
  if (status === 0) return stdout;
  throw new Skip("the kernel's modules are packed with xz, which is not installed (Debian package xz-utils)");
}
