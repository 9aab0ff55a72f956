// Flags and settings of these verbs: those of a validator.

import { readConfig } from "../../base/config-file.ts";
import { SrwanError } from "../../base/errors.ts";
import { validatorRole } from "../../base/roles.ts";
import type { ValidatorSettings } from "../../settlement/service/validator.ts";
import type { Context, Input } from "../verb.ts";

export type SettleOptions = { readonly settings: ValidatorSettings; readonly epoch: number | undefined };

export function readSettle(context: Context, { flags }: Input): SettleOptions {
  const text = (name: string): string | undefined => {
    const value = flags[name];
    return typeof value === "string" ? value : undefined;
  };
  const { values } = readConfig(validatorRole, {
    file: context.configFile,
    env: context.env,
    flags: {
      store: text("store"),
      deployment: text("deployment"),
      keystore: text("keystore"),
      passwordFile: text("passwordFile"),
      peers: text("peers"),
      "chain.url": text("url"),
    },
  });
  const epoch = text("epoch");
  if (epoch !== undefined && !/^\d{1,12}$/.test(epoch)) {
    throw new SrwanError("USAGE", `--epoch: ${epoch} is no number of an epoch`, {
      remedy: "Give a whole number, as `srwan chain status` shows it.",
    });
  }
  return { settings: values, epoch: epoch === undefined ? undefined : Number(epoch) };
}
