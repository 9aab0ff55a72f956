// What each node is called and where it is reached.

import { covers, formatIpv6, hostPrefix, type Ipv6, type Prefix, parseIpv6 } from "../../srv6/address.ts";
import type { Lab, LabNode } from "../model.ts";

/** For nodes that give themselves none. */
const SPARE_BLOCK = parseIpv6("fd53:5257:414e::");

/** Where traffic for the node itself goes: its own word for it, else the first address of its locator. */
export function addressOf(lab: Lab, node: LabNode): Ipv6 {
  const locator = node.pop?.locator;
  if (node.address !== undefined) return node.address;
  if (locator?.family === 6 && locator.length < 128) return (locator.address + 1n) as Ipv6;
  return (SPARE_BLOCK + BigInt(lab.nodes.indexOf(node) + 1)) as Ipv6;
}

/** What other nodes route to it: its locator, and its address where that lies outside. */
export function prefixesOf(lab: Lab, node: LabNode): Prefix[] {
  const address = hostPrefix(addressOf(lab, node));
  const locator = node.pop?.locator;
  if (locator === undefined) return [address];
  return covers(locator, address) ? [locator] : [locator, address];
}

/** The same on every interface of a node, so that a next hop says who it is: fe80::3 is the third node. */
export const linkLocal = (lab: Lab, node: LabNode): string => `fe80::${(lab.nodes.indexOf(node) + 1).toString(16)}`;

/** /etc/hosts of every node: names of nodes and of their POPs. */
export function hostsText(lab: Lab): string {
  const lines = lab.nodes.map((node) => {
    const names = new Set([node.name, node.pop?.name ?? node.name]);
    return `${formatIpv6(addressOf(lab, node))} ${[...names].join(" ")}`;
  });
  return `127.0.0.1 localhost\n::1 localhost\n${lines.join("\n")}\n`;
}
