// What is due comes in order of time; neighbours' pulses keep their distance; counts do not wrap; addresses and numbers
// survive the way to octets and back.

import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { roughCode, roughErrorOf, roughValue } from "./bits.ts";
import { DueHeap, phase, slotAfter, slotOf } from "./due.ts";
import { Histogram } from "./lateness.ts";
import { parseKey } from "./mac.ts";
import { Widener } from "./sequence.ts";

describe("DueHeap", () => {
  it("gives names by time, whatever was set, moved and deleted before", () => {
    const step = fc.tuple(fc.constantFrom("set", "delete"), fc.nat(20), fc.nat(1_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new DueHeap<number>();
        const model = new Map<number, number>();
        for (const [what, name, at] of steps) {
          if (what === "set") {
            heap.set(name, at);
            model.set(name, at);
          } else {
            heap.delete(name);
            model.delete(name);
          }
          expect(heap.nextAt).toBe(Math.min(...model.values()));
        }
        const times: number[] = [];
        for (let name = heap.first(Infinity); name !== undefined; name = heap.first(Infinity)) {
          times.push(model.get(name) ?? Number.NaN);
          heap.delete(name);
        }
        expect(times).toEqual([...model.values()].sort((a, b) => a - b));
      }),
    );
  });

  it("gives nothing before its time", () => {
    const heap = new DueHeap<string>();
    heap.set("a", 10);
    expect([heap.first(9), heap.first(10)]).toEqual([undefined, "a"]);
  });
});

describe("phase", () => {
  it("keeps any number of neighbours at least a third of an even share apart", () => {
    for (const count of [2, 7, 50, 99, 512]) {
      const at = Array.from({ length: count }, (_, n) => phase(n, 0.25)).sort((a, b) => a - b);
      const gaps = at.map((share, i) => (at[i + 1] ?? (at[0] ?? 0) + 1) - share);
      expect(Math.min(...gaps)).toBeGreaterThan(1 / count / 3);
    }
  });
});

describe("slots", () => {
  it("are few for those who pulse seldom, and take nobody from their place by more than a twentieth", () => {
    for (const [intervalMs, slots] of [
      [30, 6],
      [100, 20],
      [1_000, 20],
      [10_000, 20],
    ] as const) {
      const wanted = Array.from({ length: 99 }, (_, n) => phase(n, 0) * intervalMs);
      const given = wanted.map((ms) => slotAfter(ms, slotOf(intervalMs)));
      expect(new Set(given).size).toBe(slots);
      const late = given.map((ms, i) => ms - (wanted[i] ?? 0));
      expect(Math.min(...late)).toBeGreaterThan(0);
      expect(Math.max(...late)).toBeLessThanOrEqual(Math.max(5, intervalMs / 20));
    }
  });
});

describe("Widener", () => {
  it("counts on over the wrap of 32 bits, in any order near it", () => {
    const widener = new Widener();
    const top = 2 ** 32;
    expect([top - 2, 0, top - 1, 1, 5, 3].map((n) => widener.widen(n))).toEqual([
      top - 2,
      top,
      top - 1,
      top + 1,
      top + 5,
      top + 3,
    ]);
  });
});

describe("addresses", () => {
  it("are the same after the way through octets", () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, (words) => {
        const octets = Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
        const text = formatAddress(octets);
        expect(isIPv6(text)).toBe(true);
        expect(parseAddress(text)).toEqual(octets);
      }),
    );
    expect(formatAddress(parseAddress("2001:db8:0:0:1:0:0:1"))).toBe("2001:db8::1:0:0:1");
    expect(formatAddress(parseAddress("192.0.2.255"))).toBe("192.0.2.255");
    expect(parseAddress("::ffff:192.0.2.1").subarray(10)).toEqual(Uint8Array.of(255, 255, 192, 0, 2, 1));
  });

  it("are refused where they are names or have a zone", () => {
    for (const text of ["example.net", "fe80::1%eth0", "1.2.3", ""]) {
      expect(() => parseAddress(text)).toThrow("is no IP address");
    }
  });
});

describe("rough numbers", () => {
  it("are as near as they say, and exact while small", () => {
    const scale = { exponentBits: 4, mantissaBits: 4, unit: 2 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (value) => {
        const code = roughCode(value, scale);
        expect(Math.abs(roughValue(code, scale) - value)).toBeLessThanOrEqual(2 * roughErrorOf(code, scale));
        expect(roughCode(roughValue(code, scale), scale)).toBe(code);
      }),
    );
    expect(roughValue(roughCode(1e9, scale), scale)).toBe(2 * (31 << 14));
  });
});

describe("Histogram", () => {
  it("gives quantiles within an eighth", () => {
    const histogram = new Histogram();
    for (let us = 1; us <= 10_000; us++) histogram.add(us);
    expect(histogram.quantileUs(0.5) / 5_000).toBeCloseTo(1, 0.9);
    expect(histogram.quantileUs(0.99) / 9_900).toBeCloseTo(1, 0.9);
    expect(new Histogram().quantileUs(0.5)).toBe(0);
  });
});

describe("a key", () => {
  it("is hexadecimal and long enough to guard something", () => {
    expect(parseKey("00".repeat(16))).toHaveLength(16);
    for (const text of ["00".repeat(15), "secret", "0".repeat(33)]) expect(() => parseKey(text)).toThrow("HMAC key");
  });
});
