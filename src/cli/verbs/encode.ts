// `srwan encode LIST --mtu N`: what a SID list costs on the wire, each way to write it.

import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import type { Encoding } from "../../srv6/encoding.ts";
import { table } from "../output.ts";
import type { Input, Verb } from "../verb.ts";

/** Loaded when the verb runs. */
async function load() {
  const [address, compress, encoding] = await Promise.all([
    import("../../srv6/address.ts"),
    import("../../srv6/compress.ts"),
    import("../../srv6/encoding.ts"),
  ]);
  return { ...address, ...compress, ...encoding };
}

export const encode: Verb = {
  name: "encode",
  summary: "what a SID list costs in octets and MTU, in each encoding",
  about:
    "Compares the list in full, reduced, and with NEXT-CSID carriers (RFC 9800) in both, and marks the cheapest that is " +
    "allowed. A SID written as a prefix, fcbb:bb00:1::/48, does NEXT-CSID: its length less the block's is what it takes of " +
    "a carrier. MTU and MSS are the inner packet's. Each carrier is listed with why it holds no more. Exits 1 when no encoding is allowed.",
  arguments: [{ name: "list", about: "SIDs, first visited first, with commas between" }],
  flags: [
    { name: "--mtu", value: "octets", about: "the smallest MTU on the path, after its own tunnels" },
    { name: "--block-bits", value: "bits", about: "length of the block of NEXT-CSID SIDs (32)" },
    { name: "--max-depth", value: "count", about: "most SIDs that the head-end can put on a packet" },
    { name: "--hmac", about: "the domain takes only signed headers" },
  ],
  examples: [
    { command: "srwan encode fcbb:bb00:1::,fcbb:bb00:2:d000:: --mtu 1500", about: "two SIDs as they are" },
    { command: "srwan encode fcbb:bb00:1::/48,fcbb:bb00:2::/48 --mtu 1500", about: "two that do NEXT-CSID" },
  ],
  run: async (_context, { arguments: [list = ""], flags }) => {
    const l = await load();
    const mtu = count(flags, "mtu", "--mtu");
    if (mtu === undefined) throw usage("--mtu is missing", "Say the smallest MTU on the path: --mtu 1500.");
    const maxDepth = count(flags, "maxDepth", "--max-depth");
    const blockBits = count(flags, "blockBits", "--block-bits") ?? 32;
    const path = list.split(",").map((text) => l.parseWaypoint(text.trim(), blockBits));
    const limits = { mtu, hmac: flags.hmac === true, ...(maxDepth === undefined ? {} : { maxDepth }) };
    const { all, carriers } = l.encodings(path, limits);
    const best = l.cheapest(all);
    const verdict = (one: Encoding): string => {
      if (one.refused !== undefined) return `no: ${one.refused}`;
      if (!best || one === best) return "chosen";
      return one.headerOctets === best.headerOctets
        ? "costs the same"
        : `${one.headerOctets - best.headerOctets} octets more`;
    };
    return {
      data: {
        mtu,
        chosen: best?.name ?? null,
        encodings: all.map((one) => ({
          ...one,
          segments: one.segments.map(l.formatIpv6),
          refused: one.refused ?? null,
        })),
        carriers: carriers.map((one) => ({ ...one, sid: l.formatIpv6(one.sid), ended: one.ended ?? null })),
      },
      text: (wide, screen) =>
        [
          table(
            all,
            [
              { title: "ENCODING", cell: (one) => one.name },
              { title: "MODE", cell: (one) => one.mode },
              { title: "SIDS", cell: (one) => String(one.segments.length), align: "right" },
              { title: "OCTETS", cell: (one) => String(one.headerOctets), align: "right" },
              { title: "MTU", cell: (one) => String(one.innerMtu), align: "right" },
              { title: "MSS4", cell: (one) => String(one.mss[4]), align: "right" },
              { title: "MSS6", cell: (one) => String(one.mss[6]), align: "right" },
              {
                title: "VERDICT",
                cell: verdict,
                paint: (one) => (one === best ? "good" : one.refused === undefined ? undefined : "bad"),
              },
            ],
            wide,
            screen,
          ),
          table(
            carriers,
            [
              { title: "CARRIER", cell: (one) => l.formatIpv6(one.sid) },
              { title: "HOLDS", cell: (one) => String(one.waypoints), align: "right" },
              { title: "ENDED BECAUSE", cell: (one) => one.ended ?? "the path ends" },
            ],
            wide,
            screen,
          ),
        ].join("\n"),
      exitCode: best ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
    };
  },
};

function count(flags: Input["flags"], name: string, flag: string): number | undefined {
  const text = flags[name];
  if (typeof text !== "string") return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage(`${flag} ${text}: not a whole number`, "Give a number of 1 or more.");
}

const usage = (message: string, remedy: string): SrwanError => new SrwanError("USAGE", message, { remedy });
