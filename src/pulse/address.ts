// Addresses as octets, the form that packets and sockets have them in. Text is read once, at the edge.

import { isIPv4, isIPv6 } from "node:net";
import { SrwanError } from "../base/errors.ts";
import type { Endpoint } from "./socket.ts";
import type { AddressOctets } from "./stamp-extensions.ts";

export function parseAddress(text: string): AddressOctets {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (isIPv6(text) && !text.includes("%")) return groupsOf(text);
  throw new SrwanError("VALUE_INVALID", `"${text}" is no IP address`, {
    remedy: "Write it as 192.0.2.1 or 2001:db8::1.",
  });
}

function groupsOf(text: string): AddressOctets {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high = "0", low = "0"): string => ((Number(high) << 8) | Number(low)).toString(16);
  const plain = dotted === null ? text : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = "", tail] = plain.split("::");
  const words = (part: string): number[] =>
    part
      .split(":")
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16));
  const [front, back] = [words(head), words(tail ?? "")];
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  return Uint8Array.from([...front, ...zeros, ...back].flatMap((word) => [word >> 8, word & 0xff]));
}

/** RFC 5952 for IPv6: the longest run of zero groups is left out. */
export function formatAddress(octets: AddressOctets): string {
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0)).toString(16),
  );
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === "0") length++;
    if (length > best.length) best = { at, length };
  }
  if (best.length === 1) return groups.join(":");
  return `${groups.slice(0, best.at).join(":")}::${groups.slice(best.at + best.length).join(":")}`;
}

export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.length === 4 ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`;

export const endpoint = (address: AddressOctets, port: number): Endpoint => ({
  key: keyOf(address, port),
  address,
  port,
});

export const keyOf = (address: AddressOctets, port: number): string => `${String.fromCharCode(...address)}${port}`;
