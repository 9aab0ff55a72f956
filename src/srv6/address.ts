// IPv6 and IPv4 addresses and prefixes as numbers: parsed once at the edge, computed with, printed in canonical text
// (RFC 5952 for IPv6).

import type { Brand } from "../base/brand.ts";
import { SrwanError } from "../base/errors.ts";

export type Ipv6 = Brand<bigint, "Ipv6">;
export type Ipv4 = Brand<bigint, "Ipv4">;
export type Family = 4 | 6;

/** A prefix in canonical form: host bits are zero. */
export type Prefix = { readonly family: Family; readonly address: bigint; readonly length: number };

export const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

export function parseIpv6(text: string): Ipv6 {
  const value = readIpv6(text);
  if (value === undefined) throw invalid("IPv6 address", text, "Write it as 2001:db8::1.");
  return value as Ipv6;
}

export function parseIpv4(text: string): Ipv4 {
  const value = readIpv4(text);
  if (value === undefined) throw invalid("IPv4 address", text, "Write it as 192.0.2.1, no leading zeros.");
  return value as Ipv4;
}

/** "2001:db8::/32", "10.0.0.0/8", or an address alone for a host prefix. Host bits that are set are refused, not dropped. */
export function parsePrefix(text: string): Prefix {
  const [head = "", tail, extra] = text.split("/");
  const family: Family = head.includes(":") ? 6 : 4;
  const address = family === 6 ? readIpv6(head) : readIpv4(head);
  const length = tail === undefined ? BITS[family] : /^(0|[1-9]\d{0,2})$/.test(tail) ? Number(tail) : -1;
  if (address === undefined || extra !== undefined || length < 0 || length > BITS[family]) {
    throw invalid("prefix", text, "Write it as 2001:db8::/32 or 192.0.2.0/24.");
  }
  const network = (address >> hostBits(family, length)) << hostBits(family, length);
  if (network !== address) {
    throw invalid(
      "prefix",
      text,
      `It has host bits set; did you mean ${formatPrefix({ family, address: network, length })}?`,
    );
  }
  return { family, address, length };
}

export const formatPrefix = (prefix: Prefix): string =>
  `${prefix.family === 6 ? formatIpv6(prefix.address as Ipv6) : formatIpv4(prefix.address as Ipv4)}/${prefix.length}`;

/** Whether `outer` covers `inner` wholly; prefixes of two families never do. */
export const covers = (outer: Prefix, inner: Prefix): boolean =>
  outer.family === inner.family &&
  outer.length <= inner.length &&
  inner.address >> hostBits(inner.family, outer.length) === outer.address >> hostBits(outer.family, outer.length);

export const hostPrefix = (address: Ipv6): Prefix => ({ family: 6, address, length: 128 });

export function formatIpv4(address: Ipv4): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");
}

/**
 * RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::", and
 * an IPv4-mapped address with its last 32 bits as IPv4 (§5).
 */
export function formatIpv6(address: Ipv6): string {
  const groups: number[] = [];
  // Thirty-two bits at a time: shifts of a bigint are what this function costs.
  for (const shift of [96n, 64n, 32n, 0n]) {
    const word = Number(BigInt.asUintN(32, address >> shift));
    groups.push(word >>> 16, word & 0xffff);
  }
  let [bestAt, bestLength] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (groups[i + length] === 0) length++;
    if (length > bestLength) [bestAt, bestLength] = [i, length];
    i += length;
  }
  if (bestAt === 0 && bestLength === 5 && groups[5] === 0xffff)
    return `::ffff:${formatIpv4(address as bigint as Ipv4)}`;
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      text += "::";
      i += bestLength - 1;
    } else {
      text += `${text === "" || text.endsWith("::") ? "" : ":"}${(groups[i] as number).toString(16)}`;
    }
  }
  return text;
}

export function ipv6ToBytes(address: Ipv6): Uint8Array {
  return toBytes(address, 16);
}

export function ipv4ToBytes(address: Ipv4): Uint8Array {
  return toBytes(address, 4);
}

/** Big-endian octets as a number; 16 octets are an Ipv6, 4 an Ipv4. */
export function bytesToAddress(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function toBytes(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = size - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

const hostBits = (family: Family, length: number): bigint => BigInt(BITS[family] - length);

function readIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] as string, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Colon-joined groups; the last two may be written as an IPv4 address where that ends the text. */
function readGroups(text: string, endsText: boolean): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const v4 = endsText && i === parts.length - 1 ? readIpv4(part) : undefined;
      if (v4 === undefined) return undefined;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(BigInt(`0x${part}`));
    }
  }
  return groups;
}

function invalid(what: string, text: string, remedy: string): SrwanError {
  return new SrwanError("VALUE_INVALID", `${what} "${text}" cannot be read`, {
    remedy,
    details: { what, value: text },
  });
}
