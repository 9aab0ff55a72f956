// OpenSSL's Keccak, and its check of a secp256k1 signature over a digest, which node:crypto cannot be asked for. The library is
// the one inside Node; where it cannot be called, both are done in JavaScript, ten times as slowly.

import { getBytes, keccak256 } from "ethers";
import koffi from "koffi";

type Pointer = unknown;
export type KnownKey = { readonly verify: (digest: Uint8Array, signature: Uint8Array) => boolean };

/** SubjectPublicKeyInfo of an uncompressed key on secp256k1 comes after these octets. */
const SPKI = Buffer.from("3056301006072a8648ce3d020106052b8104000a034200", "hex");

type Library = {
  readonly d2i: (out: null, text: [Buffer], octets: number) => Pointer;
  readonly context: (key: Pointer, engine: null) => Pointer;
  readonly init: (context: Pointer) => number;
  readonly verify: (
    context: Pointer,
    signature: Uint8Array,
    length: number,
    digest: Uint8Array,
    octets: number,
  ) => number;
  readonly freeContext: (context: Pointer) => void;
  readonly freeKey: (key: Pointer) => void;
  readonly keccak: Pointer;
  readonly digest: (
    data: Uint8Array,
    octets: number,
    out: Uint8Array,
    size: null,
    type: Pointer,
    engine: null,
  ) => number;
};

let library: Library | null | undefined;

function load(): Library | null {
  try {
    const node = koffi.load(null);
    return {
      d2i: node.func("void *d2i_PUBKEY(void *a, const uint8_t **pp, long length)"),
      context: node.func("void *EVP_PKEY_CTX_new(void *pkey, void *engine)"),
      init: node.func("int EVP_PKEY_verify_init(void *ctx)"),
      verify: node.func(
        "int EVP_PKEY_verify(void *ctx, const uint8_t *sig, size_t siglen, const uint8_t *tbs, size_t tbslen)",
      ),
      freeContext: node.func("void EVP_PKEY_CTX_free(void *ctx)"),
      freeKey: node.func("void EVP_PKEY_free(void *pkey)"),
      keccak: node.func("void *EVP_MD_fetch(void *ctx, const char *name, const char *props)")(null, "KECCAK-256", null),
      digest: node.func(
        "int EVP_Digest(const uint8_t *data, size_t n, _Out_ uint8_t *md, uint32_t *size, void *type, void *impl)",
      ),
    };
  } catch {
    return null;
  }
}

/** Freed with the last use of it. */
const holders = new FinalizationRegistry<() => void>((free) => free());

/** A public key of 65 octets, ready to check with; undefined where the library cannot be called. */
export function knownKey(publicKey: Uint8Array): KnownKey | undefined {
  library ??= load();
  if (library === null) return undefined;
  const { d2i, context, init, verify, freeContext, freeKey } = library;
  const spki = Buffer.concat([SPKI, publicKey]);
  const key = d2i(null, [spki], spki.length);
  if (key === null) return undefined;
  const made = context(key, null);
  if (made === null || init(made) !== 1) return undefined;
  const known: KnownKey = {
    verify: (digest, signature) => verify(made, signature, signature.length, digest, digest.length) === 1,
  };
  holders.register(known, () => {
    freeContext(made);
    freeKey(key);
  });
  return known;
}

/** Keccak-256 of some octets. */
export function keccak(data: Uint8Array): Buffer {
  library ??= load();
  const out = Buffer.alloc(32);
  if (library !== null && library.keccak !== null) {
    if (library.digest(data, data.length, out, null, library.keccak, null) === 1) return out;
  }
  return Buffer.from(getBytes(keccak256(data)));
}
