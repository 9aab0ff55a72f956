// Both framings, cut anywhere, give the messages that were sent.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { FrameReader, frame } from "./frame.ts";

/** The messages that octets hold, read in parts of these lengths. */
function read(octets: Buffer, lengths: readonly number[], chunkedAfter: number): string[] {
  const messages: string[] = [];
  let parts: Buffer[] = [];
  const reader = new FrameReader({
    part: (part) => parts.push(Buffer.from(part)),
    end: () => {
      messages.push(Buffer.concat(parts).toString("utf8"));
      parts = [];
      if (messages.length === chunkedAfter) reader.useChunks();
    },
  });
  let at = 0;
  for (let i = 0; at < octets.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    reader.push(octets.subarray(at, at + length));
    at += length;
  }
  expect(reader.within).toBe(false);
  return messages;
}

const text = fc.string({ minLength: 1, unit: fc.constantFrom("]", ">", "]]>", "#", "\n", "a", "é", "😀", "##") });

describe("frames", () => {
  it("are the same however they are split", () => {
    const message = text.filter((one) => !`${one}]]>]]>`.slice(0, -1).includes("]]>]]>"));
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.array(text, { maxLength: 4 }),
        lengths,
        (before, after, cuts) => {
          const octets = [...before.map((one) => frame(one, false)), ...after.map((one) => frame(one, true))].join("");
          expect(read(Buffer.from(octets), cuts, before.length)).toEqual([...before, ...after]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("may come in chunks of any size", () => {
    expect(read(Buffer.from("]]>]]>\n#1\na\n#2\nbc\n##\n\n#3\ndef\n##\n"), [100], 1)).toEqual(["", "abc", "def"]);
  });

  it.each([
    ["a chunk of no octets", "\n#0\n"],
    ["an end before a beginning", "\n##\n"],
    ["a number with a zero before it", "\n#04\n"],
    ["a number that is too long", "\n#4294967296\n"],
    ["a banner", "Welcome"],
    ["a word in place of a number", "\n#x\n"],
  ])("refuse %s", (_what, octets) => {
    const reader = new FrameReader({ part: () => undefined, end: () => undefined });
    reader.useChunks();
    expect(refusal("NETCONF_MALFORMED", () => reader.push(Buffer.from(octets))).message).toContain("octet 0x");
  });
});
