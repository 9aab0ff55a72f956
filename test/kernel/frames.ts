// What was captured on a link, read twice: by our own decoders and by tshark, which must agree on every address, routing
// header and port of every datagram of ours.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { formatIpv4, formatIpv6 } from "../../src/srv6/address.ts";
import { readCapture } from "../../src/srv6/capture.ts";
import { decodePacket, type Layer, PROTOCOL } from "../../src/srv6/packet.ts";
import { encodeSrh, type Srh } from "../../src/srv6/srh.ts";
import { PORT } from "./world.ts";

export type Frame = {
  readonly octets: Uint8Array;
  readonly layers: readonly Layer[];
  /** UDP source port and what the datagram carries. */
  readonly fromPort: number;
  readonly text: string;
};

/** Every datagram to PORT in a capture file, however deep its headers; what else is on a link is left out. */
export function readFrames(file: string): Frame[] {
  return readCapture(readFileSync(file)).flatMap(({ octets, start }) => {
    const layers = start ? decodePacket(octets, start) : [];
    const last = layers.at(-1);
    if (last?.kind !== "payload" || last.protocol !== PROTOCOL.udp) return [];
    const view = new DataView(last.octets.buffer, last.octets.byteOffset, last.octets.byteLength);
    if (view.getUint16(2) !== PORT) return [];
    const text = new TextDecoder().decode(last.octets.subarray(8));
    return [{ octets, layers, fromPort: view.getUint16(0), text }];
  });
}

const FIELDS = [
  "eth.src",
  "eth.dst",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.hlim",
  "ipv6.routing.len",
  "ipv6.routing.segleft",
  "ipv6.routing.srh.last_entry",
  "ipv6.routing.srh.flags",
  "ipv6.routing.srh.tag",
  "ipv6.routing.srh.addr",
  "ip.src",
  "ip.dst",
  "ip.ttl",
  "udp.srcport",
] as const;

/** One line a frame, fields in the order above, each with all its occurrences from the outside in. */
export async function tsharkLines(file: string): Promise<string[]> {
  const filter = `udp.dstport == ${PORT} && !icmp && !icmpv6`;
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const args = ["-n", "-r", file, "-Y", filter, "-T", "fields", "-E", "separator=;", ...fields];
  const { stdout } = await promisify(execFile)("tshark", args, { maxBuffer: 67_108_864 });
  return stdout.split("\n").filter((line) => line !== "");
}

/** The same line from our own decoding. */
export function ourLine({ layers, fromPort }: Frame): string {
  const of = <K extends Layer["kind"]>(kind: K) =>
    layers.filter((layer): layer is Extract<Layer, { kind: K }> => layer.kind === kind);
  const [ethernet, ipv6, ipv4] = [of("ethernet"), of("ipv6"), of("ipv4")];
  const srhs = of("srh").map(({ srh }) => srh);
  const columns: readonly (readonly (string | number)[])[] = [
    ethernet.map(({ source }) => source),
    ethernet.map(({ destination }) => destination),
    ipv6.map(({ source }) => formatIpv6(source)),
    ipv6.map(({ destination }) => formatIpv6(destination)),
    ipv6.map(({ hopLimit }) => hopLimit),
    srhs.map((srh) => encodeSrh(srh).length / 8 - 1),
    srhs.map(({ segmentsLeft }) => segmentsLeft),
    srhs.map(({ segments }) => segments.length - 1),
    srhs.map(({ flags }) => `0x${hex(flags, 2)}`),
    srhs.map(({ tag }) => hex(tag, 4)),
    srhs.flatMap(({ segments }) => segments.toReversed().map(formatIpv6)),
    ipv4.map(({ source }) => formatIpv4(source)),
    ipv4.map(({ destination }) => formatIpv4(destination)),
    ipv4.map(({ ttl }) => ttl),
    [fromPort],
  ];
  return columns.map((column) => column.join(",")).join(";");
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** IPv6 headers from the outside in, as predict.ts foretells them: destination, and the routing header behind it. */
export function headersOf({ layers }: Frame): string[] {
  const lines: string[] = [];
  for (const layer of layers) {
    if (layer.kind === "ipv6") lines.push(`to ${formatIpv6(layer.destination)}`);
    if (layer.kind === "srh") lines.push(`${lines.pop()} ${srhText(layer.srh)}`);
    if (layer.kind === "ipv4") lines.push(`to ${formatIpv4(layer.destination)}`);
  }
  return lines;
}

/** A routing header in path order: "left 1 of [a b c]". */
export const srhText = ({ segmentsLeft, segments }: Pick<Srh, "segmentsLeft" | "segments">): string =>
  `left ${segmentsLeft} of [${segments.map(formatIpv6).join(" ")}]`;
