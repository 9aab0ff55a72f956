// A SID is an IPv6 address with an inner structure: block, node, function, argument (RFC 8986 §3.1). The lengths are the
// operator's choice and are a value here, the structure.

import type { Brand } from "../base/brand.ts";
import { SrwanError } from "../base/errors.ts";
import { type Ipv6, type Prefix, parseIpv6 } from "./address.ts";

export type Sid = Brand<Ipv6, "Sid">;

/** Lengths in bits; what is left of 128 is the argument. */
export type SidStructure = { readonly blockBits: number; readonly nodeBits: number; readonly functionBits: number };

/** The parts as numbers, each right-aligned: the block fcbb:bb00::/32 is 0xfcbbbb00. */
export type SidParts = {
  readonly block: bigint;
  readonly node: bigint;
  readonly function: bigint;
  readonly argument: bigint;
};

/** 32, 16, 16: what NEXT-CSID deployments use most. */
export const DEFAULT_STRUCTURE: SidStructure = { blockBits: 32, nodeBits: 16, functionBits: 16 };

export const parseSid = (text: string): Sid => parseIpv6(text) as Sid;

/** "32/16/16": block, node and function lengths. */
export function parseStructure(text: string): SidStructure {
  const match = /^(\d+)\/(\d+)\/(\d+)$/.exec(text);
  if (!match) {
    throw invalid(`SID structure "${text}" cannot be read`, "Write block, node and function lengths: 32/16/16.");
  }
  const [blockBits = 0, nodeBits = 0, functionBits = 0] = match.slice(1).map(Number);
  return checkStructure({ blockBits, nodeBits, functionBits });
}

export function checkStructure(structure: SidStructure): SidStructure {
  const { blockBits, nodeBits, functionBits } = structure;
  const parts = [blockBits, nodeBits, functionBits];
  if (parts.every((bits) => Number.isInteger(bits) && bits >= 1) && blockBits + nodeBits + functionBits <= 128) {
    return structure;
  }
  throw invalid(
    `SID structure ${parts.join("/")} does not fit an address`,
    "Give each part at least 1 bit, and at most 128 together.",
  );
}

export const structureText = ({ blockBits, nodeBits, functionBits }: SidStructure): string =>
  `${blockBits}/${nodeBits}/${functionBits}`;

const argumentBits = ({ blockBits, nodeBits, functionBits }: SidStructure): number =>
  128 - blockBits - nodeBits - functionBits;

export function splitSid(sid: Sid, structure: SidStructure): SidParts {
  const { nodeBits, functionBits } = structure;
  const rest = argumentBits(structure);
  const part = (shift: number, bits: number): bigint => BigInt.asUintN(bits, sid >> BigInt(shift));
  return {
    block: sid >> BigInt(128 - structure.blockBits),
    node: part(rest + functionBits, nodeBits),
    function: part(rest, functionBits),
    argument: part(0, rest),
  };
}

/** The SID of these parts; a part that needs more bits than the structure gives it is refused. */
export function composeSid(parts: SidParts, structure: SidStructure): Sid {
  const widths: readonly (readonly [keyof SidParts, number])[] = [
    ["block", structure.blockBits],
    ["node", structure.nodeBits],
    ["function", structure.functionBits],
    ["argument", argumentBits(structure)],
  ];
  let value = 0n;
  for (const [name, bits] of widths) {
    if (parts[name] < 0n || BigInt.asUintN(bits, parts[name]) !== parts[name]) {
      throw invalid(
        `${name} 0x${parts[name].toString(16)} does not fit ${bits} bits of structure ${structureText(structure)}`,
        `Use a ${name} below 2^${bits}.`,
      );
    }
    value = (value << BigInt(bits)) | parts[name];
  }
  return value as Sid;
}

/** The prefix that a node's SIDs share: what routes lead to it (RFC 8986 §3.1). */
export function locatorOf(sid: Sid, { blockBits, nodeBits }: SidStructure): Prefix {
  const length = blockBits + nodeBits;
  const shift = BigInt(128 - length);
  return { family: 6, address: (sid >> shift) << shift, length };
}

const invalid = (message: string, remedy: string): SrwanError => new SrwanError("VALUE_INVALID", message, { remedy });
