// `srwan srh decode`: hex in any spacing, dumps, captures; and packets that lie about themselves.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { onTerminal, srwan, widest } from "../../../test/support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-srh-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** fcbb:bb00:2:: (active) and fcbb:bb00:3:d000::, around UDP. */
const SRH = "1104040101000000 fcbbbb000003d0000000000000000000 fcbbbb00000200000000000000000000";
const UDP = "00350035000c0000 61626364";
const PACKET = `6000000000342b40 fcbbbb00000100000000000000000001 fcbbbb00000200000000000000000000 ${SRH} ${UDP}`;
const octets = Buffer.from(PACKET.replaceAll(" ", ""), "hex");

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const decode = (...words: string[]) => srwan(["srh", "decode", ...words]);
const layersOf = async (...words: string[]) => JSON.parse((await decode(...words, "-o", "json")).out)[0].layers;

const SEGMENTS = [
  { sid: "fcbb:bb00:2::", state: "active" },
  { sid: "fcbb:bb00:3:d000::", state: "to come" },
];

/** A capture file of the classic kind, link type raw IP. */
function pcap(...packets: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt32LE(101, 20);
  const records = packets.map((packet) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(123_456, 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([head, ...records]);
}

describe("srh decode", () => {
  it("shows each header, and how far along its list the packet is", async () => {
    expect((await decode(PACKET)).out).toBe(
      [
        "packet 1, 92 octets",
        "  IPv6      fcbb:bb00:1::1 → fcbb:bb00:2::",
        "            hop limit 64, 52 octets",
        "  SRH       2 segments, 1 left",
        "              fcbb:bb00:2::       active",
        "              fcbb:bb00:3:d000::  to come",
        "  UDP       12 octets",
        "",
      ].join("\n"),
    );
  });

  it.each<[string, string[]]>([
    ["words", PACKET.split(" ")],
    ["colons", [PACKET.replaceAll(" ", "").replace(/..(?=.)/g, "$&:")]],
    ["0x", [`0x${PACKET.replaceAll(" ", "")}`]],
    ["capitals and lines", [PACKET.toUpperCase().replaceAll(" ", "\n")]],
  ])("takes hex in %s", async (_what, words) => {
    expect((await layersOf(...words))[1].segments).toEqual(SEGMENTS);
  });

  it.each<[string, (line: Buffer, at: number) => string]>([
    ["tcpdump -x", (line, at) => `\t0x${at.toString(16).padStart(4, "0")}:  ${quads(line)}`],
    ["tcpdump -X", (line, at) => `\t0x${at.toString(16).padStart(4, "0")}:  ${quads(line).padEnd(39)}  ${ascii(line)}`],
    ["xxd", (line, at) => `${at.toString(16).padStart(8, "0")}: ${quads(line).padEnd(39)}  ${ascii(line)}`],
    ["tshark -x", (line, at) => `${at.toString(16).padStart(4, "0")}  ${pairs(line).padEnd(47)}   ${ascii(line)}`],
    ["hexdump -C", (line, at) => `${at.toString(16).padStart(8, "0")}  ${halves(line).padEnd(48)}  |${ascii(line)}|`],
  ])("takes what %s prints, packet by packet", async (name, print) => {
    const lines: string[] = [];
    for (let at = 0; at < octets.length; at += 16) lines.push(print(octets.subarray(at, at + 16), at));
    const one = `12:00:00.1 IP6 fcbb:bb00:1::1 > fcbb:bb00:2::: RT6 (len=4)\n${lines.join("\n")}\n`;
    const { out } = await decode(file(name.replace(" ", ""), one + one), "-o", "json");
    const packets: { length: number; layers: { segments: unknown }[] }[] = JSON.parse(out);
    expect(packets.map(({ length }) => length)).toEqual([92, 92]);
    expect(packets[1]?.layers[1]?.segments).toEqual(SEGMENTS);
  });

  it("takes a routing header alone, and a frame from its Ethernet header on", async () => {
    expect((await layersOf(SRH))[0].segments).toEqual(SEGMENTS);
    const frame = await layersOf(`020000000002 020000000001 86dd ${PACKET}`);
    expect(frame[0]).toEqual({
      layer: "ethernet",
      destination: "02:00:00:00:00:02",
      source: "02:00:00:00:00:01",
      etherType: "0x86dd",
    });
    expect(frame[2].segments).toEqual(SEGMENTS);
  });

  it("reads captures, with the time of each packet", async () => {
    const path = file("two.pcap", pcap(octets, octets));
    const { out } = await decode(path);
    expect(out).toContain("packet 1, 2023-11-14 22:13:20.123456 UTC, 92 octets");
    expect(out).toContain("\n\npacket 2, ");
    expect(JSON.parse((await decode(path, "-o", "json")).out)[0].timestampNs).toBe("1700000000123456000");
  });

  it("shows the other packets of a capture when one cannot be read, and exits 1", async () => {
    const { exit, out } = await decode(file("cut.pcap", pcap(octets.subarray(0, 60), octets)));
    expect(exit).toBe(1);
    expect(out).toContain("ends after 60");
    expect(out).toContain("fcbb:bb00:3:d000::  to come");
  });

  it("passes over what is not IP in a capture of any interface", async () => {
    const cooked = (etherType: number, packet: Buffer): Buffer => {
      const header = Buffer.alloc(16);
      header.writeUInt16BE(etherType, 14);
      return Buffer.concat([header, packet]);
    };
    const arp = cooked(0x0806, Buffer.from("0001080006040001", "hex"));
    const any = (...packets: readonly Buffer[]): Buffer => {
      const whole = pcap(...packets);
      whole.writeUInt32LE(113, 20);
      return whole;
    };
    const { exit, out } = await decode(file("any.pcap", any(arp, cooked(0x86dd, octets))));
    expect([exit, out]).toEqual([0, expect.stringMatching(/packet 1.*no IP packet.*packet 2.*fcbb:bb00:3:d000::/s)]);
    expect(await decode(file("arp.pcap", any(arp, arp)))).toMatchObject({ exit: 1 });
  });

  it("shows a time that no calendar has as the number it is", async () => {
    const block = (type: number, ...words: readonly number[]): Buffer => {
      const whole = Buffer.alloc(12 + 4 * words.length);
      whole.writeUInt32LE(type, 0);
      for (const at of [4, whole.length - 4]) whole.writeUInt32LE(whole.length, at);
      words.forEach((word, i) => {
        whole.writeUInt32LE(word, 8 + 4 * i);
      });
      return whole;
    };
    // The tick is a second (if_tsresol 0), so that the greatest of 64 bits is past every calendar.
    const words = Array.from({ length: octets.length / 4 }, (_, i) => octets.readUInt32LE(4 * i));
    const late = [
      block(0x0a0d0d0a, 0x1a2b3c4d, 1, 0xffff_ffff, 0xffff_ffff),
      block(1, 101, 0, 0x0001_0009, 0),
      block(6, 0, 0xffff_ffff, 0xffff_ffff, octets.length, octets.length, ...words),
    ];
    const { exit, out } = await decode(file("late.pcapng", Buffer.concat(late)));
    expect([exit, out.split("\n")[0]]).toEqual([0, "packet 1, 18446744073709551615000000000 ns, 92 octets"]);
  });

  it("names keys, padding, and a list whose first segment is left out", async () => {
    const hmac = `0526 0000 00000011 ${"ab".repeat(32)}`;
    const reduced = `2907 0401 0000 0000 fcbbbb000003d0000000000000000000 ${hmac}`;
    const [srh] = await layersOf(reduced);
    expect(srh).toMatchObject({
      segmentsLeft: 1,
      segments: [{ sid: "fcbb:bb00:3:d000::", state: "to come" }],
      tlvs: [{ kind: "hmac", keyId: 17, bareDestination: false, digest: "ab".repeat(32) }],
    });
    const { out } = await decode(reduced);
    expect(out).toContain("first, and active: the destination, left out of the list");
    expect(out).toContain("HMAC key 17, digest of 32 octets");
    expect((await decode(`1103 0400 0000 0000 fcbbbb000003d0000000000000000000 0406 000000000000`)).out).toContain(
      "padding of 8 octets",
    );
  });

  it("shows what is left of a carrier that is being used up", async () => {
    const used = PACKET.replace("fcbbbb00000200000000000000000000", "fcbbbb00000700000000000000000000");
    expect((await decode(used)).out).toContain("the destination has fcbb:bb00:7:: of it left");
  });

  it.each<[string, string[], string]>([
    ["half an octet", ["600"], "3 digits are no whole octets"],
    ["no hex, but no file either", ["seen.pcap"], "seen.pcap: no such file"],
    ["a header cut short", [SRH.slice(0, 60)], "ends after"],
    ["more segments than fit", [SRH.replace("1104040101", "1104040105")], "6 segments do not fit"],
    ["a dump with a hole", [file("hole", "0x0000:  6000 0000\n0x0010:  0000\n")], "line 2 is at offset 16"],
    ["an empty file", [file("empty", "")], "it holds no octets"],
  ])("refuses %s, and exits 2", async (_what, words, message) => {
    expect(await decode(...words)).toMatchObject({ exit: 2, out: "", err: expect.stringContaining(message) });
  });

  it("fits a terminal with addresses of full length", async () => {
    const long = PACKET.replaceAll(/0{5,}/g, (zeros) => "1".repeat(zeros.length));
    const header = long.split(" ")[0] as string;
    const text = await onTerminal(["srh", "decode", long.replace(header, "6000000000342b40")]);
    expect(text).toContain(" →\n");
    expect(widest(text)).toBeLessThanOrEqual(80);
  });
});

const hexOf = (line: Buffer): string => line.toString("hex");
const quads = (line: Buffer): string => hexOf(line).replace(/.{4}(?=.)/g, "$& ");
const pairs = (line: Buffer): string => hexOf(line).replace(/..(?=.)/g, "$& ");
const halves = (line: Buffer): string => `${pairs(line.subarray(0, 8))}  ${pairs(line.subarray(8))}`;
const ascii = (line: Buffer): string => line.toString("latin1").replace(/[^ -~]/g, ".");
