// What the segments of a large POP cost inside WireGuard: 99 peers over two transits, a device each, made, held and read
// back by the agent's own code. Beside it what asking for each device alone takes.

import { atLeast, atMost, type Figure, median } from "./lib.ts";
import { partInNamespace } from "./netns.ts";

const [PEERS, TRANSITS] = [99, 2];
const DEVICES = PEERS * TRANSITS;

export type WireguardPart = {
  readonly madeMs: number;
  readonly joinedMs: number;
  readonly restartedMs: number;
  readonly rotatedMs: number;
  readonly looksMs: readonly number[];
  /** Processor time of one look, its programs and all. */
  readonly lookCpuMs: number;
  readonly eachMs: number;
  readonly asMade: number;
  /** Of wireguard-go; none where the kernel makes the devices. */
  readonly processes: number;
  readonly memoryMiB: number;
};

export const wireguard: Figure = {
  name: "wireguard",
  about: `${DEVICES} segments of one POP inside WireGuard (${PEERS} peers × ${TRANSITS} transits): made, joined, looked at, rotated`,
  measure: async (rounds) => {
    const found = partInNamespace<WireguardPart>("wireguard-part.ts", [
      String(PEERS),
      String(TRANSITS),
      String(rounds),
    ]);
    const { looksMs, memoryMiB, ...figures } = found;
    const lookMs = median(looksMs);
    return {
      figures: { ...figures, lookMs, memoryMiB, memoryOfEachMiB: memoryMiB / DEVICES },
      goals: [
        atLeast("devices that are as they were made", found.asMade, "devices", DEVICES),
        atMost("made and dressed, from nothing", found.madeMs, "ms", 60_000),
        atMost("one look at all, every 3 s", lookMs, "ms", 500),
        atMost("that look against one program for each", lookMs / found.eachMs, "×", 0.5),
        atMost("memory of each", memoryMiB / DEVICES, "MiB", 32),
      ],
    };
  },
};
