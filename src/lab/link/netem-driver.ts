// Links that the kernel impairs as a driver: veth pairs and `tc` in each node's namespace.

import { directions, endText, type Impairment, type Lab } from "../model.ts";
import type { LinkDriver, WireCounters } from "./driver.ts";
import { netemLine, vethPairs } from "./netem-commands.ts";
import type { Carrier } from "./relay-driver.ts";

export function netemDriver(lab: Lab, { run, namespaceOf }: Carrier): LinkDriver {
  const ends = new Map(directions(lab).map(({ from }) => [endText(from), from] as const));
  const batch = (tool: "ip" | "tc", node: string, lines: readonly string[]) =>
    run({ namespace: namespaceOf(node), words: [tool, "-batch", "-"], input: `${lines.join("\n")}\n` });
  const impair = async (end: string, does: Impairment): Promise<void> => {
    const from = ends.get(end);
    if (from) await batch("tc", from.node, [netemLine(from.interface, does)]);
  };
  return {
    kind: "netem",
    async create() {
      await run({ words: ["ip", "-batch", "-"], input: vethPairs(lab, namespaceOf) });
      await Promise.all(
        lab.nodes.map(async ({ name }) => {
          const outward = directions(lab).filter(({ from }) => from.node === name);
          if (outward.length === 0) return;
          const up = outward.map(({ from }) => `link set ${from.interface} up`);
          const impaired = outward.map(({ from, does }) => netemLine(from.interface, does));
          await batch("ip", name, up);
          await batch("tc", name, impaired);
        }),
      );
    },
    impair,
    reseed: () => undefined,
    async counters() {
      const found = new Map<string, WireCounters>();
      await Promise.all(
        lab.nodes.map(async ({ name }) => {
          const words = ["tc", "-s", "-j", "qdisc", "show"] as const;
          const said = await run({ namespace: namespaceOf(name), words, input: "" });
          for (const { dev, kind, packets, drops } of JSON.parse(said) as readonly Qdisc[]) {
            // netem counts chance and want of room as one.
            if (kind === "netem") found.set(`${name}:${dev}`, { sent: packets + drops, lost: drops, full: 0 });
          }
        }),
      );
      return found;
    },
    ownLoss: () => 0,
    remove: () => undefined,
  };
}

type Qdisc = { readonly dev: string; readonly kind: string; readonly packets: number; readonly drops: number };
