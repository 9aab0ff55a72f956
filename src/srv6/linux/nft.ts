// The edge of edge.ts: hands the table to `nft`, and reads back what the kernel holds.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { SrwanError } from "../../base/errors.ts";
import { edgeRemoval, edgeScript, TABLE } from "./edge.ts";
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
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };
  const ran = spawnSync("nft", args, { input, encoding: "utf8", env });
  if (!ran.error) return ran;
  throw new SrwanError("EDGE_REFUSED", `nft cannot be run: ${ran.error.message}`, {
    remedy: "Install it: apt-get install nftables.",
    deviceStateKnown: true,
    cause: ran.error,
  });
}
