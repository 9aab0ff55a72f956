// The SEG6 generic netlink family (linux/seg6_genl.h): HMAC keys and the source address of tunnels.

import type { Ipv6 } from "../address.ts";
import type { KernelHmacKey } from "./objects.ts";
import { FLAG, type Message, type Writer } from "./wire.ts";

/** The controller of generic netlink: resolves a family's name to the message type it was given at boot. */
export const CONTROLLER = { type: 16, getFamily: 3, familyId: 1, familyName: 2 } as const;
export const COMMAND = { setHmac: 1, dumpHmac: 2, setTunnelSource: 3, getTunnelSource: 4 } as const;
const ATTRIBUTE = { destination: 1, keyId: 3, secret: 4, secretLength: 5, algorithm: 6 } as const;
const ALGORITHM = { sha1: 1, sha256: 2 } as const;
const VERSION = 1;
const GENERIC_HEADER = 4;

export function writeFamilyRequest(writer: Writer, sequence: number, family = "SEG6"): void {
  writer.begin(CONTROLLER.type, FLAG.request, sequence).u8(CONTROLLER.getFamily).u8(VERSION).u16(0);
  writer.attributeText(CONTROLLER.familyName, family).end();
}

/** As the controller answers it. */
export function writeFamilyReply(writer: Writer, family: number, sequence: number): void {
  writer.begin(CONTROLLER.type, 0, sequence).u8(1).u8(VERSION).u16(0);
  writer.attributeU16(CONTROLLER.familyId, family).end();
}

export const readFamily = (message: Message): number | undefined =>
  message.payload.attributes(GENERIC_HEADER).get(CONTROLLER.familyId)?.u16();

export function writeHmacKey(
  writer: Writer,
  change: "add" | "delete",
  key: KernelHmacKey,
  family: number,
  sequence: number,
): void {
  const secret = change === "add" ? new TextEncoder().encode(key.secret) : new Uint8Array(0);
  begin(writer, family, COMMAND.setHmac, FLAG.request, sequence);
  writer.attributeU32(ATTRIBUTE.keyId, key.id);
  writer.attributeU8(ATTRIBUTE.secretLength, secret.length);
  writer.attributeU8(ATTRIBUTE.algorithm, ALGORITHM[key.algorithm]);
  if (secret.length > 0) writer.attributeBytes(ATTRIBUTE.secret, secret);
  writer.end();
}

export function writeHmacDump(writer: Writer, family: number, sequence: number): void {
  begin(writer, family, COMMAND.dumpHmac, FLAG.request | FLAG.dump, sequence);
  writer.end();
}

export function readHmacKey(message: Message): KernelHmacKey {
  const found = message.payload.attributes(GENERIC_HEADER);
  const length = found.get(ATTRIBUTE.secretLength)?.u8() ?? 0;
  return {
    kind: "hmac",
    id: found.get(ATTRIBUTE.keyId)?.u32() ?? 0,
    algorithm: found.get(ATTRIBUTE.algorithm)?.u8() === ALGORITHM.sha1 ? "sha1" : "sha256",
    secret: new TextDecoder().decode(found.get(ATTRIBUTE.secret)?.bytes.subarray(0, length)),
  };
}

export function writeTunnelSource(writer: Writer, source: Ipv6, family: number, sequence: number): void {
  begin(writer, family, COMMAND.setTunnelSource, FLAG.request, sequence);
  writer.attributeAddress(ATTRIBUTE.destination, source, 16).end();
}

export function writeTunnelSourceRequest(writer: Writer, family: number, sequence: number): void {
  begin(writer, family, COMMAND.getTunnelSource, FLAG.request, sequence);
  writer.end();
}

export const readTunnelSource = (message: Message): Ipv6 =>
  (message.payload.attributes(GENERIC_HEADER).get(ATTRIBUTE.destination)?.address() ?? 0n) as Ipv6;

function begin(writer: Writer, family: number, command: number, flags: number, sequence: number): void {
  writer.begin(family, flags, sequence).u8(command).u8(VERSION).u16(0);
}
