// Flags of the chain verbs, read into what the chain room takes.

import { SrwanError } from "../../base/errors.ts";
import { parseDurationMs, parseSharePpm } from "../../base/units.ts";
import type { AnvilOptions } from "../../settlement/chain/anvil.ts";
import { type ChainParameters, DEFAULT_PARAMETERS } from "../../settlement/chain/parameters.ts";
import { textOf } from "../flags.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

export type Where = { readonly url: string; readonly file: string };

export type DeployOptions = Where & {
  readonly replace: boolean;
  readonly key: { readonly keystore: string; readonly passwordFile: string } | undefined;
  readonly parameters: ChainParameters;
};

const DEFAULT_PORT = 8545;

export const readWhere = ({ flags }: Input): Where => ({
  url: urlOf(textOf(flags.url) ?? `http://127.0.0.1:${DEFAULT_PORT}`),
  file: textOf(flags.deployment) ?? "srwan-chain.json",
});

export function readUp({ flags }: Input): AnvilOptions {
  const [port, state] = [textOf(flags.port) ?? String(DEFAULT_PORT), textOf(flags.state)];
  const blockSeconds = seconds(flags.blockTime, "--block-time", 1);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw usage("--port", `${port} is no port`, "Give 0 to 65535.");
  }
  return {
    port: Number(port),
    ...(state === undefined ? {} : { stateFile: state }),
    ...(blockSeconds === undefined ? {} : { blockSeconds }),
  };
}

export function readDeploy(input: Input): DeployOptions {
  const { flags } = input;
  const [keystore, passwordFile] = [textOf(flags.keystore), textOf(flags.passwordFile)];
  if ((keystore === undefined) !== (passwordFile === undefined)) {
    throw usage("--keystore", "stands without --password-file, or that without it", "Give both, or neither.");
  }
  const fee = textOf(flags.fee);
  const feePpm = fee === undefined ? DEFAULT_PARAMETERS.feePpm : parseSharePpm(fee);
  if (feePpm > FEE_MAX_PPM) throw usage("--fee", `${fee} is more than the contracts allow`, "Give 0% to 25%.");
  return {
    ...readWhere(input),
    replace: flags.replace === true,
    key: keystore !== undefined && passwordFile !== undefined ? { keystore, passwordFile } : undefined,
    parameters: {
      ...DEFAULT_PARAMETERS,
      epochSeconds: seconds(flags.epoch, "--epoch", 1) ?? DEFAULT_PARAMETERS.epochSeconds,
      graceSeconds: seconds(flags.grace, "--grace", 0) ?? DEFAULT_PARAMETERS.graceSeconds,
      // A quarter of a round is for naming wallets.
      roundSeconds: seconds(flags.round, "--round", 4) ?? DEFAULT_PARAMETERS.roundSeconds,
      feePpm,
    },
  };
}

/** FeeSplitter refuses more. */
const FEE_MAX_PPM = 250_000;

/** Chains count whole seconds. */
function seconds(value: Flags[string], flag: string, least: number): number | undefined {
  const given = textOf(value);
  if (given === undefined) return undefined;
  const read = parseDurationMs(given) / 1_000;
  if (Number.isInteger(read) && read >= least) return read;
  throw usage(flag, `${given} is no whole number of seconds from ${least} up`, `Give ${Math.max(1, least)}s or more.`);
}

function urlOf(given: string): string {
  if (URL.canParse(given) && /^https?:/.test(given)) return given;
  throw usage("--url", `"${given}" is no URL of a chain`, "Give one that begins with http:// or https://.");
}

const usage = (flag: string, what: string, remedy: string): SrwanError =>
  new SrwanError("USAGE", `${flag}: ${what}`, { remedy, details: { flag } });
