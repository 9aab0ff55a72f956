// `srwan qos serve`: a worker, with the routers and keys that it was given.

import { homedir } from "node:os";
import { join } from "node:path";
import type { Wallet } from "ethers";
import { RealClock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import { RealRng } from "../../base/real-rng.ts";
import { parseDurationMs } from "../../base/units.ts";
import { driverOf } from "../../netconf/devices/driver.ts";
import { folderJournals } from "../../netconf/transaction/journal.ts";
import { openKeystore } from "../../settlement/chain/keystore.ts";
import { OrderChain } from "../../settlement/qos/chain.ts";
import { routerSealer } from "../../settlement/qos/router-key.ts";
import { QosWorker } from "../../settlement/qos/worker.ts";
import { platformFrom } from "../device/input.ts";
import { readFlag, textOf, usage, wholeNumber } from "../flags.ts";
import { type Purse, withPurse } from "../money/options.ts";
import { chooseDevice, openDevice } from "../netconf/device.ts";
import { untilStopped } from "../signals.ts";
import type { Context, Input, View } from "../verb.ts";
import { NetconfDevices } from "./devices.ts";
import { withOrders } from "./store.ts";

const EVERY_MS = 10_000;
const CONFIRMATIONS_MOST = 1_000;

export function qosServe(context: Context, input: Input): Promise<View> {
  const { flags } = input;
  const everyMs = readFlag("--every", textOf(flags.every), parseDurationMs) ?? EVERY_MS;
  const given = textOf(flags.confirmations);
  const confirmations =
    given === undefined ? LIMITS.chainConfirmations : wholeNumber("--confirmations", given, 0, CONFIRMATIONS_MOST);
  return withPurse(input, (purse) =>
    withOrders(context, input, async (orders) => {
      const clock = new RealClock();
      const [router, validator] = [await keyOf("router", input, purse), await keyOf("validator", input, purse)];
      const log = await context.log();
      const worker = new QosWorker({
        orders,
        chain: new OrderChain(purse.provider, purse.deployment, confirmations),
        clock,
        log,
        payer: purse.signer,
        devices: devicesOf(context, input, router, clock),
        validators: validator ? [validator] : [],
        ...(router && { router }),
      });
      const signs = [router && "as a router", validator && "as a validator"].filter(Boolean);
      if (flags.once === true) {
        const open = await worker.look();
        return { data: { open }, text: () => `${open} orders are not over.` };
      }
      log.info("orders of priority are served", { payer: purse.address, signs, confirmations });
      await worker.run(everyMs, untilStopped());
      return { data: {}, text: () => "The worker has ended; another goes on where it was." };
    }),
  );
}

async function keyOf(who: "router" | "validator", { flags }: Input, { provider }: Purse): Promise<Wallet | undefined> {
  const [file, password] = [textOf(flags[`${who}Keystore`]), textOf(flags[`${who}PasswordFile`])];
  if ((file === undefined) !== (password === undefined)) {
    throw usage(
      `--${who}-keystore stands without --${who}-password-file, or that without it`,
      "Give both, or neither.",
    );
  }
  return file === undefined || password === undefined ? undefined : openKeystore(file, password, provider);
}

function devicesOf({ env }: Context, { flags }: Input, router: Wallet | undefined, clock: RealClock): NetconfDevices {
  const state = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const rng = new RealRng();
  const within = readFlag("--confirm-within", textOf(flags.confirmWithin), parseDurationMs);
  // The wallet's own password is none of the router's.
  const { passwordFile: _wallets, ...theirs } = flags;
  const chosen = (name: string) => chooseDevice(name, theirs, env);
  return new NetconfDevices({
    driverOf: (name) => driverOf(chosen(name).family ?? platformFrom(flags.platform)),
    clock,
    verifies: flags.unverified !== true,
    ...(within !== undefined && { confirmMs: within }),
    transactor: {
      journals: folderJournals(textOf(flags.journal) ?? join(state, "srwan", "transactions")),
      clock,
      connect: (name, signal) => openDevice(chosen(name), signal),
      token: () => Array.from({ length: 4 }, () => rng.uint32().toString(16).padStart(8, "0")).join(""),
      ...(router && { sealer: routerSealer(router) }),
    },
  });
}
