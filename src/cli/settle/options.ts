// Flags and settings of these verbs: those of a validator.

import { readConfig } from "../../base/config-file.ts";
import { SrwanError } from "../../base/errors.ts";
import { validatorRole } from "../../base/roles.ts";
import type { ValidatorSettings } from "../../settlement/service/validator.ts";
import { textOf } from "../flags.ts";
import type { Context, Input } from "../verb.ts";

export type SettleOptions = { readonly settings: ValidatorSettings; readonly epoch: number | undefined };

/** A validator's settings; flags beat the file and the environment. */
export function readValidator(context: Context, { flags }: Input): ValidatorSettings {
  const text = (name: string): string | undefined => textOf(flags[name]);
  const { values } = readConfig(validatorRole, {
    file: context.configFile,
    env: context.env,
    flags: {
      store: text("store"),
      listen: text("listen"),
      deployment: text("deployment"),
      keystore: text("keystore"),
      passwordFile: text("passwordFile"),
      peers: text("peers"),
      "chain.url": text("url"),
      "log.level": text("logLevel"),
    },
  });
  return values;
}

export function readSettle(context: Context, input: Input): SettleOptions {
  const settings = readValidator(context, input);
  const epoch = textOf(input.flags.epoch);
  if (epoch !== undefined && !/^\d{1,12}$/.test(epoch)) {
    throw new SrwanError("USAGE", `--epoch: ${epoch} is no number of an epoch`, {
      remedy: "Give a whole number, as `srwan chain status` shows it.",
    });
  }
  return { settings, epoch: epoch === undefined ? undefined : Number(epoch) };
}
