// Any octets come back from any way to print them, and any text is either octets or an error that says why.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { guessStart, readHex } from "./hex-text.ts";

const octets = fc.uint8Array({ minLength: 1, maxLength: 200 });
const hex = (all: Uint8Array): string => Buffer.from(all).toString("hex");

function dump(all: Uint8Array, offset: (at: number) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < all.length; at += 16) {
    const line = Buffer.from(all.subarray(at, at + 16));
    const pairs = line.toString("hex").replace(/..(?=.)/g, "$& ");
    lines.push(`${offset(at)}${pairs.padEnd(47)}   ${line.toString("latin1").replace(/[^ -~]/g, ".")}`);
  }
  return lines.join("\n");
}

describe("readHex", () => {
  it.each<[string, (all: Uint8Array) => string]>([
    ["bare", hex],
    ["with 0x and colons", (all) => `0x${hex(all).replace(/..(?=.)/g, "$&:")}`],
    ["folded as xxd -p does", (all) => hex(all).replace(/.{60}/g, "$&\n")],
    ["dumped by tshark", (all) => dump(all, (at) => `${at.toString(16).padStart(4, "0")}  `)],
    ["dumped by tcpdump", (all) => `IP6 a > b\n${dump(all, (at) => `\t0x${at.toString(16).padStart(4, "0")}:  `)}`],
  ])("gives back octets %s", (_what, print) => {
    fc.assert(
      fc.property(octets, (all) => {
        expect(readHex(print(all)).map(hex)).toEqual([hex(all)]);
      }),
    );
  });

  it("answers any text with octets or with an error of ours", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          for (const packet of readHex(text)) guessStart(packet);
        } catch (error) {
          expect(error).toBeInstanceOf(SrwanError);
        }
      }),
    );
  });
});

describe("guessStart", () => {
  it.each([
    ["ip", `6000000000002b40${"00".repeat(32)}`],
    ["ip", `4500001400000000${"00".repeat(12)}`],
    ["srh", `2902040000000000${"00".repeat(16)}`],
    ["ethernet", `66${"00".repeat(11)}86dd6000000000003b40${"00".repeat(32)}`],
    ["ip", `6000000000ff2b40${"00".repeat(32)}`],
  ])("takes for %s: %s", (start, text) => {
    const [packet] = readHex(text);
    expect(packet && guessStart(packet)).toBe(start);
  });
});
