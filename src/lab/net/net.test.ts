// What a node gets: words as containerlab splits them, addresses and names for all, routes along the shortest delay.

import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, formatIpv6, hostPrefix } from "../../srv6/address.ts";
import { directions, type Lab } from "../model.ts";
import { readLab } from "../topology.ts";
import { addressOf, hostsText, linkLocal, prefixesOf } from "./addresses.ts";
import { namespacesOf } from "./names.ts";
import { nodeScript, settingsScript } from "./node-script.ts";
import { nextHopsTo } from "./routes.ts";
import { quoted, splitWords } from "./words.ts";

describe("words", () => {
  it.each([
    ["ip address add 2001:db8::1/128 dev lo", ["ip", "address", "add", "2001:db8::1/128", "dev", "lo"]],
    [`sh -c 'echo "a b" | cat'`, ["sh", "-c", 'echo "a b" | cat']],
    [`a "b \\" c" d\\ e`, ["a", 'b " c', "d e"]],
    [`  x  ''  `, ["x", ""]],
    [`a'b'"c"`, ["abc"]],
    ["", []],
    ["echo 'open", undefined],
  ])("of %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it("come through a shell as they were, whatever is in them", () => {
    const odd = ["$HOME", "`id`", "a'b", '"', "*", ";rm", "\\", "", "line\nbreak", "ü"];
    const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${odd.map(quoted).join(" ")}`], { encoding: "utf8" });
    expect(stdout.split("\0").slice(0, -1)).toEqual(odd);
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(words.map(quoted).join(" "))).toEqual(words);
      }),
    );
  });
});

/** A lab of `count` nodes with links of random delays, one way and the other. */
const labs = fc.integer({ min: 2, max: 9 }).chain((count) =>
  fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1), fc.nat(90), fc.nat(90)), { maxLength: 20 }).map((roads) => {
    const joined = roads.filter(([a, b]) => a !== b);
    const links = joined.map(
      ([a, b, there, back], i) =>
        `    - {endpoints: ["n${a}:e${i}", "n${b}:e${i}"], vars: {srwan.delay: ${there}ms/${back}ms}}`,
    );
    const nodes = Array.from({ length: count }, (_, i) => `    n${i}: {kind: linux}`);
    return readLab(
      `name: any\ntopology:\n  nodes:\n${nodes.join("\n")}\n  links:\n${links.join("\n") || "    []"}\n`,
      "any.yml",
    );
  }),
);

/** Least delay plus one a hop, by trying until nothing gets better (Bellman–Ford). */
function costs(lab: Lab, destination: string): Map<string, number> {
  const cost = new Map([[destination, 0]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to, does } of directions(lab)) {
      const through = (cost.get(to.node) ?? Number.POSITIVE_INFINITY) + does.delayUs + 1;
      if (through >= (cost.get(from.node) ?? Number.POSITIVE_INFINITY)) continue;
      cost.set(from.node, through);
      changed = true;
    }
  }
  return cost;
}

describe("routes", () => {
  it("lead from every node that can reach it to the destination, along the least delay", () => {
    fc.assert(
      fc.property(labs, (lab) => {
        for (const { name } of lab.nodes) {
          const cost = costs(lab, name);
          const hops = nextHopsTo(lab, name);
          expect(new Set(hops.keys())).toEqual(new Set([...cost.keys()].filter((node) => node !== name)));
          for (const start of hops.keys()) {
            let [at, sum] = [start, 0];
            for (let steps = 0; at !== name; steps++) {
              expect(steps).toBeLessThan(lab.nodes.length);
              const hop = hops.get(at);
              const out = directions(lab).find(({ from }) => from.node === at && from.interface === hop?.out.interface);
              expect(out?.to.node).toBe(hop?.via);
              sum += (out?.does.delayUs ?? Number.NaN) + 1;
              at = hop?.via ?? "";
            }
            expect(sum).toBe(cost.get(start));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const MIXED = readLab(
  `name: mixed
topology:
  defaults: {kind: linux}
  nodes:
    plain:
    pop: {labels: {srwan.pop: sea, srwan.locator: "fcbb:bb00:1::/48"}, sysctls: {net.ipv6.conf.all.forwarding: 0}, exec: ["echo it's"]}
    both: {labels: {srwan.pop: fra, srwan.locator: "fcbb:bb00:2::/48", srwan.address: "2001:db8:2::1"}}
  links:
    - endpoints: ["plain:eth1", "pop:eth1"]
`,
  "mixed.clab.yml",
);
const [plain, pop, both] = MIXED.nodes as [Lab["nodes"][0], Lab["nodes"][0], Lab["nodes"][0]];

describe("addresses", () => {
  it("are the node's own, else the first of its locator, else one of the lab's", () => {
    const all = [plain, pop, both].map((node) => formatIpv6(addressOf(MIXED, node)));
    expect(all).toEqual(["fd53:5257:414e::1", "fcbb:bb00:1::1", "2001:db8:2::1"]);
  });

  it("are routed: the locator, and the address where it lies outside", () => {
    expect([plain, pop, both].map((node) => prefixesOf(MIXED, node).length)).toEqual([1, 1, 2]);
    for (const node of MIXED.nodes) {
      const routed = prefixesOf(MIXED, node);
      expect(routed.some((prefix) => covers(prefix, hostPrefix(addressOf(MIXED, node))))).toBe(true);
    }
  });

  it("have names: the node's and its POP's", () => {
    expect(hostsText(MIXED)).toContain("fcbb:bb00:1::1 pop sea\n");
    expect(hostsText(MIXED)).toContain("fd53:5257:414e::1 plain\n");
  });

  it("tell nodes apart on links", () => {
    expect(new Set(MIXED.nodes.map((node) => linkLocal(MIXED, node))).size).toBe(3);
    expect(namespacesOf(MIXED)).toEqual(["srwan-mixed", "srwan-mixed-plain", "srwan-mixed-pop", "srwan-mixed-both"]);
  });
});

describe("a node's script", () => {
  it("gives what the node does not give itself, and runs its commands without a shell's eyes", () => {
    const script = nodeScript(MIXED, pop, undefined);
    expect(script).toContain("addr add fcbb:bb00:1::1/128 dev lo");
    expect(script).toContain(`'echo it'\\''s\` has an open quote'`.slice(1));
    expect(nodeScript(MIXED, both, undefined)).not.toContain("dev lo");
  });

  it("sets the file's settings after our own", () => {
    const script = settingsScript(pop);
    const ours = script.indexOf("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
    const theirs = script.indexOf("echo '0' > '/proc/sys/net/ipv6/conf/all/forwarding'");
    expect([ours > 0, theirs > ours]).toEqual([true, true]);
  });

  it("is one that a shell can read", () => {
    const hop = { out: { node: "pop", interface: "eth1" }, via: "plain" };
    for (const script of [settingsScript(pop), nodeScript(MIXED, pop, new Map([["plain", hop]]))]) {
      expect(spawnSync("sh", ["-n"], { input: script, encoding: "utf8" }).stderr).toBe("");
    }
  });
});
