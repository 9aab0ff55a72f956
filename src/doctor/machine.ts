// Checks of the machine around the kernel: rights, clock, and the programs that some rooms talk to.

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import type { Finding } from "./report.ts";
import type { Run } from "./run.ts";

export type MachineCheck = {
  readonly id: string;
  readonly neededFor: string;
  readonly required: boolean;
  readonly find: (run: Run) => Promise<Finding> | Finding;
};

export const MACHINE_CHECKS: readonly MachineCheck[] = [
  { id: "rights.net-admin", neededFor: "installing routes on this machine", required: false, find: netAdmin },
  { id: "rights.sysctl", neededFor: "turning forwarding on", required: false, find: sysctlRight },
  { id: "rights.user-namespaces", neededFor: "the lab without root", required: false, find: userNamespaces },
  { id: "clock.synchronised", neededFor: "one-way delays that mean something alone", required: false, find: clockSync },
  tool("tool.ip", "the lab and this doctor", true, "ip", ["-V"], "iproute2"),
  tool("tool.nft", "the domain's edge", true, "nft", ["--version"], "nftables"),
  tool("tool.wg", "encrypted segments between POPs", false, "wg", ["--version"], "wireguard-tools"),
  tool("tool.netconfd", "tests against a NETCONF server", false, "netconfd", ["--version"], "netconfd"),
  tool("tool.psql", "a controller on PostgreSQL", false, "psql", ["--version"], "postgresql-client"),
  tool("tool.chromium", "tests of the dashboard", false, "chromium", ["--version"], "chromium"),
];

function tool(
  id: string,
  neededFor: string,
  required: boolean,
  command: string,
  args: readonly string[],
  debianPackage: string,
): MachineCheck {
  const find = async (run: Run): Promise<Finding> => {
    const { code, stdout, stderr } = await run(command, args);
    if (code === "absent") {
      return {
        status: "missing",
        found: `${command} is not installed`,
        remedy: `Install it: apt-get install ${debianPackage}`,
      };
    }
    const said =
      `${stdout}\n${stderr}`
        .split("\n")
        .find((line) => line.trim() !== "")
        ?.trim() ?? command;
    return code === 0
      ? { status: "ok", found: said }
      : {
          status: "limited",
          found: `${command} ended with ${code}: ${said}`,
          remedy: `Install ${debianPackage} anew.`,
        };
  };
  return { id, neededFor, required, find };
}

const CAP_NET_ADMIN = 12n;

function netAdmin(): Finding {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n
    ? { status: "ok", found: "CAP_NET_ADMIN held" }
    : { status: "missing", found: "CAP_NET_ADMIN not held", remedy: "Run as root, or give the service CAP_NET_ADMIN." };
}

function sysctlRight(): Finding {
  const path = "/proc/sys/net/ipv6/conf/all/forwarding";
  try {
    accessSync(path, constants.W_OK);
    return { status: "ok", found: `${path} can be written; now ${readFileSync(path, "utf8").trim()}` };
  } catch {
    return {
      status: "missing",
      found: `${path} cannot be written`,
      remedy: "Run as root, or set it in /etc/sysctl.d.",
    };
  }
}

async function userNamespaces(run: Run): Promise<Finding> {
  const { code, stderr } = await run("unshare", ["--user", "--map-root-user", "--net", "true"]);
  if (code === 0) return { status: "ok", found: "a user and network namespace was made" };
  return {
    status: code === "absent" ? "unknown" : "missing",
    found: stderr.trim() || "unshare is not installed",
    remedy: "Allow it: sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0.",
  };
}

/** The kernel knows whether something disciplines its clock; three tools can be asked, whichever is there. */
async function clockSync(run: Run): Promise<Finding> {
  if (existsSync("/run/systemd/timesync/synchronized")) {
    return { status: "ok", found: "systemd-timesyncd says synchronised" };
  }
  const chrony = await run("chronyc", ["-c", "tracking"]);
  if (chrony.code === 0) {
    const fields = chrony.stdout.trim().split(",");
    const offset = `${fields[4]} s off NTP time`;
    return fields.at(-1) === "Normal"
      ? { status: "ok", found: `chrony: ${offset}` }
      : { status: "limited", found: `chrony: ${fields.at(-1)}`, remedy: "Give chrony a reachable server." };
  }
  const systemd = await run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (systemd.code === 0) {
    return systemd.stdout.trim() === "yes"
      ? { status: "ok", found: "timedatectl says synchronised" }
      : {
          status: "limited",
          found: "timedatectl says not synchronised",
          remedy: "Turn NTP on: timedatectl set-ntp true.",
        };
  }
  return {
    status: "unknown",
    found: "no chronyc, no timedatectl to ask",
    remedy: "Install chrony. Path choice works without it; single one-way delays get wider bounds.",
  };
}
