// Looks at the orders until it is killed, by itself, at the first step that nobody died at yet, whose name it says:
// `qos-child.ts SETTINGS-AS-JSON`.

import { writeSync } from "node:fs";
import type { SshTarget } from "../../src/netconf/ssh.ts";
import type { Deployment } from "../../src/settlement/chain/deployment.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";
import { ChainClock, sessionWith, storeAt, workerOf } from "./qos-parts.ts";

export type Settings = {
  readonly url: string;
  readonly deployment: Deployment;
  readonly store: string;
  readonly journals: string;
  readonly target: SshTarget;
  readonly seconds: number;
  readonly diedAt: readonly string[];
};

export const CHILD_LEASE_MS = 400;
/** Every step of a transaction is tried in test/netconf/crash.test.ts. */
const DEVICE_STEPS = ["committing", "committed", "confirmed"];

if (import.meta.main) {
  const settings: Settings = JSON.parse(process.argv[2] ?? "{}");
  const die = (step: string): void => {
    if (settings.diedAt.includes(step)) return;
    writeSync(1, step);
    process.kill(process.pid, "SIGKILL");
  };
  const worker = workerOf({
    provider: await openProvider(settings.url),
    deployment: settings.deployment,
    store: await storeAt(settings.store),
    clock: new ChainClock(settings.seconds),
    journals: settings.journals,
    connect: (signal) => sessionWith(settings.target, signal),
    onStep: die,
    onDeviceStep: (step) => (DEVICE_STEPS.includes(step) ? die(step) : undefined),
    leaseMs: CHILD_LEASE_MS,
  });
  await worker.look();
  process.exit(0);
}
