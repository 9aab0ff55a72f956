// The full life of every IOS-XR intent on a server that holds the real modules: set, read back as the intent, changed, taken
// away; edits written by hand for these modules; and what the device cannot take, refused before it reaches running.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { removingChange, settingChange } from "../../src/netconf/devices/change.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import { examplesOf } from "../../src/netconf/devices/examples.ts";
import { subtree } from "../../src/netconf/filter.ts";
import * as operations from "../../src/netconf/operations.ts";
import { withOperation } from "../../src/netconf/operations.ts";
import { type Change, expectedOf, readBackOf } from "../../src/netconf/transaction/change.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { elementsOf, find, type XmlElement } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import type { DeviceIntent } from "../../src/wire/intent.ts";
import { srwan } from "../support/cli.ts";
import { transactor } from "./change-world.ts";
import { IOSXR_MODULES, Netconfd, vendorModules, whyNoNetconfd } from "./netconfd.ts";

const folder = vendorModules();
const why =
  whyNoNetconfd() ??
  (folder === undefined
    ? "no vendors' modules: name their folder in YANG_MODULES, or put them at ../shared/yang (scripts/fetch-yang.ts)"
    : undefined);
const driver = driverOf("iosxr");
let server: Netconfd;

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start(resolve(folder ?? ".", "iosxr"), IOSXR_MODULES);
});
afterEach(() => server?.leave());
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
  it("are all announced", async (ctx) => {
    if (why) ctx.skip(why);
    const { capabilities } = await server.session();
    expect(IOSXR_MODULES.filter((name) => capabilities.module(name) === undefined)).toEqual([]);
  });

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

  it("what does not work goes back: this server has no state of a locator", async (ctx) => {
    if (why) ctx.skip(why);
    const locator = examples.find(({ name }) => name === "locator-usid")?.intent as DeviceIntent;
    const waiting = { clock: new RealClock(), workMs: 10 };
    const { outcome, problem } = await run(settingChange("sea", driver, [locator], waiting));
    expect([outcome, problem]).toEqual(["NOT_APPLIED", expect.stringContaining("no locator srwan-sea yet")]);
    expect(await ours()).toEqual([]);
  });
});

describe("edits written by hand for IOS-XR's modules", () => {
  const example = (name: string): readonly XmlElement[] =>
    parseXmlList(readFileSync(join(folder ?? "", "examples", `iosxr-${name}.xml`), "utf8"));
  const changeOf = (edit: readonly XmlElement[]): Change => ({
    device: "xr",
    edit,
    readBack: readBackOf(edit),
    expected: expectedOf(edit),
  });

  it.for(["srv6-locator", "srv6-te-policy", "static-sid", "static-route", "classmap"])(
    "%s is taken and given back, and running proves both",
    async (name, ctx) => {
      if (why) ctx.skip(why);
      const edit = example(name);
      expect(await run(changeOf(edit))).toEqual(APPLIED);
      const removal = edit.map((one) => withOperation({ ...one, children: [] }, "remove"));
      expect(await run({ ...changeOf(removal), readBack: readBackOf(edit) })).toEqual(APPLIED);
    },
  );

  it("refuse a class without an action, which other judges of YANG accept: NOT_APPLIED", async (ctx) => {
    if (why) ctx.skip(why);
    expect(await run(changeOf(example("classmap")))).toEqual(APPLIED);
    const withIdleClass = example("qos");
    const { document } = await transact(
      [changeOf(withIdleClass)],
      transactor(() => server.session()),
    );
    const [device] = document.devices;
    expect(device).toMatchObject({ outcome: "NOT_APPLIED", problem: { code: "NETCONF_RPC_ERROR" } });
    expect(device?.after).toBe(device?.before);
    expect(await run(changeOf(withIdleClass.map(withoutIdle)))).toEqual(APPLIED);
  });
});

/** Without the classes that have nothing but their keys. */
function withoutIdle(element: XmlElement): XmlElement {
  const isIdle = (child: XmlElement): boolean => child.name === "class" && elementsOf(child).length === 2;
  const children = element.children
    .filter((child) => typeof child === "string" || !isIdle(child))
    .map((child) => (typeof child === "string" ? child : withoutIdle(child)));
  return { ...element, children };
}

describe("srwan device, with a router", () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "srwan-device-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));
  const file = (text: string): string => {
    const path = join(scratch, "intents.yaml");
    writeFileSync(path, text);
    return path;
  };
  const device = (verb: string, ...words: readonly string[]) => {
    const key = readFileSync(join(server.folder, "host.pub"), "utf8").trim();
    const connect = ["--host-key", key, "--identity", join(server.folder, "user"), "--platform", "iosxr"];
    return srwan(["device", verb, `ssh://${server.user}@127.0.0.1:${server.port}`, ...words, ...connect]);
  };
  const ROUTE = `intents:
  - {kind: route, prefix: "2001:db8:100::/48", policy: sea-fra, color: 100, endpoint: "2001:db8::3"}
`;
  const journal = () => ["--journal", join(scratch, "journal")];

  it("applies, lists, sees what somebody touched, and takes away", async (ctx) => {
    if (why) ctx.skip(why);
    const intents = file(ROUTE);
    const applied = await device("apply", "--intent", intents, ...journal());
    expect([applied.err, applied.exit]).toEqual(["", 0]);
    expect(applied.out).toContain("APPLIED");
    expect((await device("list")).out).toMatch(/route 2001:db8:100::\/48 +over sea-fra/);
    expect((await device("diff", "--intent", intents)).exit).toBe(0);
    await edit(BESIDE);
    const { exit, out } = await device("diff", "--intent", intents);
    expect([exit, out]).toEqual([1, expect.stringMatching(/tag.* is there/)]);
    expect((await device("apply", "--intent", intents, "--remove", ...journal())).exit).toBe(0);
    expect((await device("list")).out).toBe("The router holds nothing of ours.\n");
  });

  it("does not overwrite what somebody else configured", async (ctx) => {
    if (why) ctx.skip(why);
    await edit(THEIRS);
    const refused = await device("apply", "--intent", file(ROUTE), ...journal());
    expect([refused.exit, refused.err]).toEqual([4, expect.stringContaining("RISK_FOREIGN: route 2001:db8:100::/48")]);
    const accepted = await device("apply", "--intent", file(ROUTE), "--accept-risk", "foreign", ...journal());
    expect(accepted.exit).toBe(0);
  });
});

const route = (inside: string): string =>
  `<router xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-router-static-cfg"><static><address-family><ipv6><unicast>
  <prefixes><prefix><prefix-address>2001:db8:100::</prefix-address><prefix-length>48</prefix-length>${inside}
  </prefix></prefixes></unicast></ipv6></address-family></static></router>`;
const BESIDE = route(
  "<sr-policies><sr-policy><sr-policy-name>srte_c_100_ep_2001:db8::3</sr-policy-name><tag>7</tag></sr-policy></sr-policies>",
);
const THEIRS = route(
  "<sr-policies><sr-policy><sr-policy-name>srte_c_9_ep_2001:db8::9</sr-policy-name></sr-policy></sr-policies>",
);

/** By hand, as somebody else would. */
async function edit(xml: string): Promise<void> {
  const session = await server.session();
  await session.call(operations.editConfig("candidate", parseXmlList(xml)));
  await session.call(operations.commit());
  await session.close();
}
