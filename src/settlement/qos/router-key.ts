// The router's own key, which its provider registered on the chain: it seals the outcomes of transactions, so that whoever
// knows the order knows whom to believe. And words that a person's wallet signed.

import { computeAddress, getBytes, hashMessage, recoverAddress, SigningKey, verifyMessage, type Wallet } from "ethers";
import type { Seal, Sealer } from "../../base/seal.ts";
import type { SealedOutcome } from "../../wire/outcome.ts";
import type { Hex } from "../typed.ts";

/** EIP-191 over the 32 octets: never the form of what the contracts take (EIP-712). */
const SCHEME = "eip191-secp256k1";

const bare = (hex: string): string => hex.replace(/^0x/, "");

export const routerSealer = (router: Wallet): Sealer => ({
  seal: async (digest) => ({
    scheme: SCHEME,
    key: bare(router.signingKey.publicKey),
    value: bare(await router.signMessage(getBytes(`0x${digest}`))),
  }),
});

/** Whether the router of this key sealed the outcome. */
export function isSealedBy({ hash, seal }: SealedOutcome, routerKey: Hex): boolean {
  return seal !== null && seal.scheme === SCHEME && isOf(seal, hash, routerKey);
}

function isOf({ key, value }: Seal, hash: string, routerKey: Hex): boolean {
  try {
    const signer = recoverAddress(hashMessage(getBytes(`0x${hash}`)), `0x${value}`);
    return signer === routerKey && computeAddress(SigningKey.computePublicKey(`0x${key}`)) === routerKey;
  } catch {
    return false;
  }
}

/** Whether an address signed these words (EIP-191). */
export function isSignedText(text: string, signature: string, address: Hex): boolean {
  try {
    return verifyMessage(text, signature) === address;
  } catch {
    return false;
  }
}
