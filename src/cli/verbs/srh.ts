// `srwan srh decode HEX|FILE|-`: what is in a packet, header by header.

import { existsSync } from "node:fs";
import { asSrwanError, EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Layer, Start } from "../../srv6/packet.ts";
import { paint } from "../output.ts";
import type { Verb } from "../verb.ts";

/** Loaded when the verb runs. */
async function load() {
  const [file, capture, hex, packet, text] = await Promise.all([
    import("../../base/file.ts"),
    import("../../srv6/capture.ts"),
    import("../../srv6/hex-text.ts"),
    import("../../srv6/packet.ts"),
    import("../../srv6/packet-text.ts"),
  ]);
  return { ...file, ...capture, ...hex, ...packet, ...text };
}

type Loaded = Awaited<ReturnType<typeof load>>;

export const srhDecode: Verb = {
  name: "srh decode",
  summary: "a packet's headers, and how far along its SID list it is",
  about:
    "Takes hex (a packet from its Ethernet or IP header on, or an SRH alone; spaces, colons, 0x and the dumps of tcpdump -x, " +
    "xxd and tshark -x are understood), or a file or stdin with hex, pcap or pcapng. Exits 1 when a packet of a capture " +
    "cannot be read; the others are shown all the same.",
  arguments: [{ name: "packet", about: "hex, a file, or - for stdin", variadic: true }],
  examples: [
    { command: "srwan srh decode seen.pcap", about: "every packet of a capture" },
    { command: "tcpdump -c 1 -i seg0 -w - | srwan srh decode -", about: "the next packet on a segment" },
    { command: "srwan srh decode 2902040000000000fcbbbb00000200000000000000000000", about: "an SRH alone" },
  ],
  run: async (_context, { arguments: words }) => {
    const l = await load();
    const packets = read(l, words).map((packet, i) => ({ number: i + 1, ...packet, ...decode(l, packet) }));
    const [only] = packets;
    if (packets.length === 1 && only?.error) throw only.error;
    return {
      data: packets.map(({ number, timestampNs, octets, layers, error }) => ({
        packet: number,
        timestampNs: timestampNs ?? null,
        length: octets.length,
        layers: layers ? l.packetDocument(layers) : null,
        error: error ?? null,
      })),
      text: (_wide, screen) =>
        packets
          .map(({ number, timestampNs, octets, layers, error }) =>
            [
              `packet ${number}${timestampNs === undefined ? "" : `, ${timeText(timestampNs)}`}, ${octets.length} octets`,
              ...(layers ? l.packetText(layers) : [paint(error?.message ?? "", "bad", screen)]).map(
                (line) => `  ${line}`,
              ),
            ].join("\n"),
          )
          .join("\n\n"),
      // What is not IP is in every capture; it is a failure only where nothing else is.
      exitCode:
        packets.some(({ error, start }) => error && start) || packets.every(({ error }) => error)
          ? EXIT_CODES.failed.code
          : EXIT_CODES.ok.code,
    };
  },
};

const YEAR_10000_NS = 253_402_300_800_000_000_000n;

type Packet = { readonly octets: Uint8Array; readonly start?: Start; readonly timestampNs?: bigint };

function read(l: Loaded, words: readonly string[]): readonly Packet[] {
  const [word = "", ...more] = words;
  const isFile = more.length === 0 && (word === "-" || existsSync(word) || /[^0-9a-fx:,\s]/i.test(word));
  const octets = isFile ? l.readFile(word, LIMITS.captureFileMaxOctets) : undefined;
  if (octets && l.isCapture(octets)) return l.readCapture(octets);
  const packets = l.readHex(octets?.toString("latin1") ?? words.join(" "));
  return packets.map((packet) => ({ octets: packet, start: l.guessStart(packet) }));
}

type Decoded = { readonly layers?: readonly Layer[]; readonly error?: SrwanError };

function decode(l: Loaded, { octets, start }: Packet): Decoded {
  if (start === undefined) {
    return {
      error: new SrwanError("PACKET_MALFORMED", "no IP packet, or one of a kind of link that is not read here", {
        remedy: "Capture IP, on Ethernet, on a tunnel, or with -i any.",
      }),
    };
  }
  try {
    return { layers: l.decodePacket(octets, start) };
  } catch (thrown) {
    return { error: asSrwanError(thrown) };
  }
}

/** Captures keep nanoseconds at best and microseconds mostly. A file may say times that no calendar has. */
function timeText(timestampNs: bigint): string {
  if (timestampNs < 0n || timestampNs >= YEAR_10000_NS) return `${timestampNs} ns`;
  const [whole = ""] = new Date(Number(timestampNs / 1_000_000n)).toISOString().split(".");
  return `${whole.replace("T", " ")}.${String((timestampNs / 1_000n) % 1_000_000n).padStart(6, "0")} UTC`;
}
