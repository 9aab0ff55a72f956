// Routers over NETCONF as settlement asks for them: each change is a transaction whose sealed outcome is handed on.

import type { Clock } from "../../base/clock.ts";
import { ERRORS, type ErrorCode, SrwanError } from "../../base/errors.ts";
import { sha256Hex } from "../../base/seal.ts";
import { removingChange, settingChange } from "../../netconf/devices/change.ts";
import { type Driver, reasonsText } from "../../netconf/devices/driver.ts";
import type { Session } from "../../netconf/session.ts";
import type { Change } from "../../netconf/transaction/change.ts";
import { sha256, xmlText } from "../../netconf/transaction/proof.ts";
import { reconcile, type Transactor, transact } from "../../netconf/transaction/transact.ts";
import type { Devices } from "../../settlement/qos/devices.ts";
import { configText, type PlacedOrder, removalReference } from "../../settlement/qos/terms.ts";
import type { Hex } from "../../settlement/typed.ts";
import { readOutcome, type SealedOutcome } from "../../wire/outcome.ts";
import { running, yangLibrary } from "../device/live.ts";

type Intent = PlacedOrder["intent"];

export type NetconfDevicesOptions = {
  readonly driverOf: (device: string) => Driver;
  /** With the router's sealer. */
  readonly transactor: Omit<Transactor, "signal">;
  readonly clock: Clock;
  /** False where what is configured need not work yet. */
  readonly verifies: boolean;
  readonly confirmMs?: number;
};

/** What an order's consumer signs of the configuration, and its provider finds again. */
export function configHashOf(driver: Driver, device: string, intent: Intent, clock: Clock): Hex {
  const { edit, expected } = settingChange(device, driver, [intent], { clock, verifies: false });
  return `0x${sha256Hex(configText({ device, edit: sha256(xmlText(edit)), expected: sha256(xmlText(expected)) }))}`;
}

export class NetconfDevices implements Devices {
  readonly #options: NetconfDevicesOptions;
  /** One change of a router at a time: another's lock on the candidate is a refusal. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  /** What was found out of transactions that had no end, until somebody asks. */
  readonly #found = new Map<string, SealedOutcome>();

  constructor(options: NetconfDevicesOptions) {
    this.#options = options;
  }

  async refusals({ device, intent, order }: PlacedOrder): Promise<readonly string[]> {
    const { driverOf, clock } = this.#options;
    const driver = driverOf(device);
    const verdict = driver.supports(intent);
    if (!verdict.supported) return [reasonsText(verdict.reasons)];
    if (configHashOf(driver, device, intent, clock) !== order.configHash) {
      return ["what was signed is not what this router would be sent: another version, or another family of routers"];
    }
    return this.#withSession(device, async (session) => {
      const library = session.capabilities.module("ietf-yang-library") ? await yangLibrary(session) : [];
      const here = driver.supports(intent, driver.capabilities(session.capabilities, library));
      if (!here.supported) return [reasonsText(here.reasons)];
      const theirs = driver.foreign(intent, await running(session, driver.expected(intent).filter));
      if (theirs.length > 0) return [`${theirs.join(", ")} was configured by somebody else`];
      const ours = driver.read(await running(session, driver.everything));
      const taken = ours.find(
        (one) => one.kind === "queue" && one.device === intent.device && one.name !== intent.name,
      );
      return taken?.kind === "queue" ? [`${intent.device} has the queue ${taken.name} already`] : [];
    });
  }

  install(orderId: string, { device, intent }: PlacedOrder, signal: AbortSignal): Promise<SealedOutcome> {
    const { driverOf, clock, verifies } = this.#options;
    const change = settingChange(device, driverOf(device), [intent], { clock, verifies });
    return this.#change(change, orderId, signal);
  }

  async remove(orderId: string, { device, intent }: PlacedOrder, signal: AbortSignal): Promise<SealedOutcome> {
    const driver = this.#options.driverOf(device);
    const { filter } = driver.expectedGone(intent);
    const stands = await this.#withSession(device, (session) => running(session, filter));
    return this.#change(removingChange(device, driver, [intent], stands), removalReference(orderId), signal);
  }

  holds({ device, intent }: PlacedOrder): Promise<boolean> {
    const { filter, compare } = this.#options.driverOf(device).expected(intent);
    return this.#withSession(device, async (session) => compare(await running(session, filter)).length === 0);
  }

  #change(change: Change, reference: string, signal: AbortSignal): Promise<SealedOutcome> {
    const { transactor, confirmMs } = this.#options;
    return this.#inLane(change.device, async () => {
      const earlier = await this.#earlier(reference);
      // A change that was taken back because somebody died is no refusal of the router.
      if (earlier && earlier.document.outcome !== "NOT_APPLIED") return earlier;
      const how = { reference, ...(confirmMs !== undefined && { confirmMs }) };
      const sealed = asTold(await transact([change], { ...transactor, signal }, how));
      refuseUntried(sealed);
      return sealed;
    });
  }

  /** What became of a transaction of this reference that had no end when somebody last looked. */
  async #earlier(reference: string): Promise<SealedOutcome | undefined> {
    await this.#inLane("", async () => {
      for (const sealed of (await reconcile(this.#options.transactor)).map(asTold)) {
        if (sealed.document.reference !== null) this.#found.set(sealed.document.reference, sealed);
      }
    });
    const found = this.#found.get(reference);
    this.#found.delete(reference);
    return found;
  }

  async #withSession<T>(device: string, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#options.transactor.connect(device, new AbortController().signal);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  #inLane<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#lanes.get(lane) ?? Promise.resolve()).then(work);
    this.#lanes.set(
      lane,
      turn.catch(() => undefined),
    );
    return turn;
  }
}

/** As settlement reads it, whoever wrote it. */
const asTold = (sealed: unknown): SealedOutcome => readOutcome(JSON.parse(JSON.stringify(sealed)), sha256Hex);

/** A router that was never asked has refused nothing: it was away, or another held its candidate. */
function refuseUntried({ document }: SealedOutcome): void {
  const [device] = document.devices;
  const { problem } = device ?? {};
  if (document.outcome !== "NOT_APPLIED" || device?.before !== null || !problem) return;
  if (problem.code === "NETCONF_UNSUPPORTED" || !(problem.code in ERRORS)) return;
  throw new SrwanError(problem.code as ErrorCode, `${device.device} was not asked yet: ${problem.message}`, {
    remedy: problem.remedy,
    retryable: true,
    deviceStateKnown: true,
  });
}
