// What a machine of either kind starts from: the kernel, and an initramfs with its settings in it. Where there can be no
// machine it says why.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { initramfs } from "./initramfs.ts";
import { kernelFiles } from "./kernel-package.ts";
import { Skip } from "./skip.ts";

export type BootFiles = { readonly version: string; readonly kernel: string; readonly initramfs: string };

/** Each kind of machine has an archive of its own; `settings` become shell variables of init.sh. */
export function bootFiles(
  kind: string,
  settings: Readonly<Record<string, string>>,
  say: (line: string) => void,
): BootFiles {
  if (process.arch !== "x64") throw new Skip(`it is made for x64, and this is ${process.arch}`);
  if (spawnSync("qemu-system-x86_64", ["--version"]).error) {
    throw new Skip("qemu-system-x86_64 is not installed (Debian package qemu-system-x86; make setup installs it)");
  }
  const { version, folder } = kernelFiles(say);
  const archive = join(folder, `${kind}.cpio`);
  writeFileSync(archive, initramfs(folder, settings));
  return { version, kernel: join(folder, "vmlinuz"), initramfs: archive };
}
