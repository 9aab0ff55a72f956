// The driver of a POP whose router is another machine: which device it is, how it is reached, where its changes are written.

import { SrwanError } from "../../base/errors.ts";
import { RealRng } from "../../base/real-rng.ts";
import { ed25519Sealer } from "../../base/seal.ts";
import { driverOf } from "../../netconf/devices/driver.ts";
import type { FamilyName } from "../../netconf/devices/family.ts";
import { folderJournals } from "../../netconf/transaction/journal.ts";
import { NetconfDriver } from "../../pop-agent/netconf/driver.ts";
import { chooseDevice, openDevice } from "../netconf/device.ts";
import type { Context } from "../verb.ts";
import type { DriverParts } from "./setup.ts";

export function routerDriver(
  { settings: { router }, record, identity, folder, clock, log }: DriverParts,
  platform: FamilyName,
  env: Context["env"],
): NetconfDriver {
  const { device = record.name, devices, proof } = router;
  const choose = () => chooseDevice(device, devices === undefined ? {} : { devices }, env);
  // What cannot be reached as it is written is said before anything begins.
  const { family = platform } = choose();
  if (family !== platform) {
    throw new SrwanError(
      "CONFIG_VALUE_INVALID",
      `${device} is of ${family} and the POP ${record.name} of ${platform}`,
      {
        remedy: "Correct the platform of the POP's record, or the family of the devices file.",
      },
    );
  }
  const ports = new Map(record.segments.flatMap((one) => (one.port === undefined ? [] : [[one.device, one.port]])));
  const rng = new RealRng();
  return new NetconfDriver({
    device,
    family: driverOf(platform),
    pop: record.name,
    locator: identity.locator,
    portOf: (name) => ports.get(name),
    transactor: {
      journals: folderJournals(folder.file("transactions")),
      clock,
      connect: (_name, signal) => openDevice(choose(), signal),
      token: () => Array.from({ length: 4 }, () => rng.uint32().toString(16).padStart(8, "0")).join(""),
      sealer: ed25519Sealer(identity.privateKey),
    },
    proof,
    folder,
    clock,
    log,
  });
}
