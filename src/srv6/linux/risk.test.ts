// What is refused before anything starts: steering over the way operators come in by.

import { describe, expect, it } from "vitest";
import { type Prefix, parsePrefix } from "../address.ts";
import type { Desired } from "../model.ts";
import { refuseManagementPath, sshPeer } from "./risk.ts";

function steering(prefix: string, management: readonly string[], table = 254): Desired {
  const path = { name: "a", segments: [], weight: 1, mode: "encap" as const };
  return {
    domain: { blocks: [], segments: [], management: management.map(parsePrefix), requireHmac: false },
    hmacKeys: [],
    tenants: [],
    localSids: [],
    policies: [{ name: "p", paths: [path], active: "paths" }],
    steering: [{ policy: "p", prefixes: [parsePrefix(prefix)], classes: [], table, metric: 64 }],
  };
}

describe("the management path", () => {
  it.each([
    ["covered by a steered prefix", "192.0.0.0/8", ["192.0.2.0/24"]],
    ["covering a steered prefix", "192.0.2.128/25", ["192.0.2.0/24"]],
    ["the default route", "::/0", ["2001:db8::/32"]],
  ])("is not steered: %s", (_what, prefix, management) => {
    expect(() => refuseManagementPath(steering(prefix, management), [], false)).toThrow(
      expect.objectContaining({ code: "RISK_MANAGEMENT_PATH", message: expect.stringContaining(management[0] ?? "") }),
    );
  });

  it("is the SSH session's far end too", () => {
    const peer = sshPeer("198.51.100.7 50022 203.0.113.1 22", parsePrefix);
    expect(() => refuseManagementPath(steering("198.51.100.0/24", []), peer, false)).toThrow(/198\.51\.100\.7\/32/);
  });

  it.each([
    ["the risk is accepted", steering("192.0.2.0/24", ["192.0.2.0/24"]), true],
    ["it lies elsewhere", steering("10.0.0.0/8", ["192.0.2.0/24"]), false],
    ["it is of the other family", steering("::/0", ["192.0.2.0/24"]), false],
    ["the table is not the main one", steering("192.0.2.0/24", ["192.0.2.0/24"], 900), false],
  ])("does not stand in the way where %s", (_what, desired, accepted) => {
    expect(() => refuseManagementPath(desired, [], accepted)).not.toThrow();
  });

  it.each<[string | undefined, Prefix[]]>([
    [undefined, []],
    ["", []],
    ["fe80::1%eth0 50022 fe80::2 22", [parsePrefix("fe80::1")]],
    ["::ffff:192.0.2.1 50022 ::ffff:192.0.2.2 22", [parsePrefix("192.0.2.1")]],
    ["UNKNOWN", []],
  ])("reads SSH_CONNECTION %j", (value, expected) => {
    expect(sshPeer(value, parsePrefix)).toEqual(expected);
  });
});
