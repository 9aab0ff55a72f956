// What the tests do with a world: apply to its nodes, send through it, capture on its links, read its counters.

import { join } from "node:path";
import { formatPrefix, hostPrefix, type Ipv6, parseIpv4, parseIpv6 } from "../../src/srv6/address.ts";
import type { Desired, LocalSid } from "../../src/srv6/model.ts";
import type { Sid } from "../../src/srv6/sid.ts";
import type { Datagram } from "./agent.ts";
import { IDLE, local } from "./build.ts";
import { type Frame, ourLine, readFrames, tsharkLines } from "./frames.ts";
import {
  EAST_GATEWAY,
  eastAddress,
  LINK_NAMES,
  LINKS,
  type LinkName,
  LOCATOR,
  PORT,
  type SrNode,
  sidAt,
  type World,
} from "./world.ts";

export const SR_NODES = Object.keys(LOCATOR) as SrNode[];
const PATIENCE_MS = 5_000;

/** Applies, and gives the steps; all must be in place after. */
export async function apply(world: World, node: SrNode, desired: Desired): Promise<readonly string[]> {
  const { steps, troubles, leftOver } = await world.at(node).ask("apply", desired);
  if (troubles.length + leftOver.length > 0) throw new Error(`${node}: ${[...troubles, ...leftOver].join("\n")}`);
  return steps;
}

/** Takes everything of ours away: what comes next counts from zero. */
export async function clear(world: World): Promise<void> {
  await onEach(SR_NODES, (node) => apply(world, node, IDLE));
}

/** The egress's SIDs that give packets out to east, by inner family. */
export const EXIT: Readonly<Record<4 | 6, Sid>> = { 4: sidAt("egress", 4), 6: sidAt("egress", 6) };
export const EXIT_SIDS: readonly LocalSid[] = [
  local(EXIT[4], { action: "End.DX4", nexthop: parseIpv4(EAST_GATEWAY[4]) }),
  local(EXIT[6], { action: "End.DX6", nexthop: parseIpv6(EAST_GATEWAY[6]) }),
];

/** One datagram of each flow to the same address; a flow is told by its source port. */
export const flows = (family: 4 | 6, count: number, number = 1): Datagram[] =>
  Array.from({ length: count }, (_, i) => ({
    to: eastAddress(family, number),
    port: PORT,
    fromPort: 20_000 + i,
    text: `flow ${family}`,
  }));

/** What each of these SIDs of a node has counted. */
export async function packetsAt(world: World, node: SrNode, sids: readonly Sid[]): Promise<number[]> {
  const counts = await world.at(node).ask("counts");
  return sids.map((sid) => Number(counts.find(({ at }) => at === formatPrefix(hostPrefix(sid)))?.packets ?? -1n));
}

/** Where the outermost header of a frame is addressed to. */
export function outerDestination({ layers }: Frame): Ipv6 {
  const layer = layers.find(({ kind }) => kind === "ipv6");
  return layer?.kind === "ipv6" ? layer.destination : (0n as Ipv6);
}

/** Sends from west and gives what east heard. Waits long for what is expected, and a little for what is not. */
export async function deliver(
  world: World,
  datagrams: readonly Datagram[],
  expected = datagrams.length,
): Promise<string[]> {
  const heard: string[] = [];
  for (let from = 0; from < datagrams.length; from += PART) {
    const part = datagrams.slice(from, from + PART);
    await world.at("west").ask("send", part);
    heard.push(...(await world.at("east").ask("heard", Math.min(part.length, expected), PATIENCE_MS)));
  }
  if (heard.length < datagrams.length)
    heard.push(...(await world.at("east").ask("heard", datagrams.length, SILENCE_MS)));
  return heard;
}

/** So many fit the queue of a neighbour that is not resolved yet, 92 do with the headers of two lists (seen). */
const PART = 50;
const SILENCE_MS = 300;

/** Captures on links while `work` runs, each at its eastern end, and reads each capture with both decoders. */
export async function captured<T>(world: World, work: () => Promise<T>, links: readonly LinkName[] = LINK_NAMES) {
  const file = (link: LinkName): string => join(world.folder, `${link}.pcapng`);
  const end = (link: LinkName) => world.at(LINKS[link].ends[1]);
  await Promise.all(links.map((link) => end(link).ask("capture", link, file(link))));
  const result = await work();
  await Promise.all(links.map((link) => end(link).ask("endCapture", file(link))));
  const frames = Object.fromEntries(
    LINK_NAMES.map((link) => [link, links.includes(link) ? readFrames(file(link)) : []]),
  ) as Record<LinkName, Frame[]>;
  const readings = await Promise.all(links.map(async (link) => [link, await tsharkLines(file(link))] as const));
  const disagreements = readings.flatMap(([link, theirs]) => {
    const ours = frames[link].map(ourLine);
    const both = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, i) => [ours[i], theirs[i]] as const);
    return both.flatMap(([a, b]) => (a === b ? [] : [`${link}: we read ${a}, tshark reads ${b}`]));
  });
  return { frames, disagreements, result };
}

export async function onEach<K extends string, T>(
  keys: readonly K[],
  work: (key: K) => Promise<T>,
): Promise<Record<K, T>> {
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await work(key)]))) as Record<K, T>;
}
