// What the route verbs share: reading the desired file, entering a namespace, and opening the kernel.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { parsePrefix } from "../../srv6/address.ts";
import { readDesired } from "../../srv6/desired.ts";
import type { Machine, Wanted } from "../../srv6/linux/apply.ts";
import { compile } from "../../srv6/linux/compile.ts";
import { edgeText } from "../../srv6/linux/edge.ts";
import { fileJournal } from "../../srv6/linux/journal.ts";
import { Kernel } from "../../srv6/linux/kernel.ts";
import { nftEdge } from "../../srv6/linux/nft.ts";
import { refuseManagementPath, sshPeer } from "../../srv6/linux/risk.ts";
import { procSettings } from "../../srv6/linux/settings.ts";
import { openSocket, PROTOCOL } from "../../srv6/linux/socket.ts";
import type { Context, Input } from "../verb.ts";

/** Runs the same command inside the namespace and gives its exit code; undefined where none was asked for. */
export function insideNamespace({ flags }: Input): number | undefined {
  if (typeof flags.netns !== "string") return undefined;
  const rest = process.argv.slice(1).filter((word, i, all) => {
    return word !== "--netns" && all[i - 1] !== "--netns" && !word.startsWith("--netns=");
  });
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  const ran = spawnSync("ip", ["netns", "exec", flags.netns, process.execPath, ...rest], { stdio: "inherit", env });
  if (ran.error) {
    throw new SrwanError("USAGE", `--netns ${flags.netns}: ip cannot be run: ${ran.error.message}`, {
      remedy: "Install iproute2, or enter the namespace yourself.",
    });
  }
  return ran.status ?? 1;
}

export async function withMachine<T>(context: Context, work: (machine: Machine) => Promise<T>): Promise<T> {
  const kernel = new Kernel(
    { route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic), settings: procSettings },
    new RealClock(),
  );
  try {
    return await work({ kernel, edge: nftEdge, journal: fileJournal(journalPath(context)) });
  } finally {
    kernel.close();
  }
}

/**
 * One journal a network namespace: /var/lib/srwan for root, the user's own state folder otherwise; for a namespace without
 * a name a folder that is as short-lived as the namespace.
 */
function journalPath({ env }: Context): string {
  const isRoot = process.getuid?.() === 0;
  const kept = isRoot ? "/var/lib/srwan" : join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "srwan");
  const here = namespaceOf("/proc/self/ns/net");
  if (here === namespaceOf("/proc/1/ns/net")) return join(kept, "owned");
  const name = existsSync(NAMED) ? readdirSync(NAMED).find((one) => namespaceOf(join(NAMED, one)) === here) : undefined;
  if (name !== undefined) return join(kept, `owned-${name}`);
  return join(env.XDG_RUNTIME_DIR || tmpdir(), `srwan-${process.getuid?.() ?? 0}`, `owned-${here}`);
}

const NAMED = "/run/netns";

function namespaceOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

export function readWanted({ flags }: Input, context: Context): Wanted {
  const file = flags.desired;
  if (typeof file !== "string") {
    throw new SrwanError("USAGE", "--desired is missing", {
      remedy: "Name the file that says what is wanted: --desired FILE.",
    });
  }
  const desired = readDesired(readText(file), file);
  const accepted = acceptedRisks(flags.acceptRisk);
  refuseManagementPath(desired, sshPeer(context.env.SSH_CONNECTION, parsePrefix), accepted.includes("management-path"));
  return {
    objects: compile(desired, { nexthopEncap: flags.ownEncap !== true }),
    edge: edgeText(desired),
    ...(desired.tunnelSource === undefined ? {} : { tunnelSource: desired.tunnelSource }),
  };
}

const RISKS = ["management-path"];

function acceptedRisks(value: string | boolean | undefined): string[] {
  if (typeof value !== "string") return [];
  const given = value.split(",");
  const unknown = given.find((risk) => !RISKS.includes(risk));
  if (unknown === undefined) return given;
  throw new SrwanError("USAGE", `--accept-risk ${unknown}: there is no such risk`, {
    remedy: `Use ${RISKS.join(", ")}.`,
  });
}

function readText(file: string): string {
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8");
    if (text.length <= LIMITS.desiredFileMaxOctets) return text;
  } catch (error) {
    throw new SrwanError("DESIRED_INVALID", `${file}: ${(error as Error).message}`, {
      remedy: "Check the path.",
      cause: error,
    });
  }
  throw new SrwanError("DESIRED_INVALID", `${file}: larger than ${LIMITS.desiredFileMaxOctets} octets`, {
    remedy: "Split it over machines, or steer by shorter prefixes.",
  });
}
