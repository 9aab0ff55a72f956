// Features of a network device as `ethtool -K` sets them (linux/ethtool_netlink.h), so that ethtool need not be there.

import { FLAG, type Writer } from "../../srv6/linux/wire.ts";

export const ETHTOOL_FAMILY = "ethtool";
const SET_FEATURES = 12;
const VERSION = 1;
const FEATURES = { header: 1, wanted: 3 } as const;
const HEADER = { name: 2, flags: 3 } as const;
const OMIT_REPLY = 2;
const BITSET = { bits: 3 } as const;
const BITS = { bit: 1 } as const;
const BIT = { name: 2 } as const;

/**
 * Everything that leaves checksums or segments for later. A frame that crosses a relay never meets the device that would
 * have finished them.
 */
export const OFFLOADS = [
  "tx-checksum-ip-generic",
  "tx-checksum-sctp",
  "tx-generic-segmentation",
  "tx-tcp-segmentation",
  "tx-tcp-ecn-segmentation",
  "tx-tcp-mangleid-segmentation",
  "tx-tcp6-segmentation",
  "tx-udp-segmentation",
] as const;

/** Turns features off: a bit that is named and has no value is one to clear. */
export function writeFeaturesOff(
  writer: Writer,
  device: string,
  features: readonly string[],
  family: number,
  sequence: number,
): void {
  writer.begin(family, FLAG.request, sequence).u8(SET_FEATURES).u8(VERSION).u16(0);
  const header = writer.openNested(FEATURES.header);
  writer.attributeText(HEADER.name, device).attributeU32(HEADER.flags, OMIT_REPLY).close(header);
  const wanted = writer.openNested(FEATURES.wanted);
  const bits = writer.openNested(BITSET.bits);
  for (const feature of features) {
    const bit = writer.openNested(BITS.bit);
    writer.attributeText(BIT.name, feature).close(bit);
  }
  writer.close(bits).close(wanted).end();
}
