// What people type is read, what they read carries its unit, and nonsense is named.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatOctets,
  formatRate,
  formatSharePpm,
  formatUs,
  latencyUs,
  octets,
  parseDurationMs,
  parseDurationUs,
  parseRate,
  parseSharePpm,
} from "./units.ts";

describe("reading", () => {
  it.each([
    ["250us", 250],
    ["80ms", 80_000],
    ["1.5s", 1_500_000],
    ["5m", 300_000_000],
    ["2h", 7_200_000_000],
    ["1d", 86_400_000_000],
    [" 30 s ", 30_000_000],
  ])("reads the duration %s", (text, us) => {
    expect(parseDurationUs(text)).toBe(us);
  });

  it("reads milliseconds and rates", () => {
    expect(parseDurationMs("30s")).toBe(30_000);
    expect([parseRate("50mbit"), parseRate("1.5Gbit"), parseRate("0bit")]).toEqual([50e6, 1.5e9, 0]);
  });

  it("reads shares of a whole", () => {
    expect(["2%", "0.1%", "100 %", "250ppm", "0%"].map(parseSharePpm)).toEqual([20_000, 1_000, 1_000_000, 250, 0]);
  });

  it.each(["", "2", "100.1%", "-1%", "%", "2%%", "2 percent%", "1e1%"])("refuses the share %j", (text) => {
    expect(() => parseSharePpm(text)).toThrowError(
      expect.objectContaining({ code: "VALUE_INVALID", remedy: expect.stringContaining("0.1%") }),
    );
  });

  it.each(["", "80", "ms", "-5s", "1e3s", "5 minutes", "toString", `${"9".repeat(20)}d`])(
    "refuses the duration %j",
    (text) => {
      expect(() => parseDurationUs(text)).toThrowError(
        expect.objectContaining({ code: "VALUE_INVALID", remedy: expect.stringContaining("80ms") }),
      );
    },
  );

  it("refuses parts of a microsecond and negative counts", () => {
    expect(() => latencyUs(1.5)).toThrow(/latency "1.5"/);
    expect(() => octets(-1n)).toThrow(/octets "-1"/);
    expect([latencyUs(-20), octets(5n)]).toEqual([-20, 5n]);
  });
});

describe("writing", () => {
  it("keeps three figures and names the unit", () => {
    expect([0, 812, -812, 38_412, 2_500_000].map(formatUs)).toEqual(["0 µs", "812 µs", "-812 µs", "38.4 ms", "2.50 s"]);
    expect([0n, 999n, 1_050_000n, 3_200_000_000n].map(formatOctets)).toEqual(["0 B", "999 B", "1.05 MB", "3.20 GB"]);
  });

  it("writes rates and shares as they are read", () => {
    expect(["0bit", "999bit", "1kbit", "100mbit", "1.5gbit", "2000tbit"].map((t) => formatRate(parseRate(t)))).toEqual([
      "0 bit/s",
      "999 bit/s",
      "1 kbit/s",
      "100 Mbit/s",
      "1.5 Gbit/s",
      "2000 Tbit/s",
    ]);
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e6 }), (ppm) => parseSharePpm(formatSharePpm(ppm)) === ppm));
  });

  it("always ends in a unit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), (n) => /^\d+(\.\d+)? ([kMGTPE]?B)$/.test(formatOctets(n))),
    );
  });
});
