// Relay links as a driver: makes the devices, turns their offload off, and drives the relay. Runs in the relay's own
// network namespace.

import { directions, endText, type Lab } from "../model.ts";
import type { RunInside } from "../net/run.ts";
import type { LinkDriver } from "./driver.ts";
import { offloadOff } from "./offload.ts";
import { Relay } from "./relay.ts";
import { networkOf, RELAY, underlayFar, underlayNear, underlayPair } from "./relay-commands.ts";

export type Carrier = {
  readonly run: RunInside;
  /** The namespace that carries VXLAN. */
  readonly carrier: string;
  readonly namespaceOf: (node: string) => string;
};

export function relayDriver(lab: Lab, { run, carrier, namespaceOf }: Carrier): LinkDriver {
  const networks = new Map(
    lab.links.flatMap((link, i) => [
      [endText(link.a), networkOf(i, "a")] as const,
      [endText(link.b), networkOf(i, "b")] as const,
    ]),
  );
  let relay: Relay | undefined;
  const set = (end: string, does: Parameters<Relay["set"]>[1]): void => {
    const network = networks.get(end);
    if (network !== undefined) relay?.set(network, does);
  };
  return {
    kind: "relay",
    async create() {
      await run({ words: ["ip", "-batch", "-"], input: underlayPair() });
      await offloadOff(RELAY.under);
      await run({ words: ["ip", "-batch", "-"], input: underlayNear(carrier) });
      await run({ words: ["ip", "-n", carrier, "-batch", "-"], input: underlayFar(lab, namespaceOf) });
      relay = await Relay.open();
      for (const { from, does } of directions(lab)) set(endText(from), does);
    },
    impair: async (end, does) => set(end, does),
    reseed: (seed) => relay?.reseed(seed),
    counters: async () =>
      new Map([...networks].map(([end, network]) => [end, relay?.counters(network) ?? NONE] as const)),
    ownLoss: () => relay?.ownLoss() ?? 0,
    remove: () => relay?.close(),
  };
}

const NONE = { sent: 0, lost: 0, full: 0 };
