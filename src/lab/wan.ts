// The POPs of a lab as their agents would join: where its links lead, over which transit, and by which addresses.

import { formatIpv6, type Ipv6, parseIpv6 } from "../srv6/address.ts";
import type { PopRecord, SegmentPort } from "../wire/pop.ts";
import { directions, type Lab, type LabNode } from "./model.ts";
import { addressOf } from "./net/addresses.ts";

/** A link that names no transit is carried by this one. */
const UNNAMED_TRANSIT = "direct";
const ADDS_ADDRESS = /\b(?:address|addr|a) add ([0-9a-f:]+)\/\d+ dev (\S+)/i;

/** What a node's own commands give its interfaces; link-local addresses are no help, for pulses are routed by address. */
export function addressesOf({ exec }: Pick<LabNode, "exec">): ReadonlyMap<string, Ipv6> {
  return new Map(
    exec.flatMap((line): [string, Ipv6][] => {
      const [, address, device] = ADDS_ADDRESS.exec(line) ?? [];
      return address === undefined || device === undefined || device === "lo" ? [] : [[device, parseIpv6(address)]];
    }),
  );
}

export function popRecords(lab: Lab): PopRecord[] {
  const addresses = new Map(lab.nodes.map((node) => [node.name, addressesOf(node)]));
  const popOf = new Map(lab.nodes.flatMap(({ name, pop }) => (pop ? [[name, pop.name] as const] : [])));
  return lab.nodes.flatMap((node): PopRecord[] => {
    const { pop } = node;
    if (pop === undefined) return [];
    const segments = directions(lab).flatMap(({ link, from, to, does }): SegmentPort[] => {
      const [there, local] = [popOf.get(to.node), addresses.get(from.node)?.get(from.interface)];
      const nexthop = addresses.get(to.node)?.get(to.interface);
      if (from.node !== node.name || there === undefined || local === undefined || nexthop === undefined) return [];
      return [
        {
          transit: link.transit ?? UNNAMED_TRANSIT,
          to: there,
          device: from.interface,
          nexthop: formatIpv6(nexthop),
          local: formatIpv6(local),
          ...(link.mtuOctets === undefined ? {} : { mtuOctets: link.mtuOctets }),
          ...(does.rateBps === undefined ? {} : { capacityBps: does.rateBps }),
        },
      ];
    });
    const names = new Set([...pop.transits, ...segments.map(({ transit }) => transit)]);
    return [
      {
        name: pop.name,
        ...(pop.city === undefined ? {} : { site: pop.city }),
        ...pop.place,
        ...(pop.asn === undefined ? {} : { asn: pop.asn }),
        platform: "linux",
        transits: [...names].sort().map((name) => ({ name })),
        segments,
        address: formatIpv6(addressOf(lab, node)),
      },
    ];
  });
}
