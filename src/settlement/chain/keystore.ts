// Keys in encrypted files. A password comes from a file of its own, never from the environment or the command line, which
// other processes can read.

import { statSync, writeFileSync } from "node:fs";
import { getAddress, type Provider, Wallet } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Hex } from "../typed.ts";

export type KeyedSigner = Wallet & { readonly provider: Provider };

const read = (path: string): string => readFile(path, LIMITS.keystoreFileMaxOctets).toString("utf8");

/** The first line of a password file that nobody else may read. */
function passwordIn(passwordFile: string): string {
  const password = read(passwordFile).split("\n")[0] ?? "";
  if ((statSync(passwordFile).mode & 0o077) !== 0) {
    throw new SrwanError("KEY_EXPOSED", `${passwordFile}: other users may read this password`, {
      remedy: `Run chmod 600 ${passwordFile}, and change the password if somebody may have read it.`,
    });
  }
  return password;
}

/** A wallet out of a keystore (Web3 Secret Storage), opened with the first line of the password file. */
export async function openKeystore(path: string, passwordFile: string, provider: Provider): Promise<KeyedSigner>;
/** Without a provider: to sign, not to send. */
export async function openKeystore(path: string, passwordFile: string): Promise<Wallet>;
export async function openKeystore(path: string, passwordFile: string, provider?: Provider): Promise<Wallet> {
  const [json, password] = [read(path), passwordIn(passwordFile)];
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

/** Makes a key and writes it encrypted; a file that is there is never written over. */
export async function createKeystore(path: string, passwordFile: string): Promise<Hex> {
  const password = passwordIn(passwordFile);
  if (password === "") {
    throw new SrwanError("KEYSTORE_INVALID", `${passwordFile}: its first line is empty`, {
      remedy: "Write a password there, say with `head -c 24 /dev/urandom | base64`.",
    });
  }
  const wallet = Wallet.createRandom();
  try {
    writeFileSync(path, `${await wallet.encrypt(password)}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${there ? "there is a file already" : (error as Error).message}`, {
      remedy: there ? "Give another --keystore: a key that is written over is lost." : "Check the path.",
    });
  }
  return wallet.address as Hex;
}

/** Whose key a keystore holds, without opening it. */
export function addressInKeystore(path: string): Hex {
  let found: unknown;
  try {
    found = JSON.parse(read(path)).address;
  } catch (error) {
    if (error instanceof SrwanError) throw error;
  }
  if (typeof found === "string" && /^(0x)?[0-9a-fA-F]{40}$/.test(found)) {
    return getAddress(`0x${found.replace(/^0x/, "").toLowerCase()}`) as Hex;
  }
  throw new SrwanError("KEYSTORE_INVALID", `${path}: not a keystore that says its address`, {
    remedy: "Give a file that `srwan wallet create` wrote.",
  });
}
