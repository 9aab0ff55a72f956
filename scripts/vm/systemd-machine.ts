// A machine that systemd runs: a disk of its own lies over the host's files, and what was written is there at its next boot.
// `units` of the tree that it is made from become its /etc/systemd/system; all of the tree is its /life.

import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BootFiles, bootFiles } from "./boot-files.ts";
import { readLine } from "./console.ts";
import { run } from "./machine.ts";
import { Skip } from "./skip.ts";

export const SYSTEMD_CONSOLE = ".srwan/vm/systemd-console.log";
const INIT = "/lib/systemd/systemd";
/** A file with holes: it takes what is written. */
const DISK_SIZE = "3G";

export type BootSaid = {
  /** What was written to the second serial port. */
  readonly said: string;
  /** Why it ended without having been told to. */
  readonly why: string | undefined;
};

export class SystemdMachine {
  readonly #files: BootFiles;
  readonly #disk: string;
  readonly #say: (line: string) => void;

  /** Throws Skip where there can be none. */
  constructor(tree: string, folder: string, say: (line: string) => void) {
    if (!existsSync(INIT)) throw new Skip("systemd is not installed (make setup installs it)");
    this.#say = say;
    this.#files = bootFiles("systemd", {}, say);
    this.#disk = join(folder, "disk");
    makeDisk(tree, folder, this.#disk);
    writeFileSync(SYSTEMD_CONSOLE, "");
  }

  /** From power on to power off or restart. */
  async boot(limitS: number): Promise<BootSaid> {
    const said = `${this.#disk}.said`;
    this.#say(`booting ${this.#files.version} with systemd`);
    const onLine = (line: string): void => {
      appendFileSync(SYSTEMD_CONSOLE, `${line}\n`);
      const told = readLine(line);
      if (told?.vm === "phase") this.#say(`${told.upS.toFixed(1)} s up: ${told.name}`);
    };
    const why = await run({ ...this.#files, onLine, limitS, systemd: { disk: this.#disk, said } });
    return { said: existsSync(said) ? readFileSync(said, "utf8").replaceAll("\r", "") : "", why };
  }
}

function makeDisk(tree: string, folder: string, image: string): void {
  const root = join(folder, "disk-root");
  for (const part of ["upper", "work"]) mkdirSync(join(root, part), { recursive: true, mode: 0o755 });
  cpSync(tree, join(root, "upper/life"), { recursive: true, verbatimSymlinks: true });
  const { status, stderr, error } = spawnSync("mkfs.ext4", ["-q", "-d", root, image, DISK_SIZE], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  if (error) throw new Skip("mkfs.ext4 is not installed (Debian package e2fsprogs; make setup installs it)");
  if (status !== 0) throw new Error(`mkfs.ext4: ${stderr.trim()}`);
  rmSync(root, { recursive: true });
}
