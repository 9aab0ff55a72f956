// `srwan netconf edit` and `reconcile`: a transaction from the command line.

import { homedir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../../base/clock.ts";
import { readFile } from "../../base/file.ts";
import { RealRng } from "../../base/real-rng.ts";
import { ed25519Sealer } from "../../base/seal.ts";
import { parseDurationMs } from "../../base/units.ts";
import { subtree } from "../../netconf/filter.ts";
import { type Change, expectedOf, readBackOf } from "../../netconf/transaction/change.ts";
import { folderJournals } from "../../netconf/transaction/journal.ts";
import { reconcile, type Transactor, transact } from "../../netconf/transaction/transact.ts";
import { textOf } from "../flags.ts";
import { untilStopped } from "../signals.ts";
import type { Context, Input, View } from "../verb.ts";
import { chooseDevice, openDevice } from "./device.ts";
import { outcomeView } from "./outcome-text.ts";
import { readXml } from "./xml.ts";

const KEY_MAX_OCTETS = 65_536;

export async function editDevice(context: Context, input: Input): Promise<View> {
  const { flags } = input;
  const [device = "", given = ""] = input.arguments;
  const edit = readXml(given);
  const [readBack, expect, undo, within, reference] = [
    textOf(flags.readBack),
    textOf(flags.expect),
    textOf(flags.undo),
    textOf(flags.confirmWithin),
    textOf(flags.reference),
  ];
  const takenBack = undo === undefined ? undefined : readXml(undo);
  const change: Change = {
    device,
    edit,
    readBack: readBack === undefined ? readBackOf(edit) : subtree(readXml(readBack)),
    expected: expect === undefined ? expectedOf(edit) : readXml(expect),
    ...(takenBack && { undo: () => takenBack }),
  };
  const sealed = await transact([change], transactorOf(context, input), {
    ...(reference !== undefined && { reference }),
    ...(within !== undefined && { confirmMs: parseDurationMs(within) }),
  });
  return outcomeView([sealed]);
}

export async function reconcileAll(context: Context, input: Input): Promise<View> {
  const sealed = await reconcile(transactorOf(context, input));
  if (sealed.length > 0) return outcomeView(sealed);
  return { data: [], text: () => "Every transaction has its end." };
}

export function transactorOf({ env, progress }: Context, { flags }: Input): Transactor {
  const state = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const key = textOf(flags.signWith);
  const rng = new RealRng();
  return {
    journals: folderJournals(textOf(flags.journal) ?? join(state, "srwan", "transactions")),
    clock: new RealClock(),
    connect: (name, signal) => openDevice(chooseDevice(name, flags, env), signal),
    token: () => Array.from({ length: 4 }, () => rng.uint32().toString(16).padStart(8, "0")).join(""),
    signal: untilStopped(),
    onStep: (device, step) => progress(`${device} ${step}`.trim()),
    ...(key !== undefined && { sealer: ed25519Sealer(readFile(key, KEY_MAX_OCTETS).toString("utf8")) }),
  };
}
