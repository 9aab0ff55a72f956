// The desired file as an operator writes it: a mistake is answered with file, line, field, value and remedy; and whatever
// bytes come, the answer is one such error or a whole state, never a part of one.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { SrwanError } from "../base/errors.ts";
import { formatIpv6, formatPrefix } from "./address.ts";
import { readDesired } from "./desired.ts";

const GOOD = {
  version: 1,
  domain: { blocks: ["fcbb:bb00::/32"], segments: ["seg-a"], management: ["192.0.2.0/24"] },
  tunnelSource: "fcbb:bb00:1::",
  hmacKeys: [{ id: 17, secret: "never shown" }],
  tenants: [{ name: "blue", table: 1001 }],
  localSids: [
    { sid: "fcbb:bb00:1::/48", behavior: "End", nextCsid: { blockBits: 32, nodeFunctionBits: 16 } },
    { sid: "fcbb:bb00:1:e000::", behavior: "End.X", nexthop: "fe80::1", device: "seg-a" },
    { sid: "fcbb:bb00:1:d000::", behavior: "End.DT46", tenant: "blue" },
  ],
  policies: [
    {
      name: "gold",
      paths: [
        { name: "north", segments: ["fcbb:bb00:2::", "fcbb:bb00:3::"], weight: 3 },
        { name: "south", segments: ["fcbb:bb00:4::"], mode: "encap", hmacKey: 17 },
      ],
      backup: { name: "direct", segments: ["fcbb:bb00:3::"], mode: "encap" },
      bindingSid: "fcbb:bb00:1:b000::",
    },
  ],
  steering: [{ policy: "gold", prefixes: ["10.0.0.0/8", "2001:db8::/32"], classes: [{ dscp: 46 }] }],
};
type Good = typeof GOOD;

/** A copy with one thing changed. */
function spoiled(change: (file: Good & Record<string, unknown>) => void): unknown {
  const copy = structuredClone(GOOD) as Good & Record<string, unknown>;
  change(copy);
  return copy;
}

function mistake(text: string): SrwanError {
  try {
    readDesired(text, "pop.yaml");
  } catch (error) {
    if (error instanceof SrwanError) return error;
    throw error;
  }
  throw new Error("the file was taken");
}

describe("a desired file", () => {
  it.each([
    ["YAML", stringify(GOOD)],
    ["JSON", JSON.stringify(GOOD)],
    ["large JSON", JSON.stringify(GOOD) + " ".repeat(300_000)],
  ])("is read as %s", (_what, text) => {
    const { policies, steering, localSids, tunnelSource } = readDesired(text, "pop.yaml");
    expect(formatIpv6(tunnelSource ?? (0n as never))).toBe("fcbb:bb00:1::");
    expect(localSids.map(({ prefix, behavior }) => `${formatPrefix(prefix)} ${behavior.action}`)).toEqual([
      "fcbb:bb00:1::/48 End",
      "fcbb:bb00:1:e000::/128 End.X",
      "fcbb:bb00:1:d000::/128 End.DT46",
    ]);
    expect(policies[0]?.paths.map(({ name, mode, weight }) => `${name} ${mode} ${weight}`)).toEqual([
      "north encap.red 3",
      "south encap 1",
    ]);
    expect(steering[0]?.prefixes.map(formatPrefix)).toEqual(["10.0.0.0/8", "2001:db8::/32"]);
  });

  it.each<[string, (file: Good & Record<string, unknown>) => void, RegExp, RegExp]>([
    ["a misspelt field", (f) => Object.assign(f, { polices: [] }), /polices is no field/, /Did you mean policies/],
    [
      "a field of a policy",
      (f) => Object.assign(f.policies[0] ?? {}, { wieght: 1 }),
      /policies\[0\]\.wieght is no field/,
      /Did you mean|Use one of name/,
    ],
    ["another version", (f) => Object.assign(f, { version: 2 }), /version = 2/, /version of this format/],
    ["no block", (f) => f.domain.blocks.splice(0), /domain\.blocks/, /./],
    [
      "a block that is no prefix",
      (f) => f.domain.blocks.splice(0, 1, "fcbb:bb00::1/32"),
      /blocks\[0\] : prefix "fcbb:bb00::1\/32"/,
      /fcbb:bb00::\/32/,
    ],
    [
      "a SID outside the blocks",
      (f) => Object.assign(f.localSids[0] ?? {}, { sid: "fc00::1" }),
      /localSids\[0\]\.sid = fc00::1\/128 lies in no block/,
      /fcbb:bb00::\/32/,
    ],
    [
      "a behavior nobody knows",
      (f) => Object.assign(f.localSids[0] ?? {}, { behavior: "End.Z" }),
      /localSids\[0\]\.behavior/,
      /./,
    ],
    [
      "End.X without a nexthop",
      (f) => Object.assign(f.localSids, { 1: { sid: "fcbb:bb00:1:e000::", behavior: "End.X" } }),
      /localSids\[1\].*End\.X needs nexthop/,
      /Add nexthop/,
    ],
    [
      "a tenant that is not there",
      (f) => Object.assign(f.localSids[2] ?? {}, { tenant: "blu" }),
      /tenant = blu is no tenant/,
      /Did you mean blue/,
    ],
    [
      "the same SID twice",
      (f) => Object.assign(f.localSids[1] ?? {}, { sid: "fcbb:bb00:1:d000::" }),
      /repeats the SID/,
      /./,
    ],
    [
      "a binding SID that is a local one",
      (f) => Object.assign(f.policies[0] ?? {}, { bindingSid: "fcbb:bb00:1:d000::" }),
      /repeats the SID/,
      /./,
    ],
    ["a path of no SIDs", (f) => f.policies[0]?.paths[0]?.segments.splice(0), /paths\[0\]\.segments/, /./],
    [
      "a weight of zero",
      (f) => Object.assign(f.policies[0]?.paths[0] ?? {}, { weight: 0 }),
      /paths\[0\]\.weight = 0/,
      /Share of the flows/,
    ],
    [
      "a key that is not there",
      (f) => Object.assign(f.policies[0]?.paths[1] ?? {}, { hmacKey: 18 }),
      /hmacKey = 18 is no key/,
      /hmacKeys/,
    ],
    [
      "two paths of one name",
      (f) => Object.assign(f.policies[0]?.paths[1] ?? {}, { name: "north" }),
      /paths\[1\] repeats the name "north"/,
      /./,
    ],
    [
      "steering into nothing",
      (f) => Object.assign(f.steering[0] ?? {}, { policy: "gold2" }),
      /policy = gold2 is no policy/,
      /Did you mean gold/,
    ],
    [
      "a port without a protocol",
      (f) => Object.assign(f.steering[0]?.classes[0] ?? {}, { destinationPort: 443 }),
      /destinationPort has no protocol/,
      /tcp or udp/,
    ],
    [
      "a backup in use that is not there",
      (f) => Object.assign(f.policies[0] ?? {}, { active: "backup", backup: undefined }),
      /active = backup/,
      /./,
    ],
  ])("with %s names it", (_what, change, message, remedy) => {
    const error = mistake(stringify(spoiled(change)));
    expect(error.message).toMatch(/^pop\.yaml:\d+: /);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
    expect(error.code).toBe("DESIRED_INVALID");
  });

  it("names the line where the mistake stands", () => {
    const text =
      "version: 1\ndomain:\n  blocks: [fcbb:bb00::/32]\nsteering:\n  - policy: gold\n    prefixes: [10.0.0.0/8]\n";
    expect(mistake(text).message).toMatch(/^pop\.yaml:5: steering\[0\]\.policy/);
    expect(mistake("version: 1\ndomain: {blocks: [\n").message).toMatch(/^pop\.yaml:\d+: neither YAML nor JSON/);
  });

  it("never shows a secret", () => {
    const error = mistake(stringify(spoiled((f) => Object.assign(f.hmacKeys[0] ?? {}, { secret: "s".repeat(65) }))));
    expect(`${error.message} ${error.remedy} ${JSON.stringify(error)}`).not.toContain("sss");
  });

  it("that is broken in any way is one clear error or a whole state, a thousand times and more", () => {
    const texts = [stringify(GOOD), JSON.stringify(GOOD)];
    const edit = fc.record({
      at: fc.nat(),
      drop: fc.nat(6),
      put: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom("&a ", "*a", "\n", "- ", "{", "]", ": ", "!!int ", "null", "0x", "\u0000", "\t"),
      ),
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
        const broken = edits.reduce((now, { at, drop, put }) => {
          const place = at % (now.length + 1);
          return now.slice(0, place) + put + now.slice(place + drop);
        }, text);
        expectErrorOrWhole(broken);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.anything({ maxDepth: 5 }), (value) => expectErrorOrWhole(JSON.stringify(value) ?? "")),
      {
        numRuns: 300,
      },
    );
  });

  it.each([
    ["nothing", ""],
    ["a scalar", "42"],
    ["a list", "- 1"],
    ["deep nesting", "[".repeat(2_000)],
    ["aliases that grow", `a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`],
    ["a key twice", "version: 1\nversion: 1\ndomain: {blocks: [fcbb:bb00::/32]}\n"],
    ["two documents", "version: 1\n---\nversion: 1\n"],
  ])("of %s is refused", (_what, text) => {
    expect(mistake(text).code).toBe("DESIRED_INVALID");
  });
});

function expectErrorOrWhole(text: string): void {
  try {
    expect(readDesired(text, "pop.yaml").domain.blocks.length).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof SrwanError)) throw error;
    expect([error.code, error.remedy.length > 0, /^pop\.yaml:\d+: /.test(error.message)]).toEqual([
      "DESIRED_INVALID",
      true,
      true,
    ]);
  }
}
