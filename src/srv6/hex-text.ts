// Packets as people paste them: bare hex in any spacing, and the dumps of tcpdump -x, xxd, tshark -x and hexdump -C.

import { SrwanError } from "../base/errors.ts";
import type { Start } from "./packet.ts";
import { SRH_ROUTING_TYPE } from "./srh.ts";

/** An offset at the start of a line, as each tool writes it, and what follows. */
const DUMP_LINE = /^\s*(?:0x([0-9a-f]{4,8}):|([0-9a-f]{8}):|([0-9a-f]{4,8}) {2})\s*(.*)$/i;
const DUMP_LINE_OCTETS = 16;

/** The packets of a text, one at least. */
export function readHex(text: string): Uint8Array[] {
  const dumped = text.split(/\r?\n/).flatMap((line) => DUMP_LINE.exec(line) ?? []).length > 0;
  const packets = dumped ? readDump(text) : [readBare(text)];
  if (packets.length === 0 || packets.some((packet) => packet.length === 0)) throw notHex("it holds no octets");
  return packets;
}

/** Lines without an offset are a tool's own words; an offset of zero begins the next packet. */
function readDump(text: string): Uint8Array[] {
  const packets: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const found = DUMP_LINE.exec(line);
    if (!found) continue;
    const offset = Number.parseInt(found[1] ?? found[2] ?? found[3] ?? "", 16);
    if (offset === 0) packets.push("");
    const before = packets.at(-1);
    if (before === undefined || before.length !== 2 * offset) {
      throw notHex(`line ${i + 1} is at offset ${offset}, and ${(before?.length ?? 0) / 2} octets came before`);
    }
    packets[packets.length - 1] = before + dumpedHex(found[4] ?? "");
  }
  return packets.map(toOctets);
}

/** Sixteen octets at most; three spaces end them, for what follows is the same as characters. */
function dumpedHex(rest: string): string {
  let hex = "";
  for (const part of rest.split(/ {3,}/)[0]?.split(/ {1,2}/) ?? []) {
    if (!/^([0-9a-f]{2}){1,4}$/i.test(part) || hex.length + part.length > 2 * DUMP_LINE_OCTETS) break;
    hex += part;
  }
  return hex;
}

function readBare(text: string): Uint8Array {
  const hex = text.replace(/0x/gi, "").replace(/[\s:,]/g, "");
  const wrong = /[^0-9a-f]/i.exec(hex)?.[0];
  if (wrong !== undefined) throw notHex(`"${wrong}" is no hexadecimal digit`);
  if (hex.length % 2 !== 0) throw notHex(`${hex.length} digits are no whole octets`);
  return toOctets(hex);
}

const toOctets = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/**
 * What octets without any label begin with: an IP header whose lengths fit, a routing header, an Ethernet header that
 * says IP; else whatever the version says.
 */
export function guessStart(octets: Uint8Array): Start {
  const at = (i: number): number => octets[i] ?? 0;
  const u16 = (i: number): number => (at(i) << 8) | at(i + 1);
  const version = at(0) >> 4;
  if (version === 6 && 40 + u16(4) === octets.length) return "ip";
  if (version === 4 && u16(2) === octets.length) return "ip";
  if (at(2) === SRH_ROUTING_TYPE && 8 * (at(1) + 1) <= octets.length && version !== 6) return "srh";
  if (octets.length >= 14 && (u16(12) === 0x86dd || u16(12) === 0x0800)) return "ethernet";
  return version === 4 || version === 6 ? "ip" : "srh";
}

const notHex = (what: string): SrwanError =>
  new SrwanError("PACKET_MALFORMED", `the text is no packet in hex: ${what}`, {
    remedy: "Give the octets of a packet or of an SRH in hex, as `tcpdump -x` or `xxd -p` print them.",
  });
