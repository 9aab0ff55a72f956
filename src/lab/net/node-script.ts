// What is done inside one node's namespace, as text for a shell there. A line on its stdout is something the file asked
// for and did not get; anything of our own that fails ends the script.

import { formatIpv6, formatPrefix } from "../../srv6/address.ts";
import type { Lab, LabNode } from "../model.ts";
import { addressOf, linkLocal, prefixesOf } from "./addresses.ts";
import { FOLDER_VARIABLE } from "./names.ts";
import type { NextHop } from "./routes.ts";
import { quoted, splitWords } from "./words.ts";

/** What every node needs to carry SRv6. Link-local addresses are given, so none is made, and none waits to be confirmed. */
const OWN_SETTINGS: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "1",
  "net.ipv4.conf.all.rp_filter": "0",
  "net.ipv4.conf.default.rp_filter": "0",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv6.conf.default.forwarding": "1",
  "net.ipv6.conf.default.addr_gen_mode": "1",
  "net.ipv6.conf.default.dad_transmits": "0",
  "net.ipv6.conf.all.seg6_enabled": "1",
  "net.ipv6.conf.default.seg6_enabled": "1",
  "net.ipv6.conf.lo.seg6_enabled": "1",
  "net.vrf.strict_mode": "1",
};

/** Before links are there, so that `default` reaches every interface. What this kernel lacks of ours is no loss. */
export function settingsScript(node: LabNode): string {
  const path = (key: string): string => `/proc/sys/${key.includes("/") ? key : key.replaceAll(".", "/")}`;
  const ours = Object.entries(OWN_SETTINGS).map(
    ([key, value]) => `[ ! -e ${path(key)} ] || echo ${value} > ${path(key)}`,
  );
  const theirs = Object.entries(node.sysctls).map(
    ([key, value]) =>
      `(echo ${quoted(value)} > ${quoted(path(key))}) 2>/dev/null || echo ${quoted(`sysctl ${key} = ${value} was refused`)}`,
  );
  return `set -e
ip link set lo up
${[...ours, ...theirs].join("\n")}
`;
}

/** The file's own commands, and what the lab gives by itself: `hops` where it is left to route too. */
export function nodeScript(lab: Lab, node: LabNode, hops: ReadonlyMap<string, NextHop> | undefined): string {
  const interfaces = lab.links.flatMap(({ a, b }) => [a, b]).filter((end) => end.node === node.name);
  const self = formatIpv6(addressOf(lab, node));
  const local = interfaces.map(({ interface: name }) => `addr add ${linkLocal(lab, node)}/64 dev ${name} nodad`);
  const address = node.address === undefined ? [`addr add ${self}/128 dev lo nodad`] : [];
  const routes = lab.nodes.flatMap((other) => {
    const hop = hops?.get(other.name);
    const via = lab.nodes.find((candidate) => candidate.name === hop?.via);
    if (hop === undefined || via === undefined) return [];
    return prefixesOf(lab, other).map(
      (prefix) =>
        `route add ${formatPrefix(prefix)} via ${linkLocal(lab, via)} dev ${hop.out.interface} ` +
        `src ${self} proto static metric ${ROUTE_METRIC}`,
    );
  });
  return `set -e
${batch([...local, ...address, ...routes])}
${SETTLED}
said=$${FOLDER_VARIABLE}/said-${quoted(node.name)}
try() { settled; "$@" > "$said" 2>&1 < /dev/null || echo "\\\`$*\\\` ended with $?: $(head -c 300 "$said" | tr '\\n' ' ')"; }
${node.exec.map(execLine).join("\n")}
settled
rm -f "$said"
`;
}

/**
 * An address is tentative until a kernel thread has had its turn, duplicate detection or not, and until then no route may
 * name it as its source: seen on a busy machine. The flags are the fifth word of each line, 40 is tentative.
 */
const SETTLED = `settled() {
  for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    tentative=
    while read -r _ _ _ _ flags _; do
      case $flags in [4567cdef]?) tentative=yes ;; esac
    done < /proc/net/if_inet6
    [ -n "$tentative" ] || return 0
    sleep 0.1
  done
}`;

/** Above the kernel's own: a route that the file's commands give goes before. */
const ROUTE_METRIC = 2_048;

const batch = (lines: readonly string[]): string =>
  lines.length === 0 ? "" : `ip -6 -batch - <<'LINES'\n${lines.join("\n")}\nLINES`;

function execLine(command: string): string {
  const words = splitWords(command);
  if (words === undefined) return `echo ${quoted(`\`${command}\` has an open quote`)}`;
  return words.length === 0 ? "" : `try ${words.map(quoted).join(" ")}`;
}
