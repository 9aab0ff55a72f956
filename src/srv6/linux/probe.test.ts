// Probe addresses are the same on both ends, and a probe's way is the path's own.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, formatPrefix, parsePrefix } from "../address.ts";
import { readDesired } from "../desired.ts";
import { probeAddresses, withProbes } from "../probe.ts";
import { probeNamespaceCommands } from "./probe-namespace.ts";

const DESIRED = readDesired(
  `version: 1
domain: { blocks: ["fcbb:bb00::/32"], segments: [] }
policies:
  - name: gold
    paths:
      - { name: upper, segments: ["fcbb:bb00:2::", "fcbb:bb00:4:d000::"], weight: 3 }
      - { name: lower, segments: ["fcbb:bb00:3::", "fcbb:bb00:4:d000::"] }
    backup: { name: direct, segments: ["fcbb:bb00:4:d000::"], mode: encap }
    active: backup
`,
  "a.yaml",
);
const FAR = parsePrefix("2001:db8:f::/64");

describe("probe addresses", () => {
  it("are all different, inside the prefix, and the same in any order of names", () => {
    const prefixes = fc.constantFrom("2001:db8:f::/64", "198.51.100.0/24", "2001:db8::/32", "198.51.100.128/26");
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(prefixes, names, (text, names) => {
        const prefix = parsePrefix(text);
        const placed = probeAddresses(prefix, names);
        expect(new Set([...placed.values()].map(formatPrefix)).size).toBe(names.length);
        for (const address of placed.values()) expect(covers(prefix, address)).toBe(true);
        expect([...probeAddresses(prefix, names.toReversed())].sort()).toEqual([...placed].sort());
      }),
    );
  });

  it("are refused where a prefix has no room", () => {
    expect(() => probeAddresses(parsePrefix("198.51.100.0/28"), ["a"])).toThrow("too small");
  });
});

describe("a desired state with probes", () => {
  it("has a policy and a host route for each path, backup and all, and leaves the rest as it was", () => {
    const { desired, probes } = withProbes(DESIRED, [{ policy: "gold", far: FAR }]);
    expect(probes.map(({ path }) => path)).toEqual(["upper", "lower", "direct"]);
    expect(desired.policies.slice(0, 1)).toEqual(DESIRED.policies);
    const added = desired.policies.slice(1);
    expect(added.map(({ name, active, paths }) => [name, active, paths[0]?.weight, paths[0]?.mode])).toEqual([
      ["probe.gold.upper", "paths", 1, "encap.red"],
      ["probe.gold.lower", "paths", 1, "encap.red"],
      ["probe.gold.direct", "paths", 1, "encap"],
    ]);
    expect(desired.steering.map(({ policy, prefixes }) => [policy, prefixes])).toEqual(
      probes.map(({ path, address }) => [`probe.gold.${path}`, [address]]),
    );
  });

  it("is refused for a policy that is not there", () => {
    expect(() => withProbes(DESIRED, [{ policy: "silver", far: FAR }])).toThrow("no policy silver");
  });
});

it("a probe namespace says what it will do before it is done", () => {
  const commands = probeNamespaceCommands({ name: "probe", device: "srwan-probe", near: [FAR] });
  expect(commands[0]).toBe("netns add probe");
  expect(commands.slice(-2)).toEqual([
    "-n probe route add local 2001:db8:f::/64 dev lo",
    "route add 2001:db8:f::/64 via fe80::2 dev srwan-probe",
  ]);
});
