// The `ip` and `tc` lines of links that the kernel impairs itself: a veth pair, and netem on the way out of each end.

import { LIMITS } from "../../base/limits.ts";
import type { Impairment, Lab, LinkEnd } from "../model.ts";
import { LINK_MTU } from "./relay-commands.ts";

/**
 * One segment a frame: netem would lose or delay what offload joins as one. Not up yet: the kernel refuses that while the
 * other end is still to come.
 */
export function vethPairs(lab: Lab, namespaceOf: (node: string) => string): string {
  const end = ({ node, interface: name }: LinkEnd, mtu: number): string =>
    `${name} netns ${namespaceOf(node)} mtu ${mtu} gso_max_segs 1`;
  const lines = lab.links.map((link) => {
    const mtu = link.mtuOctets ?? LINK_MTU;
    return `link add ${end(link.a, mtu)} type veth peer name ${end(link.b, mtu)}`;
  });
  return `${lines.join("\n")}\n`;
}

/** A line for `tc -batch`; said in full each time, because netem keeps what a change does not name. */
export function netemLine(device: string, does: Impairment): string {
  const { delayUs, jitterUs, lossPpm, rateBps } = does;
  const jitter = jitterUs > 0 ? ` ${jitterUs}us` : "";
  return (
    `qdisc replace dev ${device} root netem limit ${queueFrames(does)} delay ${delayUs}us${jitter} ` +
    `loss ${lossPpm / 10_000}% rate ${rateBps ?? 0}bit`
  );
}

/** netem counts what it delays and what it shapes in one queue: room for both, in frames of the usual size. */
function queueFrames({ delayUs, jitterUs, rateBps }: Impairment): number {
  if (rateBps === undefined) return LIMITS.labHeldMaxFrames;
  const seconds = (delayUs + jitterUs) / 1_000_000 + LIMITS.labQueueMs / 1_000;
  return Math.min(LIMITS.labHeldMaxFrames, Math.max(64, Math.ceil((seconds * rateBps) / (8 * LINK_MTU))));
}
