// One run of the virtual machine: qemu with a kernel, an initramfs and the host's files, its console handed over line by
// line. It ends by itself, or by us when its time is over.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export const LIMIT_S = 600;

export type Boot = { readonly kernel: string; readonly initramfs: string; readonly onLine: (line: string) => void };

/** Why it ended without having been told to; undefined when it powered off. */
export function run({ kernel, initramfs, onLine }: Boot): Promise<string | undefined> {
  const child = spawn("qemu-system-x86_64", words(kernel, initramfs), { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (more: Buffer) => {
    said = (said + more.toString("utf8")).slice(-4_000);
  });
  createInterface({ input: child.stdout }).on("line", onLine);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, LIMIT_S * 1_000);
  return new Promise((resolve) => {
    const end = (why: string | undefined): void => {
      clearTimeout(timer);
      resolve(why);
    };
    child.on("error", (error) => end(`qemu did not start: ${error.message}`));
    child.on("close", (code) => {
      if (late) end(`it had not ended after ${LIMIT_S} s`);
      else end(code === 0 ? undefined : `qemu ended with ${code}: ${said.trim()}`);
    });
  });
}

/** Emulated on purpose: many a machine that runs tests is itself virtual and has a KVM that boots nothing. */
const words = (kernel: string, initramfs: string): string[] => [
  ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536"],
  ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"],
  ...["-kernel", kernel, "-initrd", initramfs],
  ...["-append", "console=ttyS0 loglevel=3 panic=-1 mitigations=off random.trust_cpu=on"],
  ...["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"],
];
