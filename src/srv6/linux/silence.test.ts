// What compile makes of a desired state where a kernel would take something else in silence and forward nothing.

import { describe, expect, it } from "vitest";
import { hostPrefix, parsePrefix } from "../address.ts";
import type { EncapMode } from "../behavior.ts";
import type { Desired, Steering } from "../model.ts";
import { parseSid } from "../sid.ts";
import { compile } from "./compile.ts";
import { objectText } from "./text.ts";

const EMPTY: Desired = {
  domain: { blocks: [parsePrefix("fcbb:bb00::/32")], segments: [], management: [], requireHmac: false },
  hmacKeys: [],
  tenants: [],
  localSids: [],
  policies: [],
  steering: [],
};

const steered = (mode: EncapMode, more: Partial<Steering>): Desired => ({
  ...EMPTY,
  policies: [
    { name: "p", active: "paths", paths: [{ name: "only", segments: [parseSid("fcbb:bb00:2::")], weight: 1, mode }] },
  ],
  steering: [{ policy: "p", prefixes: [], table: 254, metric: 64, classes: [], ...more }],
});

const texts = (desired: Desired, nexthopEncap = true): string[] => compile(desired, { nexthopEncap }).map(objectText);

describe("compile", () => {
  it("puts SIDs on lo as local routes, the only ones the kernel heeds there", () => {
    const prefix = hostPrefix(parseSid("fcbb:bb00:1:1::"));
    expect(texts({ ...EMPTY, localSids: [{ prefix, behavior: { action: "End" }, counted: true }] })).toEqual([
      "local fcbb:bb00:1:1::/128 encap seg6local action End count dev lo table 254 proto 196 metric 1024",
    ]);
  });

  it("does the same with the SID lists of IPv6 routes where there are no nexthop objects, and not with those of IPv4", () => {
    const both = steered("encap", { prefixes: [parsePrefix("2001:db8::/48"), parsePrefix("192.0.2.0/24")] });
    expect(texts(both, false)).toEqual([
      "local 2001:db8::/48 encap seg6 mode encap segs fcbb:bb00:2:: dev lo table 254 proto 196 metric 64",
      "192.0.2.0/24 encap seg6 mode encap segs fcbb:bb00:2:: dev lo proto 196 metric 64",
    ]);
  });

  it("refuses IPv4 into a path that inserts its SID list, naming both", () => {
    const four = steered("inline", { prefixes: [parsePrefix("2001:db8::/48"), parsePrefix("192.0.2.0/24")] });
    expect(() => compile(four, { nexthopEncap: true })).toThrow(/p cannot take 192.0.2.0\/24: its path only is inline/);
  });

  it("steers a class into such a path for IPv6 alone", () => {
    const rules = texts(steered("inline", { classes: [{ dscp: 46 }] })).filter((text) => text.includes(" priority"));
    expect(rules).toHaveLength(1);
    expect(texts(steered("encap", { classes: [{ dscp: 46 }] })).filter((t) => t.includes(" priority"))).toHaveLength(2);
  });
});
