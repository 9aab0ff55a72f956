// Makes one transaction and is killed at the step it is told: `crash-child.ts FOLDER TARGET-AS-JSON STEP NAME`.

import { RealClock } from "../../src/base/clock.ts";
import { Session } from "../../src/netconf/session.ts";
import { connectSsh } from "../../src/netconf/ssh.ts";
import { folderJournals } from "../../src/netconf/transaction/journal.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { addService, transactor } from "./change-world.ts";

const [folder = "", target = "{}", step = "0", name = ""] = process.argv.slice(2);
let steps = 0;
const die = (): void => {
  if (steps++ === Number(step)) process.kill(process.pid, "SIGKILL");
};
const connect = async (): Promise<Session> =>
  Session.open(await connectSsh(JSON.parse(target)), { clock: new RealClock() });
await transact([addService("sea", name)], transactor(connect, die, folderJournals(folder)), { confirmMs: 20_000 });
