// Sends every scenario's packets through a world and says of each what did not hold: headers on each link, counters of
// each SID, the inner packet octet by octet.

import { covers, formatPrefix, hostPrefix } from "../../src/srv6/address.ts";
import type { Applied, Count } from "./agent.ts";
import { type Frame, headersOf } from "./frames.ts";
import { predict } from "./predict.ts";
import { desiredOf, type Scenario } from "./scenarios.ts";
import { captured, deliver, onEach, outerDestination, SR_NODES } from "./traffic.ts";
import { LINK_NAMES, LINKS, type LinkName, PORT, type SrNode, type World } from "./world.ts";

/** Packets of each scenario. */
export const PACKETS = 2;
const FIRST_PORT = 10_000;

export type Observed = {
  readonly applied: Readonly<Record<SrNode, Applied>>;
  /** What a second apply would still change. */
  readonly missing: Readonly<Record<SrNode, readonly string[]>>;
  readonly counts: Readonly<Record<SrNode, readonly Count[]>>;
  readonly frames: Readonly<Record<LinkName, readonly Frame[]>>;
  /** Frames that tshark reads otherwise than we do, both readings. */
  readonly disagreements: readonly string[];
  readonly heard: readonly string[];
};

export async function observe(world: World, all: readonly Scenario[]): Promise<Observed> {
  const applied = await onEach(SR_NODES, (node) => world.at(node).ask("apply", desiredOf(node, all)));
  const {
    frames,
    disagreements,
    result: heard,
  } = await captured(world, async () => {
    const datagrams = all.flatMap(({ id, to }) =>
      Array.from({ length: PACKETS }, (_, i) => ({ to, port: PORT, fromPort: FIRST_PORT + id, text: `${id} ${i}` })),
    );
    return deliver(world, datagrams);
  });
  const counts = await onEach(SR_NODES, (node) => world.at(node).ask("counts"));
  const missing = await onEach(SR_NODES, (node) => world.at(node).ask("missing", desiredOf(node, all)));
  return { applied, missing, counts, frames, disagreements, heard };
}

/** What did not hold of a scenario; empty when all did. */
export function problems(scenario: Scenario, { frames, counts, heard }: Observed): string[] {
  const { id, mode, segments, to, sids } = scenario;
  const mine = (link: LinkName): readonly Frame[] =>
    frames[link].filter(({ fromPort }) => fromPort === FIRST_PORT + id);
  const crossings = predict(mode, segments, to, sids);
  const onLinks = LINK_NAMES.flatMap((link) => {
    const foretold =
      link === "in" ? [[`to ${to}`]] : crossings.filter((one) => one.link === link).map((one) => one.headers);
    const wanted = foretold.flatMap((headers) => Array.from({ length: PACKETS }, () => headers.join(", "))).sort();
    const seen = mine(link)
      .map((frame) => headersOf(frame).join(", "))
      .sort();
    return wanted.join("\n") === seen.join("\n")
      ? []
      : [`${link}: wanted ${wanted.join(" | ")}; saw ${seen.join(" | ")}`];
  });
  const arrived = heard.filter((text) => text.startsWith(`${id} `)).length;
  return [
    ...onLinks,
    ...(arrived === PACKETS ? [] : [`${arrived} of ${PACKETS} datagrams were received`]),
    ...SR_NODES.flatMap((node) =>
      sids[node].flatMap(({ prefix }) => miscounted(node, formatPrefix(prefix), counts[node])),
    ),
    ...SR_NODES.flatMap((node) =>
      sids[node].flatMap(({ prefix }) => {
        const arriving = LINK_NAMES.filter((link) => (LINKS[link].ends[1] as string) === node).flatMap(mine);
        const octets = arriving
          .filter((frame) => covers(prefix, hostPrefix(outerDestination(frame))))
          .map(({ octets }) => octets.length - ETHERNET);
        const sum = octets.reduce((a, b) => a + b, 0);
        const count = counts[node].find(({ at }) => at === formatPrefix(prefix));
        return octets.length === 0 || count?.octets === BigInt(sum)
          ? []
          : [`${node}: ${formatPrefix(prefix)} counted ${count?.octets} octets, ${sum} came`];
      }),
    ),
    ...mine("in").flatMap((sent, i) => changed(sent, mine("out")[i], mode.startsWith("l2encap"))),
  ];
}

const ETHERNET = 14;

function miscounted(node: SrNode, sid: string, counts: readonly Count[]): string[] {
  const count = counts.find(({ at }) => at === sid);
  if (count?.packets === BigInt(PACKETS) && count.errors === 0n) return [];
  return [`${node}: ${sid} counted ${count?.packets} packets and ${count?.errors} errors, not ${PACKETS} and 0`];
}

/**
 * What is not as it was sent. A frame must be the same to the last octet. A packet may have a lower hop limit, by at most
 * the four nodes it crossed, and IPv4's checksum must be right for it; a routing header that inline left on is no part of it.
 */
function changed(sent: Frame, arrived: Frame | undefined, isFrame: boolean): string[] {
  if (!arrived) return [];
  if (isFrame) return alike(sent.octets, arrived.octets) ? [] : ["the frame arrived with other octets"];
  const [before, after] = [sent.octets.subarray(ETHERNET), withoutSrh(arrived.octets.subarray(ETHERNET))];
  const hop = (before[0] as number) >> 4 === 4 ? 8 : 7;
  const nodes = (before[hop] as number) - (after[hop] as number);
  if (nodes < 0 || nodes > 4) return [`the hop limit fell by ${nodes}`];
  const expected = before.slice();
  expected[hop] = after[hop] as number;
  if (hop === 8) setChecksum(expected);
  return alike(expected, after) ? [] : ["the inner packet arrived with other octets"];
}

const ROUTING = 43;

function withoutSrh(packet: Uint8Array): Uint8Array {
  if ((packet[0] as number) >> 4 !== 6 || packet[6] !== ROUTING) return packet;
  const octets = 8 * ((packet[41] as number) + 1);
  const rest = Uint8Array.of(...packet.subarray(0, 40), ...packet.subarray(40 + octets));
  const payload = rest.length - 40;
  rest.set([payload >> 8, payload & 0xff, packet[40] as number], 4);
  return rest;
}

/** RFC 791 §3.1: the complement of the sum of the header's sixteen-bit words, with the checksum itself as zero. */
function setChecksum(packet: Uint8Array): void {
  packet.set([0, 0], 10);
  let sum = 0;
  for (let at = 0; at < 4 * ((packet[0] as number) & 0xf); at += 2)
    sum += ((packet[at] as number) << 8) | (packet[at + 1] as number);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  packet.set([(~sum >> 8) & 0xff, ~sum & 0xff], 10);
}

const alike = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((octet, i) => octet === b[i]);
