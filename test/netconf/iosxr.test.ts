// The full life of every IOS-XR intent on a server that holds the real modules: set, read back as the intent, changed, taken
// away. Which modules load there, the server says.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { removingChange, settingChange } from "../../src/netconf/devices/change.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import { examplesOf } from "../../src/netconf/devices/examples.ts";
import { subtree } from "../../src/netconf/filter.ts";
import * as operations from "../../src/netconf/operations.ts";
import type { Change } from "../../src/netconf/transaction/change.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { elementsOf, find } from "../../src/netconf/xml/element.ts";
import type { DeviceIntent } from "../../src/wire/intent.ts";
import { transactor } from "./change-world.ts";
import { Netconfd, vendorModules, whyNoNetconfd } from "./netconfd.ts";

const MODULES = [
  "Cisco-IOS-XR-segment-routing-ms-cfg",
  "Cisco-IOS-XR-segment-routing-srv6-cfg",
  "Cisco-IOS-XR-infra-xtc-agent-cfg",
  "Cisco-IOS-XR-um-router-static-cfg",
  "Cisco-IOS-XR-um-policymap-classmap-cfg",
  "Cisco-IOS-XR-um-interface-cfg",
  "Cisco-IOS-XR-um-if-service-policy-qos-cfg",
];
const folder = vendorModules();
const why = whyNoNetconfd() ?? (folder === undefined ? "no vendors' modules (scripts/fetch-yang.ts)" : undefined);
const driver = driverOf("iosxr");
let server: Netconfd;

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start(`${folder}/iosxr`, MODULES);
});
afterAll(() => server?.stop());

// Nothing forwards there: what runs is a configuration.
const options = { clock: new RealClock(), verifies: false };
const run = async (change: Change) => {
  const { document } = await transact(
    [change],
    transactor(() => server.session()),
  );
  return { outcome: document.outcome, problem: document.devices[0]?.problem?.message ?? null };
};
async function ours(): Promise<readonly DeviceIntent[]> {
  const session = await server.session();
  const { root } = await session.call(operations.getConfig("running", { filter: subtree(driver.everything) }));
  await session.close();
  const data = find(root, "data");
  return driver.read(data ? elementsOf(data) : []).map(unordered);
}
/** The server gives lists by their keys; which of several weighted paths comes first means nothing. */
const unordered = (intent: DeviceIntent): DeviceIntent =>
  intent.kind === "policy" ? { ...intent, paths: intent.paths.toSorted((a, b) => (a.name < b.name ? -1 : 1)) } : intent;
const APPLIED = { outcome: "APPLIED", problem: null };

describe("IOS-XR's modules in netconfd", () => {
  const examples = examplesOf("iosxr").filter(({ intent }) => driver.supports(intent).supported);

  it.for(examples.map(({ name, intent }) => [name, intent] as const))(
    "%s: set, read back, gone",
    async ([, intent], ctx) => {
      if (why) ctx.skip(why);
      const { locator: _unsaid, ...told } = intent as Extract<DeviceIntent, { kind: "sid" }>;
      const wanted = intent.kind === "sid" ? told : unordered(intent);
      expect(await run(settingChange("sea", driver, [intent], options))).toEqual(APPLIED);
      expect(await ours()).toEqual([wanted]);
      expect(await run(removingChange("sea", driver, [intent]))).toEqual(APPLIED);
      expect(await ours()).toEqual([]);
    },
  );

  it("several as one edit; a list that is gone from a policy is gone from the router", async (ctx) => {
    if (why) ctx.skip(why);
    const of = (name: string) => examples.find((one) => one.name === name)?.intent as DeviceIntent;
    const asRead = (...all: DeviceIntent[]) => all.map(unordered);
    const [locator, backed, route] = [of("locator-usid"), of("policy-backup"), of("route-ipv6")];
    expect(await run(settingChange("sea", driver, [locator, backed, route], options))).toEqual(APPLIED);
    expect(await ours()).toEqual(asRead(locator, backed, route));
    const plain = of("policy");
    expect(await run(settingChange("sea", driver, [plain], options))).toEqual(APPLIED);
    expect(await ours()).toEqual(asRead(locator, plain, route));
    expect(await run(removingChange("sea", driver, [locator, backed, route]))).toEqual(APPLIED);
    expect(await ours()).toEqual([]);
  });
});
