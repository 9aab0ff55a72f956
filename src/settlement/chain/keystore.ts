// Keys in encrypted files. A password comes from a file of its own, never from the environment or the command line, which
// other processes can read.

import { statSync } from "node:fs";
import { type Provider, Wallet } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";

export type KeyedSigner = Wallet & { readonly provider: Provider };

const read = (path: string): string => readFile(path, LIMITS.keystoreFileMaxOctets).toString("utf8");

/** A wallet out of a keystore (Web3 Secret Storage), opened with the first line of the password file. */
export async function openKeystore(path: string, passwordFile: string, provider: Provider): Promise<KeyedSigner>;
/** Without a provider: to sign, not to send. */
export async function openKeystore(path: string, passwordFile: string): Promise<Wallet>;
export async function openKeystore(path: string, passwordFile: string, provider?: Provider): Promise<Wallet> {
  const [json, password] = [read(path), read(passwordFile).split("\n")[0] ?? ""];
  if ((statSync(passwordFile).mode & 0o077) !== 0) {
    throw new SrwanError("KEY_EXPOSED", `${passwordFile}: other users may read this password`, {
      remedy: `Run chmod 600 ${passwordFile}, and change the password if somebody may have read it.`,
    });
  }
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(json, password);
    return new Wallet(privateKey, provider);
  } catch {
    // The library's own error holds what it was given.
    throw new SrwanError("KEYSTORE_INVALID", `${path}: not a keystore, or the password is another`, {
      remedy: "Give the keystore and the password file that belong together.",
    });
  }
}
