// End.X through the interface that it names. An older kernel takes the interface and forgets it (6.1 does, 6.18 keeps it;
// both tried): the route of the neighbour's own address chooses there, which for a global address comes to the same.

import { type Ipv6, parseIpv6 } from "../address.ts";
import type { Kernel } from "./kernel.ts";
import { type KernelObject, type KernelRoute, OUR_PROTOCOL } from "./objects.ts";
import { identity } from "./text.ts";

/** In a table that nobody looks anything up in; whatever is left of it by a kill is ours, and taken away like any other. */
const TRIAL: KernelRoute = {
  kind: "route",
  prefix: { family: 6, address: parseIpv6("fd73:7277:616e:ffff::"), length: 128 },
  table: 1_937_207_159,
  metric: 1_024,
  protocol: OUR_PROTOCOL,
  target: {
    kind: "hops",
    hops: [
      {
        device: "lo",
        weight: 1,
        encap: {
          kind: "seg6local",
          behavior: { action: "End.X", nexthop: parseIpv6("fe80::1"), device: "lo" },
          counted: false,
        },
      },
    ],
  },
};

/** Tried and read back. A kernel that refuses the trial says so again of what is meant. */
export async function keepsEndXDevice(kernel: Kernel): Promise<boolean> {
  await kernel.change([{ change: "add", object: TRIAL }]);
  const { ours } = await kernel.read([], new Set());
  const found = ours.find((one) => identity(one) === identity(TRIAL));
  if (found?.kind !== "route" || found.target.kind !== "hops") return true;
  await kernel.change([{ change: "delete", object: found }]);
  return found.target.hops.some(({ encap }) => encap?.kind === "seg6local" && "device" in encap.behavior);
}

/** What such a kernel can hold. A link-local address says nothing without its interface: it stays, and is refused by name. */
export const withoutEndXDevices = (objects: readonly KernelObject[]): KernelObject[] =>
  objects.map((object) => (object.kind === "route" ? forgetting(object, (nexthop) => !isLinkLocal(nexthop)) : object));

/** The route as a kernel has it that forgets the interface where `forgets` says so. */
export function forgetting(route: KernelRoute, forgets: (nexthop: Ipv6) => boolean = () => true): KernelRoute {
  if (route.target.kind !== "hops") return route;
  const hops = route.target.hops.map((hop) => {
    if (hop.encap?.kind !== "seg6local" || hop.encap.behavior.action !== "End.X") return hop;
    const { device: _, ...behavior } = hop.encap.behavior;
    return forgets(behavior.nexthop) ? { ...hop, encap: { ...hop.encap, behavior } } : hop;
  });
  return { ...route, target: { ...route.target, hops } };
}

/** fe80::/10 (RFC 4291). */
const isLinkLocal = (address: Ipv6): boolean => address >> 118n === 0x3fan;
