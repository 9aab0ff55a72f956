// The transaction with real IOS-XR modules: each example edit is applied and proved, taken away and proved, and what the
// device cannot take is refused before it reaches running.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { withOperation } from "../../src/netconf/operations.ts";
import { type Change, expectedOf, readBackOf } from "../../src/netconf/transaction/change.ts";
import { transact } from "../../src/netconf/transaction/transact.ts";
import { elementsOf, type XmlElement } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { transactor } from "./change-world.ts";
import { Netconfd, vendorModules, whyNoNetconfd } from "./netconfd.ts";

const MODULES = [
  "Cisco-IOS-XR-segment-routing-ms-cfg",
  "Cisco-IOS-XR-segment-routing-srv6-cfg",
  "Cisco-IOS-XR-infra-xtc-agent-cfg",
  "Cisco-IOS-XR-um-router-static-cfg",
  "Cisco-IOS-XR-um-interface-cfg",
  "Cisco-IOS-XR-um-policymap-classmap-cfg",
  "Cisco-IOS-XR-um-if-service-policy-qos-cfg",
];
const vendor = vendorModules();
const why =
  whyNoNetconfd() ??
  (vendor === undefined
    ? "no vendor modules: name their folder in YANG_MODULES, or put them at ../shared/yang"
    : undefined);
let server: Netconfd;

beforeAll(async () => {
  if (why === undefined) server = await Netconfd.start(resolve(vendor ?? "", "iosxr"), MODULES);
});
afterEach(() => server?.leave());
afterAll(() => server?.stop());

const example = (name: string): readonly XmlElement[] =>
  parseXmlList(readFileSync(join(vendor ?? "", "examples", `iosxr-${name}.xml`), "utf8"));
const apply = async (change: Change) => {
  const made = transactor(() => server.session());
  return (await transact([change], made)).document.devices[0];
};
const changeOf = (edit: readonly XmlElement[]): Change => ({
  device: "xr",
  edit,
  readBack: readBackOf(edit),
  expected: expectedOf(edit),
});

describe("IOS-XR's own modules", () => {
  it("are all announced", async (ctx) => {
    if (why) ctx.skip(why);
    const { capabilities } = await server.session();
    expect(MODULES.filter((name) => capabilities.module(name) === undefined)).toEqual([]);
  });

  it.each(["srv6-locator", "srv6-te-policy", "static-sid", "static-route", "classmap"])(
    "take %s and give it back, and running proves both",
    async (name) => {
      if (why) return;
      const edit = example(name);
      expect(await apply(changeOf(edit))).toMatchObject({ outcome: "APPLIED", problem: null });
      const removal = edit.map((one) => withOperation({ ...one, children: [] }, "remove"));
      const gone = await apply({ ...changeOf(removal), readBack: readBackOf(edit) });
      expect(gone).toMatchObject({ outcome: "APPLIED", problem: null });
    },
  );

  it("refuse a class without an action, which other judges of YANG accept: NOT_APPLIED", async (ctx) => {
    if (why) ctx.skip(why);
    expect((await apply(changeOf(example("classmap"))))?.outcome).toBe("APPLIED");
    const withIdleClass = example("qos");
    const device = await apply(changeOf(withIdleClass));
    expect(device).toMatchObject({ outcome: "NOT_APPLIED", problem: { code: "NETCONF_RPC_ERROR" } });
    expect(device?.after).toBe(device?.before);
    expect(await apply(changeOf(withIdleClass.map(withoutIdle)))).toMatchObject({ outcome: "APPLIED", problem: null });
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
