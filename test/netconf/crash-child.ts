// Makes one transaction and is killed at the step it is told: `crash-child.ts FOLDER TARGETS-AS-JSON STEP NAME`, where targets
// are devices by their names.

import { RealClock } from "../../src/base/clock.ts";
import { Session } from "../../src/netconf/session.ts";
import { connectSsh, type SshTarget } from "../../src/netconf/ssh.ts";
import { folderJournals } from "../../src/netconf/transaction/journal.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { addService, transactor } from "./change-world.ts";

const [folder = "", given = "{}", step = "0", name = ""] = process.argv.slice(2);
const targets = JSON.parse(given) as Readonly<Record<string, SshTarget>>;
let steps = 0;
const die = (): void => {
  if (steps++ === Number(step)) process.kill(process.pid, "SIGKILL");
};
const connect = async (device: string): Promise<Session> =>
  Session.open(await connectSsh(targets[device] as SshTarget), { clock: new RealClock() });
const changes = Object.keys(targets).map((device) => addService(device, name));
await transact(changes, transactor(connect, die, folderJournals(folder)), { confirmMs: 20_000 });
