// WireGuard devices of this machine, by `ip` and `wg`: the kernel's, else wireguard-go's, which has the same in a process.

import { SrwanError } from "../../base/errors.ts";
import { runProgram } from "../run-program.ts";
import type { Device } from "./plan.ts";

export type Handshakes = ReadonlyMap<string, number>;

/** What our devices bear, so that they are known as ours where the state folder was lost. */
const MARK = "srwan-agent";

export class WireguardDevices {
  /** Whether a device of this name is there, whoever made it. */
  async has(name: string): Promise<boolean> {
    return (await runProgram("ip", ["link", "show", "dev", name])).status === 0;
  }

  async isMarked(name: string): Promise<boolean> {
    const { stdout } = await runProgram("ip", ["-o", "link", "show", "dev", name]);
    return new RegExp(`alias ${MARK}\\s*$`).test(stdout);
  }

  async make(name: string): Promise<void> {
    const made = await runProgram("ip", ["link", "add", name, "type", "wireguard"]);
    if (made.status === 0) return;
    const other = await runProgram("wireguard-go", [name], {
      env: { WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: "1" },
      // What it leaves running is the device itself, and holds the pipes.
      until: "exit",
    });
    if (other.status === 0) return;
    throw new SrwanError("KERNEL_LACKS", `${name}: neither this kernel nor wireguard-go makes a WireGuard device`, {
      remedy: "Load the module wireguard, or apt-get install wireguard-go; `srwan doctor` says what is there.",
      details: { kernel: made.stderr.trim(), wireguardGo: other.stderr.trim().slice(-200) },
    });
  }

  /** Only the other end is routed over it; that route goes with the device, and must not carry the number of the plan's. */
  async dress({ name, listenPort, local, nexthop, mtuOctets }: Device, privateKey: string): Promise<void> {
    await must("wg", ["set", name, "listen-port", `${listenPort}`, "private-key", "/dev/stdin"], `${privateKey}\n`);
    const bits = local.includes(":") ? 128 : 32;
    const isLinkLocal = /^fe[89ab]/i.test(local);
    await must("ip", ["addr", "replace", `${local}/${isLinkLocal ? 64 : bits}`, "dev", name, "nodad"]);
    await must("ip", ["link", "set", name, "alias", MARK, "mtu", `${mtuOctets}`, "up"]);
    if (!isLinkLocal) await must("ip", ["route", "replace", `${nexthop}/${bits}`, "dev", name]);
  }

  /** One peer and no other; sessions with one that stays go on. */
  async join(name: string, peer: readonly string[], publicKey: string): Promise<void> {
    const peers = (await must("wg", ["show", name, "peers"])).split("\n").filter((one) => one !== "");
    await must("wg", [
      "set",
      name,
      ...peers.filter((one) => one !== publicKey).flatMap((one) => ["peer", one, "remove"]),
      ...peer,
    ]);
  }

  async share(name: string, publicKey: string, key: string): Promise<void> {
    await must("wg", ["set", name, "peer", publicKey, "preshared-key", "/dev/stdin"], `${key}\n`);
  }

  /** When each device's peer last shook hands, in milliseconds since 1970. */
  async handshakes(names: readonly string[]): Promise<Handshakes> {
    const found = new Map<string, number>();
    for (const name of names) {
      const { status, stdout } = await runProgram("wg", ["show", name, "latest-handshakes"]);
      const seconds = status === 0 ? Number(/\t(\d+)/.exec(stdout)?.[1] ?? 0) : 0;
      if (seconds > 0) found.set(name, seconds * 1_000);
    }
    return found;
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
  throw new SrwanError("APPLY_INCOMPLETE", `${command} ${args.join(" ")}: ${stderr.trim().split("\n")[0]}`, {
    remedy: "Install wireguard-tools and iproute2, and run as root; it is tried again.",
    deviceStateKnown: true,
  });
}
