// Links as RTM_NEWLINK says them: read to know names and indexes, written only to make and remove our own VRF devices.

import { SrwanError } from "../../base/errors.ts";
import type { KernelLink, KernelVrf, Links } from "./objects.ts";
import { FLAG, type Message, type Writer } from "./wire.ts";

export const RTM_LINK = { newLink: 16, deleteLink: 17, getLink: 18 } as const;
const IFLA = { name: 3, mtu: 4, info: 18 } as const;
const INFO = { kind: 1, data: 2 } as const;
const VRF_TABLE = 1;
const LINK_HEADER = 16;
/** linux/if.h: IFF_UP and IFF_RUNNING. */
const [UP, RUNNING] = [1, 0x40];

export function writeVrf(writer: Writer, change: "add" | "delete", vrf: KernelVrf, sequence: number): void {
  const adding = change === "add";
  writer.begin(
    adding ? RTM_LINK.newLink : RTM_LINK.deleteLink,
    FLAG.request | (adding ? FLAG.create | FLAG.exclusive : 0),
    sequence,
  );
  writer.u8(0).u8(0).u16(0).u32(0);
  writer.u32(adding ? UP : 0).u32(adding ? UP : 0);
  writer.attributeText(IFLA.name, vrf.name);
  if (adding) {
    const info = writer.openNested(IFLA.info);
    writer.attributeText(INFO.kind, "vrf");
    const data = writer.openNested(INFO.data);
    writer.attributeU32(VRF_TABLE, vrf.table).close(data).close(info);
  }
  writer.end();
}

export function writeLinkDump(writer: Writer, sequence: number): void {
  writer
    .begin(RTM_LINK.getLink, FLAG.request | FLAG.dump, sequence)
    .bytes(new Uint8Array(LINK_HEADER))
    .end();
}

export function readLink(message: Message): KernelLink {
  const { payload } = message;
  const found = payload.attributes(LINK_HEADER);
  const info = found.get(IFLA.info)?.attributes();
  const isVrf = info?.get(INFO.kind)?.text() === "vrf";
  const table = isVrf ? info?.get(INFO.data)?.attributes().get(VRF_TABLE)?.u32() : undefined;
  return {
    index: payload.i32(4),
    name: found.get(IFLA.name)?.text() ?? "",
    up: (payload.u32(8) & UP) !== 0,
    carrier: (payload.u32(8) & RUNNING) !== 0,
    mtu: found.get(IFLA.mtu)?.u32() ?? 0,
    ...(table === undefined ? {} : { vrfTable: table }),
  };
}

/** Names to indexes and back. An index that was gone when links were read keeps a name that no device can have. */
export function linksOf(all: readonly KernelLink[]): Links {
  const byName = new Map(all.map((link) => [link.name, link.index]));
  const byIndex = new Map(all.map((link) => [link.index, link.name]));
  return {
    has: (name) => byName.has(name),
    index: (name) => {
      const index = byName.get(name);
      if (index !== undefined) return index;
      throw new SrwanError("DEVICE_UNKNOWN", `there is no network device "${name}" here`, {
        remedy: `Use one of ${[...byName.keys()].join(", ") || "none: this namespace has no device"}.`,
        details: { device: name },
      });
    },
    name: (index) => byIndex.get(index) ?? `#${index}`,
  };
}
