// The guest's first files as one cpio archive, in the form the kernel reads (newc: a header of hexadecimal fields, the
// name, the content, each padded to four octets).

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Skip } from "./skip.ts";

type Entry = { readonly name: string; readonly mode: number; readonly content: Uint8Array };

const file = (name: string, content: Uint8Array): Entry => ({ name, mode: 0o100755, content });
const folder = (name: string): Entry => ({ name, mode: 0o040755, content: new Uint8Array() });
const link = (name: string, to: string): Entry => ({ name, mode: 0o120777, content: Buffer.from(to) });

/** `settings` become shell variables of init.sh. */
export function initramfs(kernelFolder: string, settings: Readonly<Record<string, string>>): Buffer {
  const modules = join(kernelFolder, "modules");
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`);
  return archive([
    ...["bin", "dev", "host", "modules", "proc", "sys"].map(folder),
    file("bin/busybox", staticBusybox()),
    link("bin/sh", "busybox"),
    file("init", readFileSync("scripts/vm/init.sh")),
    file("vm.env", Buffer.from(lines.join(""))),
    ...readdirSync(modules).map((name) => file(`modules/${name}`, readFileSync(join(modules, name)))),
  ]);
}

/** One that leans on no library: in the initramfs there is none. */
function staticBusybox(): Buffer {
  for (const path of ["/bin/busybox", "/usr/bin/busybox"]) {
    const { status } = spawnSync("ldd", [path]);
    if (status === 1) return readFileSync(path);
  }
  throw new Skip("there is no busybox without libraries (Debian package busybox-static; make setup installs it)");
}

function archive(entries: readonly Entry[]): Buffer {
  const end = { name: "TRAILER!!!", mode: 0, content: new Uint8Array() };
  return Buffer.concat([...entries, end].flatMap((entry, i) => [header(entry, i + 1), padded(entry.content)]));
}

function header({ name, mode, content }: Entry, inode: number): Buffer {
  // Inode, mode, user, group, links, time, size, four device numbers, the name's length with its zero, no checksum.
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  return padded(Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`));
}

const padded = (octets: Uint8Array): Buffer => Buffer.concat([octets, Buffer.alloc(-octets.length & 3)]);
