// A POP whose router is hardware, from joining to a policy that carries: what the agent put into the router's running, what
// it says of it, and what it does when somebody touches it, when a list goes down, and when a policy cannot be had at all.
// The router is netconfd with the real IOS-XR modules; the state that it lacks is told beside it.

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceIntent, IntentOf } from "../../src/wire/intent.ts";
import type { PolicyStatus } from "../../src/wire/policy.ts";
import { Namespace, whyNoNamespace } from "../support/namespace.ts";
import { vendorModules, whyNoNetconfd } from "./netconfd.ts";
import type { Verbs } from "./pop-stage.ts";

const why =
  whyNoNamespace() ??
  whyNoNetconfd() ??
  (vendorModules() === undefined ? "no vendors' modules: name their folder in YANG_MODULES" : undefined);

class Stage {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: { value?: unknown; error?: string }) => void>();
  #next = 0;

  constructor(child: ChildProcess) {
    this.#process = child;
    child.on("message", ({ id, ...answer }: { id: number }) => this.#waiting.get(id)?.(answer));
  }

  ask<V extends keyof Verbs>(verb: V, ...args: Parameters<Verbs[V]>): Promise<Awaited<ReturnType<Verbs[V]>>> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, ({ value, error }) =>
        error === undefined ? resolve(value as never) : reject(new Error(error)),
      );
      this.#process.send({ id, verb, args });
    });
  }
}

let namespace: Namespace | undefined;
let child: ChildProcess | undefined;
let stage: Stage;

beforeAll(async () => {
  if (why !== undefined) return;
  namespace = await Namespace.open();
  child = namespace.fork(`'${process.execPath}' '${join(import.meta.dirname, "pop-stage.ts")}'`);
  stage = new Stage(child);
  await stage.ask("begin");
  expect(await stage.ask("join")).toBe("");
  await stage.ask("startAgent");
}, 60_000);
afterAll(async () => {
  if (why !== undefined) return;
  await stage.ask("end");
  child?.disconnect();
  namespace?.close();
});

const CANDIDATE = "/api/v1/config/candidate/policies";
const commit = async (...policies: readonly { readonly name: string }[]): Promise<void> => {
  const to = { from: "sea", to: "fra" };
  for (const one of policies) await stage.ask("call", "PUT", `${CANDIDATE}/${one.name}`, { ...to, ...one });
  await stage.ask("call", "POST", "/api/v1/config/commit", { why: "for the test" });
};
const status = async (name: string): Promise<PolicyStatus | undefined> =>
  ((await stage.ask("call", "GET", `/api/v1/policies/${name}`)) as { status?: PolicyStatus }).status;
const soon = { timeout: 45_000, interval: 300 };
const held = async <K extends DeviceIntent["kind"]>(kind: K): Promise<IntentOf<K>[]> =>
  (await stage.ask("held")).filter((one): one is IntentOf<K> => one.kind === kind);
const gold = async (): Promise<IntentOf<"policy"> | undefined> =>
  (await held("policy")).find(({ name }) => name === "gold");
const GOLD = { name: "gold", prefixes: ["2001:db8:f::/48"] };

describe.skipIf(why !== undefined)(`a POP whose router is IOS-XR${why === undefined ? "" : `: ${why}`}`, () => {
  it("joins, and holds its locator and its SIDs", { timeout: 60_000 }, async () => {
    await expect.poll(() => held("locator"), soon).toMatchObject([{ name: "sea", prefix: "fcbb:bb00:2::/48" }]);
    await expect
      .poll(async () => (await held("sid")).map(({ behavior }) => behavior).toSorted(), soon)
      .toEqual(["End.DT46", "End.DT46", "End.X", "End.X"]);
  });

  it("carries a policy once its list was tried, and the service knows", { timeout: 90_000 }, async () => {
    await commit(GOLD);
    await expect.poll(async () => (await status("gold"))?.state, soon).toBe("PROGRAMMED");
    const [policy, routes] = [await gold(), await held("route")];
    const sids = (await status("gold"))?.paths.find(({ role }) => role === "active")?.sids;
    expect(policy?.paths.map((path) => path.sids)).toEqual([sids]);
    expect(policy?.backup).toBeDefined();
    expect(routes.find(({ prefix }) => prefix === "2001:db8:f::/48")).toMatchObject({ policy: "gold" });
    expect(await stage.ask("diff")).toEqual([]);
  });

  it("does not take what it cannot express, and says why", { timeout: 60_000 }, async () => {
    await commit({ name: "calls", classes: [{ dscp: 46 }] } as never);
    await expect.poll(async () => (await status("calls"))?.state, soon).toBe("REFUSED");
    expect(JSON.stringify((await status("calls"))?.trouble)).toMatch(
      /steered? by destination alone|steers by destination/,
    );
    expect((await held("policy")).map(({ name }) => name)).not.toContain("calls");
    expect((await status("gold"))?.state).toBe("PROGRAMMED");
  });

  it("puts right what somebody else touched, and tells of it", { timeout: 60_000 }, async () => {
    await stage.ask("edit", removal("gold"));
    const repairs = async () => JSON.stringify(await stage.ask("call", "GET", "/api/v1/events?type=drift-repaired"));
    await expect.poll(repairs, soon).toContain("gold");
    await expect.poll(async () => (await gold())?.paths.length, soon).toBe(1);
    await expect.poll(async () => (await status("gold"))?.state, soon).toBe("PROGRAMMED");
    // A route that leads elsewhere now.
    await stage.ask("edit", TAGGED);
    await expect.poll(() => stage.ask("diff"), soon).toEqual([]);
    await expect.poll(repairs, soon).toContain("route 2001:db8:f::/48");
  });

  it("leaves what others configured, be it by our own verb", { timeout: 60_000 }, async () => {
    await stage.ask("edit", OTHERS);
    await commit({ name: "silver", prefixes: ["2001:db8:e::/48"] } as never);
    await expect.poll(async () => (await status("silver"))?.state, soon).toBe("REFUSED");
    expect(JSON.stringify((await status("silver"))?.trouble)).toContain("RISK_FOREIGN");
  });

  it("leaves a list that the router says is down, before the service says so", { timeout: 90_000 }, async () => {
    const before = await gold();
    const [path] = before?.paths ?? [];
    await stage.ask("takeDown", [path?.sids[0] ?? ""]);
    await expect.poll(async () => (await gold())?.paths[0]?.sids, soon).toEqual(before?.backup?.sids);
    await expect.poll(async () => (await status("gold"))?.state, soon).not.toBe("POP-AWAY");
    const moved = async () => JSON.stringify(await stage.ask("call", "GET", "/api/v1/events?type=failed-over"));
    await expect.poll(moved, soon).toContain("gold");
    await stage.ask("takeDown", []);
  });

  it("goes on after it was killed, and takes away only what it made", { timeout: 90_000 }, async () => {
    await stage.ask("endAgent", "SIGKILL");
    await stage.ask("call", "DELETE", `${CANDIDATE}/gold`);
    await stage.ask("call", "DELETE", `${CANDIDATE}/calls`);
    await stage.ask("call", "DELETE", `${CANDIDATE}/silver`);
    await commit();
    await stage.ask("startAgent");
    await expect.poll(gold, soon).toBeUndefined();
    const routes = await held("route");
    expect(routes.some(({ prefix }) => prefix === "2001:db8:f::/48")).toBe(false);
    expect(routes).toMatchObject([{ prefix: "2001:db8:d::/48", policy: "by-hand" }]);
  });
});

const NC = "urn:ietf:params:xml:ns:netconf:base:1.0";
const removal = (name: string): string =>
  `<sr xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-segment-routing-ms-cfg"><traffic-engineering
  xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-infra-xtc-agent-cfg"><policies><policy xmlns:nc="${NC}" nc:operation="delete">
  <policy-name>srwan-${name}</policy-name></policy></policies></traffic-engineering></sr>`;
const route = (address: string, policy: string): string =>
  `<router xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-router-static-cfg"><static><address-family><ipv6><unicast>
  <prefixes><prefix><prefix-address>${address}</prefix-address><prefix-length>48</prefix-length><sr-policies>
  ${policy}</sr-policies></prefix></prefixes></unicast></ipv6></address-family></static></router>`;
const lead = (name: string, more: string): string =>
  `<sr-policy><sr-policy-name>${name}</sr-policy-name>${more}</sr-policy>`;
const TAGGED = route("2001:db8:f::", lead("srte_c_9_ep_2001:db8::9", "<tag>7</tag>"));
const OTHERS =
  route("2001:db8:e::", lead("srte_c_9_ep_2001:db8::9", "")) +
  route("2001:db8:d::", lead("srte_c_9_ep_2001:db8::9", "<description>srwan-by-hand</description>"));
