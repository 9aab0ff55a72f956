// WireGuard devices of this machine, by `ip` and `wg`: the kernel's, else wireguard-go's, which has the same in a process.

import { SrwanError } from "../../base/errors.ts";
import { runProgram } from "../run-program.ts";
import type { Device } from "./plan.ts";
import { type Seen, type SeenLink, seenOf } from "./seen.ts";

/** What our devices bear, so that they are known as ours where the state folder was lost. */
const MARK = "srwan-agent";

export const isMarked = ({ alias }: SeenLink): boolean => alias === MARK;

export class WireguardDevices {
  /** Of this kernel, which makes none: it is not asked again for each. */
  #kernelLacks = false;

  /** Two programs, however many devices there are. */
  async look(): Promise<Seen> {
    // It ends with 1 where it may not read somebody else's.
    const [links, dump] = await Promise.all([must("ip", ["-j", "link"]), runProgram("wg", ["show", "all", "dump"])]);
    if (dump.error !== undefined) throw failed("wg show all dump", dump.stderr);
    return seenOf(links, dump.stdout);
  }

  async make(name: string): Promise<void> {
    const made = this.#kernelLacks
      ? { status: null, stderr: "" }
      : await runProgram("ip", ["link", "add", name, "type", "wireguard"]);
    if (made.status === 0) return;
    const other = await runProgram("wireguard-go", [name], {
      env: { WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: "1" },
      // What it leaves running is the device itself, and holds the pipes.
      until: "exit",
    });
    if (other.status === 0) {
      this.#kernelLacks = true;
      return;
    }
    throw new SrwanError("KERNEL_LACKS", `${name}: neither this kernel nor wireguard-go makes a WireGuard device`, {
      remedy: "Load the module wireguard, or apt-get install wireguard-go; `srwan doctor` says what is there.",
      details: { kernel: made.stderr.trim(), wireguardGo: other.stderr.trim().slice(-200) },
    });
  }

  /**
   * Only the other end is routed over it; that route goes with the device, and must not carry the number of the plan's.
   * Without a private key the device has the right one, and a session that runs is not disturbed.
   */
  async dress({ name, listenPort, local, nexthop, mtuOctets }: Device, privateKey: string | undefined): Promise<void> {
    if (privateKey !== undefined) {
      await must("wg", ["set", name, "listen-port", `${listenPort}`, "private-key", "/dev/stdin"], `${privateKey}\n`);
    }
    const bits = local.includes(":") ? 128 : 32;
    const isLinkLocal = /^fe[89ab]/i.test(local);
    const lines = [
      `addr replace ${local}/${isLinkLocal ? 64 : bits} dev ${name} nodad`,
      `link set ${name} alias ${MARK} mtu ${mtuOctets} up`,
      ...(isLinkLocal ? [] : [`route replace ${nexthop}/${bits} dev ${name}`]),
    ];
    const { status, stderr } = await runProgram("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n` });
    if (status !== 0) throw failed(lines.join("; "), stderr);
  }

  /** One peer, and none of the others that it has; sessions with one that stays go on. */
  async join(name: string, peer: readonly string[], others: readonly string[]): Promise<void> {
    await must("wg", ["set", name, ...others.flatMap((one) => ["peer", one, "remove"]), ...peer]);
  }

  async share(name: string, publicKey: string, key: string): Promise<void> {
    await must("wg", ["set", name, "peer", publicKey, "preshared-key", "/dev/stdin"], `${key}\n`);
  }

  async remove(name: string): Promise<void> {
    await runProgram("ip", ["link", "del", name]);
  }
}

async function must(command: string, args: readonly string[], input = ""): Promise<string> {
  // What Node gives a child as its input is a socket, and /dev/stdin of a socket cannot be opened.
  const [program, words]: [string, readonly string[]] =
    input === "" ? [command, args] : ["sh", ["-c", 'cat | "$@"', "sh", command, ...args]];
  const { status, stdout, stderr } = await runProgram(program, words, { input });
  if (status === 0) return stdout;
  throw failed(`${command} ${args.join(" ")}`, stderr);
}

const failed = (what: string, stderr: string): SrwanError =>
  new SrwanError("APPLY_INCOMPLETE", `${what}: ${stderr.trim().split("\n")[0]}`, {
    remedy: "Install wireguard-tools and iproute2, and run as root; it is tried again.",
    deviceStateKnown: true,
  });
