// `srwan device` as a user meets it, without a router.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { srwan } from "../../../test/support/cli.ts";
import { parseXmlList } from "../../netconf/xml/read.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "srwan-device-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = `intents:
  - {kind: locator, name: sea, prefix: "fcbb:bb00:1::/48", format: usid}
  - kind: policy
    name: sea-fra
    color: 100
    endpoint: "2001:db8::3"
    format: usid
    paths: [{name: direct, sids: ["fcbb:bb00:2::"], weight: 1}]
`;

function device(verb: string, text: string, ...words: readonly string[]) {
  const file = join(folder, "intents.yaml");
  writeFileSync(file, text);
  return srwan(["device", verb, "--intent", file, ...words]);
}

describe("srwan device render", () => {
  it("prints the edit that would be sent, and nothing beside it", async () => {
    const { exit, out, err } = await device("render", FILE, "--platform", "iosxr");
    expect([exit, err]).toEqual([0, ""]);
    expect(parseXmlList(out).map(({ name }) => name)).toEqual(["sr", "sr"]);
  });

  it("prints it in the router's own words", async () => {
    const { out } = await device("render", FILE, "--platform", "junos", "--as", "cli");
    expect(out).toContain("set protocols source-packet-routing source-routing-path srwan-sea-fra to 2001:db8::3\n");
  });

  it("prints what takes it away, last first", async () => {
    const { out } = await device("render", FILE, "--platform", "junos", "--as", "cli", "--remove");
    expect(out.trim().split("\n")).toEqual([
      "delete protocols source-packet-routing source-routing-path srwan-sea-fra",
      "delete protocols source-packet-routing segment-list srwan-sea-fra:direct",
      "delete routing-options source-packet-routing srv6 locator srwan-sea",
    ]);
  });

  it("prints requests as one document", async () => {
    const { out } = await device("render", FILE, "--platform", "iosxr", "--as", "json");
    expect(JSON.parse(out).map(({ method }: { method: string }) => method)).toEqual(["PUT", "PUT", "PUT"]);
  });

  it("prints nothing of a file with one intent that cannot be had", async () => {
    const { exit, out, err } = await device("render", FILE, "--platform", "iosxe");
    expect([exit, out]).toEqual([4, ""]);
    expect(err).toMatch(/INTENT_UNSUPPORTED.*explicit SRv6 list.*\n.*dynamic-policy/);
  });

  it.each([
    [FILE.replace("usid", "usidd"), /intents\[0\]\.format = "usidd" is none of usid, full/],
    [FILE.replace("kind: locator", "kind: locater"), /intents\[0\]\.kind.*locater[\s\S]*Did you mean locator/],
    [FILE.replace("color: 100", "color: 0"), /intents\[1\]\.color = 0/],
    [FILE + FILE.slice("intents:\n".length), /repeats the name "locator sea"/],
    ["intents: []\n", /intents/],
  ])("names the line and the field of a mistake", async (text, why) => {
    const { exit, err } = await device("render", text, "--platform", "iosxr");
    expect(exit).toBe(2);
    expect(err).toMatch(/INTENT_INVALID: .*intents\.yaml:\d+: /);
    expect(err).toMatch(why);
  });
});

describe("srwan device supports", () => {
  it("asks every family and says why not", async () => {
    const { exit, out } = await device("supports", FILE);
    expect(exit).toBe(1);
    expect(out).toMatch(/^policy sea-fra +IOS-XR +yes$/m);
    expect(out).toMatch(/^policy sea-fra +IOS-XE +no +paths: .*offers a dynamic-policy/m);
  });

  it("exits 0 where all can be had, and gives a program the same answer", async () => {
    const { exit, out } = await device("supports", FILE, "--platform", "junos", "-o", "json");
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { intent: "locator sea", platform: "junos", supported: true },
      { intent: "policy sea-fra", platform: "junos", supported: true },
    ]);
  });

  it("without a file shows one intent of each sort", async () => {
    const { exit, out } = await srwan(["device", "supports", "--platform", "iosxe"]);
    expect(exit).toBe(0);
    expect(out.split("\n").length).toBeGreaterThan(15);
  });
});
