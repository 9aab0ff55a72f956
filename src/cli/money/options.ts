// Flags that the verbs of coins share, and a chain with a wallet on it that are let go of whatever happens.

import { getAddress, isAddress, type JsonRpcProvider } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { parseDurationMs } from "../../base/units.ts";
import { parseCoins } from "../../settlement/chain/coins.ts";
import { attach, type Contracts } from "../../settlement/chain/contracts.ts";
import { type Deployment, readDeployment } from "../../settlement/chain/deployment.ts";
import { addressInKeystore, type KeyedSigner, openKeystore } from "../../settlement/chain/keystore.ts";
import { openProvider } from "../../settlement/chain/provider.ts";
import { chainError } from "../../settlement/chain/refusal.ts";
import type { Hex } from "../../settlement/typed.ts";
import { readWhere } from "../chain/options.ts";
import { readFlag, textOf, usage } from "../flags.ts";
import type { Input } from "../verb.ts";

type Flags = Input["flags"];

export type Chain = {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** To read only. */
  readonly contracts: Contracts;
  /** Of the last block. */
  readonly nowSeconds: bigint;
};

export type Purse = Chain & { readonly signer: KeyedSigner; readonly address: Hex };

export async function withChain<T>(input: Input, work: (chain: Chain) => Promise<T>): Promise<T> {
  const { url, file } = readWhere(input);
  const deployment = readDeployment(file);
  const provider = await openProvider(url);
  try {
    const [network, block] = await Promise.all([provider.getNetwork(), provider.getBlock("latest")]).catch((error) => {
      throw chainError("asking the chain where it stands", error);
    });
    if (Number(network.chainId) !== deployment.chainId) {
      throw new SrwanError("DEPLOYMENT_INVALID", `${file} is of chain ${deployment.chainId}, not ${network.chainId}`, {
        remedy: "Give the --deployment that belongs to this --url.",
      });
    }
    const contracts = attach(deployment, provider);
    return await work({ provider, deployment, contracts, nowSeconds: BigInt(block?.timestamp ?? 0) });
  } finally {
    provider.destroy();
  }
}

/** A wallet on the chain; its contracts sign and send. */
export function withPurse<T>(input: Input, work: (purse: Purse) => Promise<T>): Promise<T> {
  const { keystore, passwordFile } = keyFlags(input.flags);
  return withChain(input, async (chain) => {
    const signer = await openKeystore(keystore, passwordFile, chain.provider);
    return work({ ...chain, signer, contracts: attach(chain.deployment, signer), address: signer.address as Hex });
  });
}

export function keyFlags(flags: Flags): { readonly keystore: string; readonly passwordFile: string } {
  const [keystore, passwordFile] = [textOf(flags.keystore), textOf(flags.passwordFile)];
  if (keystore === undefined) throw usage("--keystore is missing", "Name the wallet: --keystore FILE.");
  if (passwordFile === undefined) {
    throw usage("--password-file is missing", "Name the file that holds the wallet's password: --password-file FILE.");
  }
  return { keystore, passwordFile };
}

/** An address that was given, or that of the keystore. */
export function whose(given: string | undefined, flags: Flags): Hex {
  if (given !== undefined) return addressFrom("address", given);
  const keystore = textOf(flags.keystore);
  if (keystore !== undefined) return addressInKeystore(keystore);
  throw usage("no address and no --keystore", "Give an address, or the --keystore of a wallet.");
}

export function addressFrom(what: string, text: string): Hex {
  if (isAddress(text)) return getAddress(text) as Hex;
  throw usage(`${what} ${text}: no address`, "Give 0x and 40 hexadecimal digits; mixed case must fit its checksum.");
}

export const coinsFrom = (what: string, text: string | undefined): bigint => {
  const amount = readFlag(what, text, parseCoins);
  if (amount === undefined) throw usage(`${what} is missing`, "Give an amount of coins: 5 or 12.5.");
  if (amount === 0n) throw usage(`${what} ${text}: nothing`, "Give an amount above zero.");
  return amount;
};

/** "2h" from now, or a time with its zone. */
export function whenFrom(flag: string, text: string, nowSeconds: bigint): bigint {
  if (/^\d+(\.\d+)?\s*[a-z]+$/i.test(text)) {
    return nowSeconds + BigInt(Math.round((readFlag(flag, text, parseDurationMs) ?? 0) / 1_000));
  }
  const ms = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return BigInt(Math.floor(ms / 1_000));
  throw usage(`${flag} ${text}: no time`, "Write a time from now (2h, 3d) or one with its zone: 2027-01-31T18:00Z.");
}
