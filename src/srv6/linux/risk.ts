// What a desired state would do to the path that operators and controllers reach this machine by. Pure.

import { SrwanError } from "../../base/errors.ts";
import { covers, formatPrefix, type Prefix } from "../address.ts";
import type { Desired } from "../model.ts";
import { MAIN_TABLE } from "./objects.ts";

/** Refuses a state that steers over a management prefix, naming both, unless the risk is accepted. */
export function refuseManagementPath(desired: Desired, alsoManaged: readonly Prefix[], accepted: boolean): void {
  if (accepted) return;
  const managed = [...desired.domain.management, ...alsoManaged];
  for (const { policy, prefixes, table } of desired.steering) {
    if (table !== MAIN_TABLE) continue;
    for (const prefix of prefixes) {
      const hit = managed.find((one) => covers(prefix, one) || covers(one, prefix));
      if (!hit) continue;
      throw new SrwanError(
        "RISK_MANAGEMENT_PATH",
        `steering ${formatPrefix(prefix)} into policy ${policy} would take the management path ${formatPrefix(hit)} along`,
        {
          remedy: "Steer a narrower prefix, or say --accept-risk=management-path if this machine has another way in.",
          details: { prefix: formatPrefix(prefix), management: formatPrefix(hit), policy },
        },
      );
    }
  }
}

/** The far end of the SSH session this command runs in, from SSH_CONNECTION ("client port server port"). */
export function sshPeer(value: string | undefined, parse: (text: string) => Prefix): Prefix[] {
  const client = value
    ?.split(" ")[0]
    ?.replace(/%.*/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
  if (!client) return [];
  try {
    return [parse(client)];
  } catch {
    return [];
  }
}
