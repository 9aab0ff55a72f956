// Keys of Curve25519 as WireGuard writes them, and the shared key that two POPs' fresh halves come to.

import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from "node:crypto";

export type CurvePair = { readonly privateKey: string; readonly publicKey: string };

const toBase64 = (base64url: string): string => Buffer.from(base64url, "base64url").toString("base64");
const toUrl = (base64: string): string => Buffer.from(base64, "base64").toString("base64url");

export function newCurvePair(): CurvePair {
  const { d = "", x = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  return { privateKey: toBase64(d), publicKey: toBase64(x) };
}

/**
 * The same at both ends, and nobody else's: for `wg … preshared-key`. `ends` are the POPs' names in either order, `transit`
 * tells two tunnels between them apart.
 */
export function sharedKey(own: CurvePair, theirs: string, ends: readonly [string, string], transit: string): string {
  const jwk = { kty: "OKP", crv: "X25519" } as const;
  const privateKey = createPrivateKey({
    key: { ...jwk, d: toUrl(own.privateKey), x: toUrl(own.publicKey) },
    format: "jwk",
  });
  const publicKey = createPublicKey({ key: { ...jwk, x: toUrl(theirs) }, format: "jwk" });
  const secret = diffieHellman({ privateKey, publicKey });
  const info = [...ends.toSorted(), transit].join("\n");
  return Buffer.from(hkdfSync("sha256", secret, "srwan wireguard", info, 32)).toString("base64");
}
