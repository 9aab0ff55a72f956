// Our own modules: whole to yanglint, and what the service hands out by them is data of theirs, to yanglint as to yang-js.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OUR_MODULES } from "../../src/topology/northbound/compiled.ts";
import {
  policiesFromYang,
  policiesToYang,
  popsFromYang,
  popsToYang,
} from "../../src/topology/northbound/northbound.ts";
import type { PolicySpec } from "../../src/wire/policy.ts";
import type { PopRecord } from "../../src/wire/pop.ts";

const MODULES = OUR_MODULES.map((name) => `yang/${name}.yang`);
const lint = (...words: readonly string[]) => spawnSync("yanglint", ["-p", "yang", ...words], { encoding: "utf8" });
const absent = (): string | undefined =>
  lint("--version").status === 0 ? undefined : "yanglint is not installed (make setup installs it)";

const policies: PolicySpec[] = [
  {
    name: "sea-fra",
    from: "sea",
    to: "fra",
    prefixes: ["2001:db8:100::/48", "192.0.2.0/24"],
    classes: [{ dscp: 46 }, { protocol: "tcp", destinationPort: 443, destination: "2001:db8::/32" }],
    intent: "lowest-latency",
    improve: true,
    maxDelayUs: 80_000,
    maxJitterUs: 5_000,
    maxLossPpm: 100,
    maxPriceMicroPerGB: 9_000,
    maxSids: 6,
    minBandwidthBps: Number.MAX_SAFE_INTEGER,
    must: ["country:CA"],
    never: ["pop:lon", "asn:64500"],
    pin: ["sea/alder>chi", "chi/oak>fra"],
    demandBps: 1_000_000_000,
    priority: 7,
    tenant: "acme",
  },
  { name: "a", from: "b", to: "c" },
];
const pops: PopRecord[] = [
  {
    name: "sea",
    site: "Seattle, Westin",
    latitude: 47.614,
    longitude: -122.338_6,
    country: "US",
    region: "na",
    asn: 64_500,
    tags: ["green"],
    owner: "acme",
    platform: "iosxr",
    transits: [{ name: "alder", asn: 64_501, capacityBps: 10_000_000_000, commitBps: 1, priceMicroPerGB: 0 }],
    segments: [
      {
        transit: "alder",
        to: "chi",
        device: "wg0",
        nexthop: "2001:db8:12::2",
        local: "2001:db8:12::1",
        encrypted: true,
        mtuOctets: 1_420,
        capacityBps: 1,
        priceMicroPerGB: "infinity",
        riskGroups: ["duct-7"],
      },
    ],
    address: "2001:db8::1",
    prefixes: ["2001:db8:1::/48"],
    egress: { device: "eth0", source4: "192.0.2.1", source6: "2001:db8:9::/48" },
  },
];

it("yanglint takes the modules", (ctx) => {
  const why = absent();
  if (why) return ctx.skip(why);
  const { status, stderr } = lint(...MODULES);
  expect([status, stderr]).toEqual([0, ""]);
});

it.for([
  ["policies", "config", policiesToYang(policies)],
  ["POPs", "config", popsToYang(pops)],
] as const)("yanglint takes %s as they are handed out", ([_what, type, data], ctx) => {
  const why = absent();
  if (why) return ctx.skip(why);
  const scratch = mkdtempSync(join(tmpdir(), "srwan-yang-"));
  try {
    const file = join(scratch, "data.json");
    writeFileSync(file, JSON.stringify(data));
    const { status, stderr } = lint("-t", type, ...MODULES, file);
    expect([status, stderr]).toEqual([0, ""]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

it("yang-js takes the same, and gives it back", () => {
  expect(policiesFromYang(JSON.parse(JSON.stringify(policiesToYang(policies))))).toEqual(policies);
  expect(popsFromYang(JSON.parse(JSON.stringify(popsToYang(pops))))).toEqual(pops);
});
