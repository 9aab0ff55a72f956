// What the route verbs show: a plan that a shell takes back whole from a narrow terminal, and documents that say all.

import { describe, expect, it } from "vitest";
import { parsePrefix } from "../../srv6/address.ts";
import { readDesired } from "../../srv6/desired.ts";
import { compile } from "../../srv6/linux/compile.ts";
import { edgeText } from "../../srv6/linux/edge.ts";
import type { KernelRoute } from "../../srv6/linux/objects.ts";
import { plan, planCommands } from "../../srv6/linux/plan.ts";
import { parseSid } from "../../srv6/sid.ts";
import type { Screen } from "../verb.ts";
import { applyView, flushView, planView, showView } from "./views.ts";

const terminal: Screen = { width: 80, colour: false };
const file: Screen = { width: undefined, colour: false };

const desired = readDesired(
  `
version: 1
domain: { blocks: ["fcbb:bb00::/32"] }
localSids: [{ sid: "fcbb:bb00:1:d000::", behavior: End.DT6, table: 254 }]
policies:
  - name: long
    bindingSid: "fcbb:bb00:1:b000::"
    paths:
      - name: way
        segments: ["fcbb:bb00:1111:2222:3333:4444:5555:6666", "fcbb:bb00:2::", "fcbb:bb00:3::"]
steering: [{ policy: long, prefixes: ["2001:db8:3::/48"], classes: [{ dscp: 46 }] }]
`,
  "pop.yaml",
);
const objects = compile(desired, { nexthopEncap: true });
const theirs: KernelRoute = {
  kind: "route",
  prefix: parsePrefix("2001:db8:3::/48"),
  table: 254,
  metric: 64,
  protocol: 186,
  target: { kind: "hops", hops: [{ device: "eth0", gateway: parseSid("fe80::1"), weight: 1 }] },
};
const fresh = {
  plan: plan(objects, { ours: [], others: [theirs] }),
  sidListsIn: "nexthops" as const,
  edge: edgeText(desired),
  source: parseSid("fcbb:bb00:1::1"),
};
const none = { steps: [], troubles: [], inPlace: 0, edgeChanged: false, leftOver: [] };
const lines = (text: string): string[] => text.split("\n");

describe("a plan", () => {
  it("fits a terminal, and a shell reads the same commands from it", () => {
    const shown = planView(fresh, false).text(false, terminal);
    // A list of SIDs is one word, and a word is never cut.
    expect(lines(shown).filter((line) => line.length > 80 && !line.includes(","))).toEqual([]);
    const joined = shown.replaceAll(/ \\\n +/g, " ");
    for (const command of planCommands(fresh.plan.steps)) expect(lines(joined)).toContain(command);
  });

  it("off a terminal has one line a step, and names what is in the way", () => {
    const shown = lines(planView(fresh, false).text(false, file));
    expect(shown.slice(0, 2)).toEqual([
      "nft -f -   # table inet srwan, in one transaction; -o wide shows it",
      "ip sr tunsrc set fcbb:bb00:1::1",
    ]);
    expect(shown.slice(-2)).toEqual([
      "# in the way, not ours: 2001:db8:3::/48 via fe80::1 dev eth0 proto bgp metric 64",
      expect.stringMatching(/^# {3}wanted: 2001:db8:3::\/48 nhid \d+ proto 196 metric 64$/),
    ]);
  });

  it("shows the whole table with -o wide, and tells the two rules of a class apart", () => {
    expect(planView(fresh, false).text(true, file)).toContain(`nft -f - <<'END'\n${fresh.edge}END\n`);
    const rules = lines(planView(fresh, true).text(false, file)).filter((line) => line.startsWith("+ rule"));
    expect(rules.map((line) => line.slice(0, 10))).toEqual(["+ rule -4 ", "+ rule -6 "]);
  });

  it("counts the edge and the source of tunnels among its changes", () => {
    expect(planView(fresh, false).data).toMatchObject({
      changes: fresh.plan.steps.length + 2,
      sidListsIn: "nexthops",
      tunnelSource: "fcbb:bb00:1::1",
      edgeTable: fresh.edge,
      foreign: [{ found: expect.stringContaining("proto bgp") }],
    });
    const settled = { ...fresh, plan: plan([], { ours: [], others: [] }), edge: undefined, source: undefined };
    expect(planView(settled, false).data).toMatchObject({ changes: 0, edge: "in place" });
    expect(planView(settled, true).text(false, terminal)).toBe("Nothing to do: what is wanted is in place.");
  });
});

describe("a report", () => {
  it("says what is not in place, with the reason, and fails", () => {
    const [object] = objects.filter(({ kind }) => kind === "route");
    if (!object) throw new Error("no route");
    const view = applyView({ ...none, troubles: [{ object, state: "failed", why: "ENODEV: gone" }] }, "nexthops");
    expect(view.exitCode).toBe(1);
    const shown = lines(view.text(false, terminal));
    expect(shown[0]).toMatch(/^failed {3}local fcbb:bb00:1:d000::\/128/);
    expect(shown.slice(1, -1).every((line) => line.startsWith("         "))).toBe(true);
    expect(shown.at(-1)).toBe("0 of 1 objects in place, 0 changed; 1 in trouble, 0 left over.");
  });

  it("of a flush fails when something of ours is still there", () => {
    expect(flushView(none)).toMatchObject({ exitCode: 0 });
    const view = flushView({ ...none, leftOver: objects.slice(0, 1) });
    expect([view.exitCode, view.text(false, file)]).toEqual([1, expect.stringContaining("1 left over")]);
  });
});

describe("what is in the kernel", () => {
  it("shows counters of SIDs and of a binding SID's members, in the order things lean on each other", () => {
    const counters = { packets: 3n, octets: 300n, errors: 1n };
    const counted = objects.map((object) =>
      object.kind === "nexthop" && object.hop.encap?.kind === "seg6local"
        ? { ...object, hop: { ...object.hop, encap: { ...object.hop.encap, counters } } }
        : object,
    );
    const shown = lines(showView(counted.toReversed()).text(false, file));
    expect(shown[0]).toMatch(/^KIND +PACKETS +OCTETS +OBJECT$/);
    expect(
      shown.filter((line) => /^nexthop +3 +300 +id \d+ encap seg6local action End\.B6\.Encaps/.test(line)),
    ).toHaveLength(1);
    const kinds = shown.slice(1, -1).map((line) => line.split(" ")[0]);
    expect([...new Set(kinds)]).toEqual(["nexthop", "group", "route", "rule"]);
  });
});
