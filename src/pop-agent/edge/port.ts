// A port of this POP that is no segment of its, with a host behind it that may send whatever octets it likes; and two
// counters of what came in there, before the edge and after it. All of it goes when the process does, killed or not: the
// host's namespace is held, and the counters are kept, by children that end with the pipe to us.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { SrwanError } from "../../base/errors.ts";
import { withTools } from "../../base/program.ts";
import { inNamespace } from "../../pulse/kernel-socket.ts";
import { C, type Libc, loadLibc } from "../../pulse/libc.ts";
import { formatIpv6, type Ipv6 } from "../../srv6/address.ts";
import { destinationOf } from "./forge.ts";

export type PortAddresses = { readonly pop: Ipv6; readonly us: Ipv6; readonly back: Ipv6 };
export type PortCounts = { readonly arrived: number; readonly passed: number };

const [IPPROTO_RAW, SOCKADDR] = [255, 28];
/** The POP's end and the host's, so that neither asks for the other's. */
const MACS = ["02:00:5e:d0:0c:01", "02:00:5e:d0:0c:02"] as const;
const env = withTools({ ...process.env, LC_ALL: "C" });

export class OutsidePort {
  readonly device = `srwan-p${process.pid}`;
  readonly #table = `srwan_doctor_${process.pid}`;
  readonly #children: ChildProcess[];
  readonly #libc: Libc;
  readonly #socket: number;

  private constructor(children: ChildProcess[], libc: Libc, addresses: PortAddresses) {
    this.#children = children;
    this.#libc = libc;
    const [host] = children;
    const at = `/proc/${host?.pid}/ns/net`;
    const [pop, us, back] = [addresses.pop, addresses.us, addresses.back].map(formatIpv6);
    const inside = ["nsenter", `--net=${at}`];
    for (const line of [
      `ip link add ${this.device} address ${MACS[0]} type veth peer name out address ${MACS[1]} netns ${host?.pid}`,
      `ip addr add ${pop}/64 dev ${this.device} nodad`,
      `ip link set ${this.device} up`,
      `ip neigh replace ${us} lladdr ${MACS[1]} dev ${this.device} nud permanent`,
      `ip neigh replace ${back} lladdr ${MACS[1]} dev ${this.device} nud permanent`,
    ]) {
      must(line.split(" "));
    }
    for (const line of [
      "ip link set out up",
      `ip addr add ${us}/128 dev out nodad`,
      `ip route add ${pop}/128 dev out`,
      `ip neigh replace ${pop} lladdr ${MACS[0]} dev out nud permanent`,
      `ip -6 route add default via ${pop} dev out`,
    ]) {
      must([...inside, ...line.split(" ")]);
    }
    must(["nft", "-f", "-"], counting(this.#table, this.device));
    this.#socket = inNamespace(libc, at, () => libc.socket(C.AF_INET6, C.SOCK_RAW | C.SOCK_CLOEXEC, IPPROTO_RAW));
    if (this.#socket < 0) throw refused(`no raw socket (errno ${libc.errno()})`);
  }

  static async open(addresses: PortAddresses): Promise<OutsidePort> {
    const libc = loadLibc();
    if (libc === undefined) throw refused("libc is not at hand");
    const table = `srwan_doctor_${process.pid}`;
    const children = [
      child("unshare", ["--net", "sh", "-c", "echo up; exec cat >/dev/null"]),
      child("sh", ["-c", `echo up; cat >/dev/null; nft delete table inet ${table} 2>/dev/null`]),
    ];
    try {
      await Promise.all(children.map(isUp));
      return new OutsidePort(children, libc, addresses);
    } catch (error) {
      await end(children);
      throw error;
    }
  }

  /** Each is on its way through the kernel when this returns; gives how many could be sent. */
  send(packets: Iterable<Uint8Array>): number {
    const to = new Uint8Array(SOCKADDR);
    new DataView(to.buffer).setUint16(0, C.AF_INET6, true);
    let sent = 0;
    for (const packet of packets) {
      to.set(destinationOf(packet), 8);
      if (this.#libc.sendto(this.#socket, packet, packet.length, 0, to, SOCKADDR) < 0) continue;
      sent++;
    }
    return sent;
  }

  counts(): PortCounts {
    const printed = must(["nft", "list", "table", "inet", this.#table]);
    const of = (what: string): number =>
      Number(new RegExp(`counter packets (\\d+) bytes \\d+ comment "${what}"`).exec(printed)?.[1] ?? 0);
    return { arrived: of("arrived"), passed: of("passed") };
  }

  async close(): Promise<void> {
    this.#libc.close(this.#socket);
    await end(this.#children);
  }
}

/** Neighbour discovery and listeners' reports are the kernel's own. */
function counting(table: string, device: string): string {
  const chain = (name: string, priority: number, comment: string): string[] => [
    `chain ${name} {`,
    `type filter hook prerouting priority ${priority}; policy accept;`,
    `iifname "${device}" ip6 nexthdr != { 0, 58 } counter comment "${comment}"`,
    "}",
  ];
  return [`table inet ${table} {`, ...chain("before", -301, "arrived"), ...chain("after", -299, "passed"), "}\n"].join(
    "\n",
  );
}

/** In a session of its own: Ctrl-C at a terminal ends us, and our end ends it. */
const child = (command: string, args: readonly string[]): ChildProcess =>
  spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, detached: true });

async function isUp(one: ChildProcess): Promise<void> {
  let said = "";
  one.stderr?.on("data", (more: Buffer) => (said += more.toString("utf8")));
  one.stdin?.on("error", () => undefined);
  const up = await Promise.race([
    once(one.stdout as NonNullable<typeof one.stdout>, "data").then(() => true),
    once(one, "close").then(() => false),
  ]);
  if (!up) throw refused(said.trim() || "no namespace can be made");
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (one) => {
      if (one.exitCode !== null || one.pid === undefined) return;
      one.stdin?.end();
      await once(one, "close");
    }),
  );
}

function must(words: readonly string[], input = ""): string {
  const [command = "", ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: "utf8", env });
  if (status === 0) return stdout;
  throw refused(`${words.join(" ")}: ${error?.message ?? stderr.trim().split("\n")[0]}`);
}

const refused = (what: string): SrwanError =>
  new SrwanError("PROBE_NAMESPACE_REFUSED", `no port to try the edge from can be made: ${what}`, {
    remedy: "Run it as root on the POP, with iproute2, nftables and util-linux; `srwan doctor` tries each.",
  });
