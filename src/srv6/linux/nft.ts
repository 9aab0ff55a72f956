// The edge of edge.ts: hands the table to `nft`, and reads back what the kernel holds.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { SrwanError } from "../../base/errors.ts";
import { withTools } from "../../base/program.ts";
import { type Prefix, parsePrefix } from "../address.ts";
import { edgeRemoval, edgeScript, REFUSED, type RefusedKind, TABLE } from "./edge.ts";
import { openSocket, PROTOCOL } from "./socket.ts";

export interface Edge {
  /** What the kernel holds of our table, as nft prints it without counts; "" when there is none. */
  read(): string;
  /** Puts a table in place of what is there, in one transaction; "" takes it away. */
  replace(text: string): void;
}

/**
 * Versions of nft print one rule in different words, so what is read back is compared with what was printed when this very
 * text went in: a seal of both, kept in the journal. A seal that does not fit only means that the table is put in anew.
 */
export const edgeSeal = (text: string, printed: string): string => `edge ${digest(text)} ${digest(printed)}`;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

export const nftEdge: Edge = {
  read: () => {
    const { status, stdout } = nft(["-s", "list", "table", ...TABLE.split(" ")]);
    return status === 0 ? stdout : "";
  },
  replace: (text) => {
    const { status, stderr } = nft(["-f", "-"], text === "" ? edgeRemoval : edgeScript(text));
    if (status === 0) return;
    throw new SrwanError("EDGE_REFUSED", `nft refused the table ${TABLE}: ${stderr.trim().split("\n")[0]}`, {
      remedy: "See kernel.nftables in `srwan doctor`. The old table is still in place.",
      deviceStateKnown: true,
    });
  },
};

/** Packets refused, by kind; undefined where our table does not stand. */
export function refusedPackets(): ReadonlyMap<RefusedKind, bigint> | undefined {
  const { status, stdout } = nft([...LIST_EDGE]);
  return status === 0 ? refusedIn(stdout) : undefined;
}

/** For `nft`: what `refusedIn` reads. */
export const LIST_EDGE: readonly string[] = ["-j", "list", "table", ...TABLE.split(" ")];

export function refusedIn(stdout: string): ReadonlyMap<RefusedKind, bigint> {
  const { nftables } = JSON.parse(stdout) as { readonly nftables: readonly { readonly rule?: ListedRule }[] };
  const counts = new Map<RefusedKind, bigint>();
  for (const { rule } of nftables) {
    const kind = rule?.comment as RefusedKind | undefined;
    const counted = rule?.expr.find(({ counter }) => counter !== undefined)?.counter;
    if (kind === undefined || counted === undefined || !(kind in REFUSED)) continue;
    counts.set(kind, (counts.get(kind) ?? 0n) + BigInt(counted.packets));
  }
  return counts;
}

/** What a table that stands says of the domain: where SIDs live, and on which interfaces they are believed. */
export function domainOf(printed: string): {
  readonly blocks: readonly Prefix[];
  readonly segments: readonly string[];
} {
  const [, trusted = ""] = /set trusted \{[^}]*?elements = \{([^}]*)\}/.exec(printed) ?? [];
  return {
    blocks: [...printed.matchAll(/ip6 daddr (\S+) goto to_sid/g)].map(([, block = ""]) => parsePrefix(block)),
    segments: [...trusted.matchAll(/"([^"]+)"/g)].flatMap(([, name = ""]) => (name === "lo" ? [] : [name])),
  };
}

type ListedRule = {
  readonly comment?: string;
  readonly expr: readonly { readonly counter?: { readonly packets: number } }[];
};

/** The group in which the kernel tells changes of nftables (linux/netfilter/nfnetlink.h). */
const NFTABLES_GROUP = 7;

/** Calls back whenever any nftables table changes; `nft flush ruleset` of a firewall takes ours along. Gives the end of it. */
export function watchEdge(changed: () => void): () => void {
  const port = openSocket(PROTOCOL.netfilter);
  port.listen({ datagram: changed, overrun: changed, broken: changed });
  port.join(NFTABLES_GROUP);
  return () => port.close();
}

function nft(args: readonly string[], input = "") {
  const env = withTools({ ...process.env, LC_ALL: "C" });
  const ran = spawnSync("nft", args, { input, encoding: "utf8", env });
  if (!ran.error) return ran;
  throw new SrwanError("EDGE_REFUSED", `nft cannot be run: ${ran.error.message}`, {
    remedy: "Install it: apt-get install nftables.",
    deviceStateKnown: true,
    cause: ran.error,
  });
}
