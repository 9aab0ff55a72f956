// What the in-memory kernel says: dumps, acknowledgements and errors, in the octets a real one would send.

import { RTM_LINK } from "./link-codec.ts";
import { NHM, writeNexthop } from "./nexthop-codec.ts";
import type { KernelLink, KernelObject, KernelVrf, Links } from "./objects.ts";
import { RTM, writeRoute } from "./route-codec.ts";
import { FRM, writeRule } from "./rule-codec.ts";
import { CONTROL, DUMP_INTERRUPTED, type Message, Writer } from "./wire.ts";

const MULTI = 2;
/** Of linux/if_link.h, as in link-codec.ts, for links that are no VRF. */
const IFLA = { name: 3, mtu: 4, info: 18 } as const;
const AF_INET = 2;

export type World = { readonly objects: readonly KernelObject[]; readonly links: readonly KernelLink[] };

/** One datagram for each object of the table that was asked for. */
export function dumpMessages(request: Message, world: World, names: Links, torn: boolean): Uint8Array[] {
  const family = request.payload.u8(0) === AF_INET ? 4 : 6;
  const write = (fill: (w: Writer) => void): Uint8Array => {
    const w = new Writer();
    fill(w);
    w.addFlags(MULTI | (torn ? DUMP_INTERRUPTED : 0));
    return w.take();
  };
  const { sequence } = request;
  switch (request.type) {
    case RTM_LINK.getLink:
      return world.links.map((link) => write((w) => writeLink(w, link, sequence)));
    case RTM.getRoute:
      return world.objects.flatMap((object) =>
        object.kind === "route" && object.prefix.family === family
          ? [write((w) => writeRoute(w, "add", object, names, sequence))]
          : [],
      );
    case NHM.getNexthop:
      return world.objects.flatMap((object) =>
        object.kind === "nexthop" || object.kind === "group"
          ? [write((w) => writeNexthop(w, "add", object, names, sequence))]
          : [],
      );
    case FRM.getRule:
      return world.objects.flatMap((object) =>
        object.kind === "rule" && object.family === family ? [write((w) => writeRule(w, "add", object, sequence))] : [],
      );
    default:
      return [];
  }
}

function writeLink(w: Writer, link: KernelLink, sequence: number): void {
  w.begin(RTM_LINK.newLink, 0, sequence);
  w.u8(0).u8(0).u16(0).u32(link.index);
  w.u32((link.up ? 1 : 0) | (link.carrier ? 0x40 : 0)).u32(0);
  w.attributeText(IFLA.name, link.name).attributeU32(IFLA.mtu, link.mtu);
  const { vrfTable } = link;
  if (vrfTable !== undefined) {
    const info = w.openNested(IFLA.info);
    w.attributeText(1, "vrf");
    const data = w.openNested(2);
    w.attributeU32(1, vrfTable).close(data).close(info);
  }
  w.end();
}

/** A request to make or remove a VRF device, as writeVrf says it. */
export function readVrfRequest({ payload }: Message): KernelVrf {
  const found = payload.attributes(16);
  const table = found.get(IFLA.info)?.attributes().get(2)?.attributes().get(1)?.u32() ?? 0;
  return { kind: "vrf", name: found.get(IFLA.name)?.text() ?? "", table };
}

export const doneMessage = ({ sequence }: Message): Uint8Array =>
  new Writer().begin(CONTROL.done, MULTI, sequence).u32(0).end().take();

/** An error (or an acknowledgement, with 0) and an echo of the request's header. */
export function errorMessage(request: Message, errno: number): Uint8Array {
  const { type, flags, sequence, port, payload } = request;
  const w = new Writer().begin(CONTROL.error, 0, sequence).u32(-errno >>> 0);
  w.u32(payload.length + 16)
    .u16(type)
    .u16(flags)
    .u32(sequence)
    .u32(port);
  if (errno !== 0) w.bytes(payload.bytes);
  return w.end().take();
}
