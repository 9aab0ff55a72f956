// HMAC-SHA-256 truncated to 128 bits (RFC 8762 §4.4, RFC 2104), from one-shot hashes: two of them take less time than one
// HMAC object, and a pulse needs up to eight.

import { hash } from "node:crypto";
import { SrwanError } from "../base/errors.ts";
import { MAC_OCTETS, type Mac } from "./stamp-packet.ts";

const BLOCK_OCTETS = 64;
const DIGEST_OCTETS = 32;

export function createMac(key: Uint8Array): Mac {
  const block = new Uint8Array(BLOCK_OCTETS);
  block.set(key.length > BLOCK_OCTETS ? hash("sha256", key, "buffer") : key);
  let inner = new Uint8Array(BLOCK_OCTETS + 2_048);
  const outer = new Uint8Array(BLOCK_OCTETS + DIGEST_OCTETS);
  const innerPad = block.map((octet) => octet ^ 0x36);
  outer.set(block.map((octet) => octet ^ 0x5c));
  inner.set(innerPad);
  return (...parts) => {
    const total = parts.reduce((sum, { length }) => sum + length, BLOCK_OCTETS);
    if (total > inner.length) {
      inner = new Uint8Array(total * 2);
      inner.set(innerPad);
    }
    let at = BLOCK_OCTETS;
    for (const part of parts) {
      inner.set(part, at);
      at += part.length;
    }
    outer.set(hash("sha256", inner.subarray(0, at), "buffer"), BLOCK_OCTETS);
    return hash("sha256", outer, "buffer").subarray(0, MAC_OCTETS);
  };
}

const KEY_OCTETS_MIN = 16;

/** A key as hexadecimal digits; a short one is refused, for it guards nothing. */
export function parseKey(text: string): Uint8Array {
  const digits = text.trim();
  if (!/^([0-9a-f]{2})+$/i.test(digits) || digits.length < 2 * KEY_OCTETS_MIN) {
    throw new SrwanError("VALUE_INVALID", `an HMAC key of ${digits.length} characters cannot be used`, {
      remedy: `Give at least ${2 * KEY_OCTETS_MIN} hexadecimal digits, for example those of \`openssl rand -hex 32\`.`,
    });
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}
