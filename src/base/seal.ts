// Digests that are signed, so that what one process found out can be believed by another. The key's holder is who the
// reader decides to believe; nothing here says that a key is anybody's.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { SrwanError } from "./errors.ts";

export type Seal = {
  /** How `value` was made from the digest. */
  readonly scheme: string;
  /** The public key, hexadecimal. */
  readonly key: string;
  readonly value: string;
};

export interface Sealer {
  /** Of a SHA-256 digest in hexadecimal. */
  seal(digest: string): Promise<Seal>;
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What stands before the 32 octets of an Ed25519 key in its DER form (RFC 8410). */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

const rawKey = (key: KeyObject): string =>
  key.export({ type: "spki", format: "der" }).subarray(SPKI_HEAD.length).toString("hex");

/** From a private key in PEM, as `openssl genpkey -algorithm ed25519` writes it. */
export function ed25519Sealer(pem: string): Sealer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw notUsable("it cannot be read", error);
  }
  if (key.asymmetricKeyType !== "ed25519") throw notUsable(`it is a key for ${key.asymmetricKeyType}`);
  const publicKey = rawKey(createPublicKey(key));
  return {
    seal: async (digest) => ({
      scheme: "ed25519",
      key: publicKey,
      value: sign(null, Buffer.from(digest, "hex"), key).toString("hex"),
    }),
  };
}

/** Whether the seal is of this digest, by the key that it names. */
export function isSealOf({ scheme, key, value }: Seal, digest: string): boolean {
  if (scheme !== "ed25519" || !/^[0-9a-f]{64}$/.test(key)) return false;
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, Buffer.from(key, "hex")]),
    type: "spki",
    format: "der",
  });
  return verify(null, Buffer.from(digest, "hex"), publicKey, Buffer.from(value, "hex"));
}

const notUsable = (why: string, cause?: unknown): SrwanError =>
  new SrwanError("VALUE_INVALID", `the key to sign with cannot be used: ${why}`, {
    remedy: "Make one with `openssl genpkey -algorithm ed25519`.",
    cause,
  });
