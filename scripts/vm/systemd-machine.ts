// A machine that systemd runs: a disk of its own lies over the host's files, and what was written is there at its next boot.
// It begins with a tree of files; what that has in /life/etc lies in /etc, after what is the host's alone has left it.

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTools } from "../../src/base/program.ts";
import { type BootFiles, bootFiles } from "./boot-files.ts";
import { readLine } from "./console.ts";
import { run } from "./machine.ts";
import { Skip } from "./skip.ts";

export const SYSTEMD_CONSOLE = ".srwan/vm/systemd-console.log";
export const SYSTEMD_SAID = ".srwan/vm/systemd-said.log";
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

  /** Takes the tree; throws Skip where there can be no machine. */
  constructor(tree: string, say: (line: string) => void) {
    if (!existsSync(INIT)) throw new Skip("systemd is not installed (make setup installs it)");
    this.#say = say;
    this.#files = bootFiles("systemd", {}, say);
    this.#disk = `${tree}.disk`;
    makeDisk(tree, this.#disk);
    for (const log of [SYSTEMD_CONSOLE, SYSTEMD_SAID]) writeFileSync(log, "");
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
    const text = existsSync(said) ? readFileSync(said, "utf8").replaceAll("\r", "") : "";
    appendFileSync(SYSTEMD_SAID, text);
    return { said: text, why };
  }
}

function makeDisk(root: string, image: string): void {
  const whole = `${image}-root`;
  mkdirSync(join(whole, "work"), { recursive: true });
  renameSync(root, join(whole, "upper"));
  const { status, stderr, error } = spawnSync("mkfs.ext4", ["-q", "-d", whole, image, DISK_SIZE], {
    encoding: "utf8",
    env: withTools(process.env),
  });
  if (error) throw new Skip("mkfs.ext4 is not installed (Debian package e2fsprogs; make setup installs it)");
  if (status !== 0) throw new Error(`mkfs.ext4: ${stderr.trim()}`);
  rmSync(whole, { recursive: true });
}
