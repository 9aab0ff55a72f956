// How the demo looks at the world without asking the controller or an agent: the kernel's own answer where a packet would
// go, and packets as they pass an interface.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { SrwanError } from "../../base/errors.ts";
import { withTools } from "../../base/program.ts";
import type { Where } from "../flow/flows.ts";
import { intoNode } from "../net/enter.ts";
import { runInside } from "../net/run.ts";

/** A packet as a POP forwards it: where from, where to, and the interface it came in by. */
export type Packet = { readonly from: string; readonly to: string; readonly cameBy: string };

/** Runs a command in a node, as its owner would, and gives what it printed. */
export function inNode({ folder, record }: Where, node: string, words: readonly string[]): Promise<string> {
  const [program = "", ...rest] = [...intoNode(folder, record, node), ...words];
  return runInside({ words: [program, ...rest], input: "" });
}

/** The SID list that the kernel of a node would put on a packet; empty where it would put none. */
export async function kernelSids(where: Where, node: string, { from, to, cameBy }: Packet): Promise<readonly string[]> {
  const said = await inNode(where, node, ["ip", "-6", "-j", "route", "get", to, "from", from, "iif", cameBy]);
  const [route] = JSON.parse(said) as [{ readonly segs?: readonly string[] }?];
  return route?.segs ?? [];
}

/** Counts packets for one inner destination that leave by a device, by the first SID they carry. */
export class Capture {
  readonly #child: ChildProcess;
  readonly #seen = new Map<string, number>();
  readonly ready: Promise<void>;

  constructor({ folder, record }: Where, node: string, device: string, inner: string) {
    const fields = ["-T", "fields", "-e", "ipv6.dst"];
    const tshark = ["tshark", "-l", "-n", "-i", device, "-f", "ip6", "-Y", `ipv6.dst == ${inner}`, ...fields];
    const [program = "", ...rest] = [...intoNode(folder, record, node), ...tshark];
    this.#child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: withTools(process.env) });
    this.ready = new Promise((resolve, reject) => {
      const failed = (why: string): void =>
        reject(
          new SrwanError("LAB_FAILED", `${node}: tshark on ${device} ${why}`, {
            remedy: "Install tshark (`make setup` does) and see that it runs as root.",
          }),
        );
      this.#child.on("error", ({ message }) => failed(message));
      this.#child.on("close", (code) => failed(`ended with ${code}`));
      if (this.#child.stderr) {
        createInterface({ input: this.#child.stderr }).on("line", (line) => {
          if (line.includes("Capturing on")) resolve();
        });
      }
    });
    // Whoever does not wait for it is not told.
    this.ready.catch(() => undefined);
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const [outer = "", innermost] = line.split(",");
        const sid = innermost === undefined ? "" : outer;
        this.#seen.set(sid, (this.#seen.get(sid) ?? 0) + 1);
      });
    }
  }

  /** Packets seen whose outer destination is this SID; "" is packets without one. */
  count(sid: string): number {
    return this.#seen.get(sid) ?? 0;
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}
