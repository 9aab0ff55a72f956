// The `ip` lines of relay links. A VXLAN device stands at each end; its frames go by UDP to the relay, which sends each to
// the other end after its time. All of them share one pair of veth devices between the namespace that carries VXLAN and
// the relay's own: the kernel would short-cut a VXLAN whose far end is local.

import type { Lab } from "../model.ts";

export const RELAY = {
  /** The relay's end, in its own namespace, and the end under all VXLAN devices. */
  device: "srwan-relay",
  under: "srwan-under",
  relayAddress: "192.0.2.1",
  underAddress: "192.0.2.2",
  port: 4_789,
} as const;

/** VXLAN, UDP and IPv4 around a frame; the frame's own Ethernet header is in it. */
export const VXLAN_HEADER = 8;
const LARGEST_MTU = 65_535;
export const LINK_MTU = 1_500;

/** Network identifiers of a link's two ends differ, and each tells the other: 1 and 2, 3 and 4. */
export const networkOf = (link: number, side: "a" | "b"): number => 2 * link + (side === "a" ? 1 : 2);
export const farNetwork = (network: number): number => ((network - 1) ^ 1) + 1;

export const underlayPair = (): string => `link set lo up
link add ${RELAY.device} mtu ${LARGEST_MTU} type veth peer name ${RELAY.under} mtu ${LARGEST_MTU}
`;

/** In the relay's namespace, once offload is off. */
export const underlayNear = (carrier: string): string => `link set ${RELAY.under} netns ${carrier}
addr add ${RELAY.relayAddress}/30 dev ${RELAY.device}
link set ${RELAY.device} up
`;

/** In the namespace that carries VXLAN; every device is made in its node's namespace at once, for a move costs 16 ms. */
export function underlayFar(lab: Lab, namespaceOf: (node: string) => string): string {
  const ends = lab.links.flatMap((link, i) => [
    { end: link.a, network: networkOf(i, "a"), mtu: link.mtuOctets },
    { end: link.b, network: networkOf(i, "b"), mtu: link.mtuOctets },
  ]);
  const devices = ends.map(
    ({ end, network, mtu }) =>
      `link add ${end.interface} netns ${namespaceOf(end.node)} mtu ${mtu ?? LINK_MTU} up type vxlan id ${network} ` +
      `local ${RELAY.underAddress} remote ${RELAY.relayAddress} dstport ${RELAY.port} nolearning`,
  );
  return `link set lo up
addr add ${RELAY.underAddress}/30 dev ${RELAY.under}
link set ${RELAY.under} up
${devices.join("\n")}
`;
}
