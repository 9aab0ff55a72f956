// What the route verbs share: reading the desired file, opening the kernel, and saying what this kernel is to hold.

import { accessSync, constants } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { refuseExposed } from "../../base/private.ts";
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
import type { Desired } from "../../srv6/model.ts";
import type { Context, Input } from "../verb.ts";
import { namespaceName, namespaceNumber } from "./namespace.ts";

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
 * One journal a network namespace: in /var/lib/srwan for root, in the user's own state folder otherwise; for one without
 * a name a folder that is as short-lived as the namespace.
 */
function journalPath({ env }: Context): string {
  // Root of a user namespace is not the machine's and may not write there.
  const folder = isWritable("/var/lib") ? "/var/lib" : env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const kept = join(folder, "srwan");
  const name = namespaceName();
  if (name !== undefined) return join(kept, name === "" ? "owned" : `owned-${name}`);
  return join(env.XDG_RUNTIME_DIR || tmpdir(), `srwan-${process.getuid?.() ?? 0}`, `owned-${namespaceNumber()}`);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The desired file, refused where it would take the management path along. */
export function readWanted({ flags }: Input, context: Context): Desired {
  const file = flags.desired;
  if (typeof file !== "string") {
    throw new SrwanError("USAGE", "--desired is missing", {
      remedy: "Name the file that says what is wanted: --desired FILE.",
    });
  }
  const desired = readDesired(readFile(file, LIMITS.desiredFileMaxOctets).toString("utf8"), file);
  if (desired.hmacKeys.length > 0 && file !== "-") refuseExposed(file, "the keys that SID lists are signed with");
  const accepted = flags.acceptRisk === "management-path";
  refuseManagementPath(desired, sshPeer(context.env.SSH_CONNECTION, parsePrefix), accepted);
  return desired;
}

/** Where SID lists are kept: in nexthop objects that routes share, or on every route. */
export type SidListsIn = "nexthops" | "routes";

export type Aim = { readonly wanted: Wanted; readonly sidListsIn: SidListsIn };

/** What this kernel is to hold, in the best form it has. */
export async function aimAt({ kernel }: Machine, desired: Desired, { flags }: Input): Promise<Aim> {
  const nexthopEncap = flags.ownEncap !== true && (await kernel.nexthopObjects());
  return {
    sidListsIn: nexthopEncap ? "nexthops" : "routes",
    wanted: {
      objects: compile(desired, { nexthopEncap }),
      edge: edgeText(desired),
      ...(desired.tunnelSource === undefined ? {} : { tunnelSource: desired.tunnelSource }),
    },
  };
}
