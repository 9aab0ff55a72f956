// One run of the virtual machine: qemu with a kernel, an initramfs and the host's files, its console handed over line by
// line. It ends by itself, or by us when its time is over. A restart is an end too: who wants another boot runs it again.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Six times what the tests take where nobody else computes: beside others an emulated processor is slow. */
export const LIMIT_S = 900;

export type Boot = {
  readonly kernel: string;
  readonly initramfs: string;
  readonly onLine: (line: string) => void;
  readonly limitS?: number;
  /** Of a machine that systemd runs. */
  readonly systemd?: Systemd;
};

/** A raw image that the machine writes to (/dev/vda), and the file that its second serial port writes. */
export type Systemd = { readonly disk: string; readonly said: string };

/** Why it ended without having been told to; undefined when it powered off. */
export function run(boot: Boot): Promise<string | undefined> {
  const { onLine, limitS = LIMIT_S } = boot;
  const child = spawn("qemu-system-x86_64", words(boot), { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (more: Buffer) => {
    said = (said + more.toString("utf8")).slice(-4_000);
  });
  createInterface({ input: child.stdout }).on("line", onLine);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitS * 1_000);
  return new Promise((resolve) => {
    const end = (why: string | undefined): void => {
      clearTimeout(timer);
      resolve(why);
    };
    child.on("error", (error) => end(`qemu did not start: ${error.message}`));
    child.on("close", (code) => {
      if (late) end(`it had not ended after ${limitS} s`);
      else end(code === 0 ? undefined : `qemu ended with ${code}: ${said.trim()}`);
    });
  });
}

/** Emulated on purpose: many a machine that runs tests is itself virtual and has a KVM that boots nothing. */
const words = ({ kernel, initramfs, systemd }: Boot): string[] => [
  ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,pku=off", "-smp", "2"],
  ...["-m", systemd === undefined ? "1536" : "2560"],
  ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"],
  ...["-kernel", kernel, "-initrd", initramfs],
  ...["-append", [...KERNEL, ...(systemd === undefined ? [] : SYSTEMD)].join(" ")],
  ...["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"],
  ...(systemd === undefined ? [] : ["-serial", `file:${systemd.said}`]),
  ...(systemd === undefined ? [] : ["-drive", `file=${systemd.disk},format=raw,if=virtio,cache=writeback`]),
];

const KERNEL = ["console=ttyS0", "loglevel=3", "panic=-1", "mitigations=off", "random.trust_cpu=on"];
/** What the host's packages would bring up to date at a first boot stays as it is; the journal is on the console too. */
const SYSTEMD = [
  ...["systemd.unit=multi-user.target", "systemd.gpt_auto=0", "systemd.condition-needs-update=no"],
  ...["systemd.journald.forward_to_console=1", "systemd.journald.max_level_console=info"],
];
