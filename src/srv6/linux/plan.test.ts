// Plans against the in-memory kernel: any state leads to any other, nothing foreign is touched, and no prefix that had a
// path and keeps one is without on the way.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desiredState } from "../../../test/support/desired.ts";
import { parsePrefix } from "../address.ts";
import type { Desired } from "../model.ts";
import { compile } from "./compile.ts";
import type { KernelObject, KernelRoute } from "./objects.ts";
import { applied, plan, planCommands, planDiff } from "./plan.ts";
import { identity, objectText } from "./text.ts";

const objects = (desired: Desired): KernelObject[] => compile(desired, { nexthopEncap: true });
const texts = (all: readonly KernelObject[]): string[] =>
  all.map((one) => `${identity(one)} = ${objectText(one)}`).sort();
const nothing = { ours: [], others: [] };

describe("plan", () => {
  it("leads from any state to any other, and then to nothing more", () => {
    fc.assert(
      fc.property(desiredState, desiredState, (a, b) => {
        const [from, to] = [objects(a), objects(b)];
        const there = applied({ ours: from, others: [] }, plan(to, { ours: from, others: [] }).steps);
        expect(texts(there.ours)).toEqual(texts(to));
        expect(plan(to, there).steps).toEqual([]);
      }),
    );
  });

  it("never names an object twice in one state", () => {
    fc.assert(
      fc.property(desiredState, (state) => {
        const names = objects(state).map(identity);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it("adds before it shifts, shifts before it removes", () => {
    fc.assert(
      fc.property(desiredState, desiredState, (a, b) => {
        const from = objects(a);
        const wanted = new Set(objects(b).map(identity));
        const order = plan(objects(b), { ours: from, others: [] }).steps.map(({ change, object }) =>
          change === "delete" ? (wanted.has(identity(object)) ? 0 : 2) : change === "replace" ? 1 : 0,
        );
        expect(order).toEqual(order.toSorted());
      }),
    );
  });

  it("moves a policy of any size in one step", () => {
    fc.assert(
      fc.property(desiredState, (state) => {
        const [policy] = state.policies;
        if (!policy || policy.bindingSid !== undefined || policy.active === "backup") return;
        const [path, ...others] = policy.paths;
        if (!path) return;
        const moved = { ...path, segments: [...path.segments, ...path.segments] };
        const after = { ...state, policies: [{ ...policy, paths: [moved, ...others] }, ...state.policies.slice(1)] };
        const { steps } = plan(objects(after), { ours: objects(state), others: [] });
        expect(steps.map(({ change, object }) => `${change} ${object.kind}`)).toEqual(["replace nexthop"]);
      }),
    );
  });

  it("leaves what somebody else holds, and names both", () => {
    const [mine] = objects(desired({ prefix: "10.0.0.0/16" })).filter(
      (one): one is KernelRoute => one.kind === "route",
    );
    if (!mine) throw new Error("the state has no route");
    const theirs: KernelRoute = { ...mine, protocol: 4, target: { kind: "discard", how: "blackhole" } };
    const { steps, foreign } = plan([mine], { ours: [], others: [theirs] });
    expect(steps).toEqual([]);
    expect(foreign).toEqual([{ wanted: mine, found: theirs }]);
    expect(planDiff({ steps, foreign })).toEqual([
      "! route 10.0.0.0/16 table 254 metric 64 is held by blackhole 10.0.0.0/16 proto static metric 64",
    ]);
  });

  it("prints as the commands an engineer would type", () => {
    const { steps } = plan(objects(desired({ prefix: "10.0.0.0/16" })), nothing);
    expect(planCommands(steps).map((line) => line.replaceAll(/1[34]\d{8}/g, "ID"))).toEqual([
      "ip -6 nexthop add id ID encap seg6 mode encap.red segs fcbb:bb00:1::,fcbb:bb00:2:: dev lo proto 196",
      "ip nexthop add id ID group ID proto 196",
      "ip -4 route add 10.0.0.0/16 nhid ID proto 196 metric 64",
    ]);
  });
});

function desired({ prefix }: { readonly prefix: string }): Desired {
  const segments = [parsePrefix("fcbb:bb00:1::").address, parsePrefix("fcbb:bb00:2::").address] as never;
  return {
    domain: { blocks: [parsePrefix("fcbb:bb00::/32")], segments: [], management: [], requireHmac: false },
    hmacKeys: [],
    tenants: [],
    localSids: [],
    policies: [{ name: "p", active: "paths", paths: [{ name: "a", segments, weight: 1, mode: "encap.red" }] }],
    steering: [{ policy: "p", prefixes: [parsePrefix(prefix)], classes: [], table: 254, metric: 64 }],
  };
}
