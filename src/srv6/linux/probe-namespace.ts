// A POP's probe namespace: probes leave from it by a veth, so that the POP forwards them as it forwards its customers'
// packets. Locally generated ones would be lost where a list begins with the POP's own End.X.

import { spawnSync } from "node:child_process";
import { SrwanError } from "../../base/errors.ts";
import { withTools } from "../../base/program.ts";
import { formatPrefix, type Prefix } from "../address.ts";

export type ProbeNamespace = {
  readonly name: string;
  /** The POP's end of the veth; the namespace's end is called `pop`. */
  readonly device: string;
  /** Where this POP's own probe addresses lie: the namespace answers for all of them. */
  readonly near: readonly Prefix[];
};

export const defaultProbeNamespace = (pop: string): string => `srwan-probe-${pop}`;

const INSIDE = "pop";
/** The link's own addresses are local to it: only probe addresses are ever seen outside. */
const GATEWAY = { 4: "169.254.0.1", 6: "fe80::1" } as const;
const INNER = { 4: "169.254.0.2", 6: "fe80::2" } as const;

/** As `ip -batch` lines, so that what will be done can be read first. */
export function probeNamespaceCommands({ name, device, near }: ProbeNamespace): string[] {
  const inside = (line: string): string => `-n ${name} ${line}`;
  return [
    `netns add ${name}`,
    `link add ${device} type veth peer name ${INSIDE} netns ${name}`,
    `addr add ${GATEWAY[6]}/64 dev ${device} nodad`,
    `addr add ${GATEWAY[4]}/30 dev ${device}`,
    `link set ${device} up`,
    inside("link set lo up"),
    inside(`addr add ${INNER[6]}/64 dev ${INSIDE} nodad`),
    inside(`addr add ${INNER[4]}/30 dev ${INSIDE}`),
    inside(`link set ${INSIDE} up`),
    inside(`-6 route add default via ${GATEWAY[6]} dev ${INSIDE}`),
    inside(`-4 route add default via ${GATEWAY[4]} dev ${INSIDE}`),
    ...near.flatMap((prefix) => [
      inside(`route add local ${formatPrefix(prefix)} dev lo`),
      `route add ${formatPrefix(prefix)} via ${INNER[prefix.family]} dev ${device}`,
    ]),
  ];
}

/** Answers whose way back their sender chose arrive with a routing header that has come to its end. */
const SETTINGS = ["all", INSIDE].map((name) => `echo 1 > /proc/sys/net/ipv6/conf/${name}/seg6_enabled`).join("; ");

/**
 * Makes all that is in it anew. A namespace that can be entered is kept and emptied: somebody with more rights may have made
 * it for us, where a service manager lets us mount nothing.
 */
export function openProbeNamespace(plan: ProbeNamespace): void {
  const { name, device } = plan;
  const [create = "", ...rest] = probeNamespaceCommands(plan);
  if (said(`-n ${name} link show lo`) !== "") {
    ip(["link", "del", device], false);
    for (const family of ["-4", "-6"]) ip(["-n", name, family, ...OURS_INSIDE], false);
  } else {
    closeProbeNamespace(plan);
    ip(create.split(" "));
  }
  for (const command of rest) ip(command.split(" "));
  run("nsenter", [inNamespace(name), "sh", "-c", SETTINGS]);
}

/** Prefixes that it answered for before; what the kernel put there stays. */
const OURS_INSIDE = ["route", "flush", "table", "local", "proto", "boot"] as const;

/**
 * Makes it where it is not, and leaves one that stands: whoever is probed over it goes on being answered. True where it
 * was made, so that sockets in an earlier one are of no more use.
 */
export function keepProbeNamespace(plan: ProbeNamespace): boolean {
  const { name, device, near } = plan;
  const up = (line: string): boolean => /state (UP|UNKNOWN)/.test(said(line));
  if (!up(`link show dev ${device}`) || !up(`-n ${name} link show dev ${INSIDE}`)) {
    openProbeNamespace(plan);
    return true;
  }
  for (const prefix of near) {
    const [text, version] = [formatPrefix(prefix), `-${prefix.family}`];
    if (!said(`-n ${name} ${version} route show table local ${text}`).includes("local")) {
      ip(["-n", name, "route", "replace", "local", text, "dev", "lo"]);
    }
    if (said(`${version} route show ${text}`).includes(`dev ${device}`)) continue;
    ip(["route", "replace", text, "via", INNER[prefix.family], "dev", device]);
  }
  return false;
}

const said = (line: string): string => {
  const [tool, words] = entering(line.split(" "));
  return spawnSync(tool, words, { encoding: "utf8", env: withTools(process.env) }).stdout ?? "";
};

const inNamespace = (name: string): string => `--net=/run/netns/${name}`;

/** `ip -n` and `ip netns exec` mount another /sys, which takes more rights than entering does; nsenter only enters. */
function entering(words: readonly string[]): readonly [string, readonly string[]] {
  const [first, name = "", ...rest] = words;
  return first === "-n" ? ["nsenter", [inNamespace(name), "ip", ...rest]] : ["ip", words];
}

export function closeProbeNamespace({ name, device }: ProbeNamespace): void {
  ip(["netns", "del", name], false);
  ip(["link", "del", device], false);
}

function ip(words: readonly string[], mustWork = true): void {
  const [tool, all] = entering(words);
  run(tool, all, mustWork);
}

function run(tool: string, words: readonly string[], mustWork = true): void {
  const { status, stderr, error } = spawnSync(tool, words, { encoding: "utf8", env: withTools(process.env) });
  if (status === 0 || !mustWork) return;
  throw new SrwanError("PROBE_NAMESPACE_REFUSED", `${tool} ${words.join(" ")}: ${error?.message ?? stderr.trim()}`, {
    remedy: "A probe namespace needs root, iproute2 and veth devices; `srwan doctor` tries each.",
  });
}
