// Packets against octets worked out by hand from the figures of RFC 8762 (3, 4, 5, 6) and RFC 8972 (1 to 4), the
// timestamps of RFC 8762 §4.2.1, and the HMAC vectors of RFC 4231.

import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMac } from "./mac.ts";
import {
  echoes,
  packetIsGenuine,
  readReply,
  readRequest,
  signPacket,
  stampPacket,
  writeReply,
  writeRequest,
  writtenTime,
} from "./stamp-packet.ts";
import { decodeErrorEstimate, encodeErrorEstimate, readTime, type TimestampFormat, writeTime } from "./stamp-time.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));
const zeros = (count: number): string => Array.from({ length: count }, () => "00").join(" ");

/** 2020-03-01T00:00:00.5Z, when RFC 8762 appeared: 0xe2057980.80000000 by NTP, 0x5e5afb00 and 500,000,000 by PTP. */
const T1 = 1_583_020_800_500_000_000n;
const T2 = T1 + 250_000_000n;
const T3 = T2 + 1_000n;
const KEY = new Uint8Array(20).fill(0x0b);

const REQUEST = {
  sequence: 7,
  ssid: 0x1234,
  error: { synchronised: true, format: "ntp", errorNs: 1_000_000 },
} as const;

/** Sequence, timestamp, error estimate (S, scale 15, multiplier 132: 1 ms rounded up), SSID, 28 octets of zero. */
const OPEN_REQUEST = hex(`00 00 00 07  e2 05 79 80 80 00 00 00  8f 84  12 34  ${zeros(28)}`);
/** The same with 12 octets of zero after the sequence and 68 after the SSID; then the HMAC. */
const SIGNED_PART = hex(`00 00 00 07 ${zeros(12)} e2 05 79 80 80 00 00 00  8f 84  12 34  ${zeros(68)}`);

const OPEN_REPLY = hex(`00 00 00 03  e2 05 79 80 c0 00 10 c7  00 01  12 34
  e2 05 79 80 c0 00 00 00  00 00 00 07  e2 05 79 80 80 00 00 00  8f 84  00 00  fb  00 00 00`);
const SIGNED_REPLY_PART = hex(`00 00 00 03 ${zeros(12)}  e2 05 79 80 c0 00 10 c7  00 01  12 34  ${zeros(4)}
  e2 05 79 80 c0 00 00 00  ${zeros(8)}  00 00 00 07 ${zeros(12)}  e2 05 79 80 80 00 00 00  8f 84  ${zeros(6)}  fb ${zeros(15)}`);

describe("a sender's packet", () => {
  it("has the octets of RFC 8972 figure 1", () => {
    const octets = new Uint8Array(44).fill(0xff);
    writeRequest(octets, "open", REQUEST, T1);
    expect(octets).toEqual(OPEN_REQUEST);
    expect(readRequest(octets, "open", T1)).toEqual({
      ...REQUEST,
      error: { ...REQUEST.error, errorNs: 1_007_081 },
      t1Ns: T1,
    });
  });

  it("has the octets of RFC 8972 figure 2 when authenticated, and the HMAC of its first 96", () => {
    const octets = new Uint8Array(112);
    writeRequest(octets, "authenticated", REQUEST, T1);
    signPacket(octets, createMac(KEY));
    expect(octets.subarray(0, 96)).toEqual(SIGNED_PART);
    const expected = createHmac("sha256", KEY).update(SIGNED_PART).digest().subarray(0, 16);
    expect(octets.subarray(96)).toEqual(new Uint8Array(expected));
  });

  it("is genuine for its key, and not when an octet of its first 96 or of its HMAC differs", () => {
    const mac = createMac(KEY);
    const octets = new Uint8Array(112);
    writeRequest(octets, "authenticated", REQUEST, T1);
    signPacket(octets, mac);
    expect(packetIsGenuine(octets, mac)).toBe(true);
    expect(packetIsGenuine(octets, createMac(new Uint8Array(20)))).toBe(false);
    for (let at = 0; at < 112; at++) {
      const spoiled = octets.slice();
      spoiled[at] = (spoiled[at] ?? 0) ^ 1;
      expect(packetIsGenuine(spoiled, mac)).toBe(false);
    }
  });

  it("is read from a TWAMP-Light sender that stops after the error estimate (RFC 8762 §4.6)", () => {
    expect(readRequest(OPEN_REQUEST.subarray(0, 14), "open", T1)).toMatchObject({ sequence: 7, ssid: 0, t1Ns: T1 });
    expect(readRequest(OPEN_REQUEST.subarray(0, 13), "open", T1)).toBeUndefined();
    expect(readRequest(SIGNED_PART, "authenticated", T1)).toBeUndefined();
  });
});

describe("a reflector's packet", () => {
  const fields = {
    sequence: 3,
    error: { synchronised: false, format: "ntp", errorNs: 0 },
    receivedNs: T2,
    senderTtl: 251,
  } as const;

  it("has the octets of RFC 8972 figure 3", () => {
    const octets = new Uint8Array(44).fill(0xff);
    writeReply(octets, "open", OPEN_REQUEST, fields);
    stampPacket(octets, "open", T3, "ntp");
    expect(octets).toEqual(OPEN_REPLY);
    expect(readReply(octets, "open", T3)).toMatchObject({
      sequence: 3,
      ssid: 0x1234,
      t2Ns: T2,
      t3Ns: T3,
      senderSequence: 7,
      senderTtl: 251,
    });
    expect(echoes(octets, writtenTime(OPEN_REQUEST, "open"), "open")).toBe(true);
  });

  it("has the octets of RFC 8972 figure 4 when authenticated", () => {
    const request = new Uint8Array(112);
    request.set(SIGNED_PART);
    const octets = new Uint8Array(112).fill(0xff);
    writeReply(octets, "authenticated", request, fields);
    stampPacket(octets, "authenticated", T3, "ntp");
    expect(octets.subarray(0, 96)).toEqual(SIGNED_REPLY_PART);
  });

  it("is read from reflectors that answer with 38 or 41 octets; what they leave out is unknown", () => {
    expect(readReply(OPEN_REPLY.subarray(0, 38), "open", T3)).toMatchObject({ t2Ns: T2, senderTtl: undefined });
    expect(readReply(OPEN_REPLY.subarray(0, 41), "open", T3)).toMatchObject({ senderTtl: 251 });
    expect(readReply(OPEN_REPLY.subarray(0, 37), "open", T3)).toBeUndefined();
  });

  it("does not answer a request whose timestamp differs by more than a float would lose", () => {
    expect(echoes(OPEN_REPLY, writtenTime(OPEN_REQUEST.with(10, 0x10), "open"), "open")).toBe(true);
    expect(echoes(OPEN_REPLY, writtenTime(OPEN_REQUEST.with(9, 1), "open"), "open")).toBe(false);
    expect(echoes(OPEN_REPLY, writtenTime(OPEN_REQUEST.with(7, 0x81), "open"), "open")).toBe(false);
  });
});

describe("a timestamp", () => {
  const written = (ns: bigint, format: TimestampFormat): Uint8Array => {
    const octets = new Uint8Array(8);
    writeTime(new DataView(octets.buffer), 0, ns, format);
    return octets;
  };

  it("has the octets of both formats", () => {
    expect(written(T1, "ntp")).toEqual(hex("e2 05 79 80 80 00 00 00"));
    expect(written(T1, "ptp")).toEqual(hex("5e 5a fb 00 1d cd 65 00"));
  });

  it("keeps every nanosecond, in any era near to the reader's clock", () => {
    const formats = fc.constantFrom<TimestampFormat>("ntp", "ptp");
    const century = 3_155_760_000_000_000_000n;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 3n * century }),
        fc.bigInt({ min: -century / 2n, max: century / 2n }),
        formats,
        (ns, off, format) => {
          const view = new DataView(written(ns, format).buffer);
          expect(readTime(view, 0, format, ns + off)).toBe(ns);
        },
      ),
    );
  });
});

describe("the error estimate", () => {
  it("has S, Z, scale and multiplier where RFC 8762 figure 3 has them", () => {
    expect(encodeErrorEstimate({ synchronised: true, format: "ptp", errorNs: 1_000 })).toBe(0xc000 | (5 << 8) | 135);
    expect(encodeErrorEstimate({ synchronised: false, format: "ntp", errorNs: 0 })).toBe(1);
  });

  it("never tells less than the error, and at most a hundredth more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 2_000_000_000 }), (errorNs) => {
        const told =
          decodeErrorEstimate(encodeErrorEstimate({ synchronised: false, format: "ntp", errorNs })).errorNs ?? 0;
        expect(told).toBeGreaterThanOrEqual(errorNs);
        expect(told).toBeLessThanOrEqual(errorNs * 1.01 + 1);
      }),
    );
  });

  it("is unknown where the multiplier is 0", () => {
    expect(decodeErrorEstimate(0x8000)).toEqual({ synchronised: true, format: "ntp", errorNs: undefined });
  });
});

describe("the HMAC", () => {
  it("gives the first 16 octets of RFC 4231's vectors", () => {
    const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
    const told = (key: Uint8Array, data: Uint8Array): string => Buffer.from(createMac(key)(data)).toString("hex");
    expect(told(KEY, ascii("Hi There"))).toBe("b0344c61d8db38535ca8afceaf0bf12b");
    expect(told(ascii("Jefe"), ascii("what do ya want for nothing?"))).toBe("5bdcc146bf60754e6a042426089575c7");
    const long = ascii("Test Using Larger Than Block-Size Key - Hash Key First");
    expect(told(new Uint8Array(131).fill(0xaa), long)).toBe("60e431591ee0b67f0d8a26aacbf5b77f");
  });

  it("is that of Node for any key and any parts", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 3 }),
        (key, parts) => {
          const reference = createHmac("sha256", key);
          for (const part of parts) reference.update(part);
          expect(Buffer.from(createMac(key)(...parts))).toEqual(reference.digest().subarray(0, 16));
        },
      ),
    );
  });
});
