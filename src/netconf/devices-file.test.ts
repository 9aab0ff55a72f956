// The file that names devices: what it says is what is dialled, and what is wrong in it is named.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { readDevices, urlTarget } from "./devices-file.ts";

const folder = mkdtempSync(join(tmpdir(), "devices-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const PIN = `SHA256:${"A".repeat(43)}`;
const password = write("password", "s3cret\nand more\n");
const read = (text: string) => readDevices(write("devices.yaml", text), {});

describe("a devices file", () => {
  it("says how to reach each device, through others", () => {
    const devices = read(`devices:
  - { name: bastion, host: 192.0.2.9, user: jump, hostKeys: ["${PIN}"], passwordFile: ${password} }
  - { name: sea, host: "2001:db8::1", user: ops, hostKeys: ["${PIN}"], passwordFile: ${password}, jumps: [bastion] }
`);
    const { jumps, ...target } = devices.target("sea");
    expect(target).toMatchObject({ host: "2001:db8::1", port: 830, user: "ops", trust: { kind: "pins", pins: [PIN] } });
    expect(target.auth.password).toBe("s3cret");
    expect(jumps).toMatchObject([{ host: "192.0.2.9", port: 22, user: "jump" }]);
    expect(devices.target("sea", { knownHosts: "/k" }).trust).toEqual({ kind: "known-hosts", files: ["/k"] });
  });

  it("names the line and the field of what is wrong", () => {
    const one = (more: string): string => `devices:\n  - { name: sea, host: h, user: u${more} }\n`;
    const cases = [
      [one(", prot: 1"), "devices.yaml:2: devices[0].prot is no field of this format"],
      [one(", port: 0"), "devices[0].port"],
      [one(", jumps: [chi]"), "devices[0].jumps[0] = chi is no device of this file"],
      [`${one("")}  - { name: sea, host: h, user: u }\n`, 'repeats the name "sea"'],
      [one(", family: cisco"), "is none of iosxr, iosxe, junos"],
    ] as const;
    for (const [text, said] of cases) expect(refusal("DEVICES_FILE_INVALID", () => read(text)).message).toContain(said);
    expect(refusal("ROUTER_UNKNOWN", () => read(one("")).target("see")).remedy).toContain("sea");
  });

  it("tells of a key that cannot be used before anybody is connected to", () => {
    const text = `devices:\n  - { name: sea, host: h, user: u, identity: ${password} }\n`;
    expect(refusal("VALUE_INVALID", () => read(text).target("sea")).message).toContain("cannot be used as a key");
  });
});

describe("a device by its URL", () => {
  it("is read, and a password in it refused", () => {
    const more = { hostKey: PIN, passwordFile: password };
    expect(urlTarget("ssh://ops@[2001:db8::1]:2022", more, {})).toMatchObject({
      host: "2001:db8::1",
      port: 2_022,
      user: "ops",
    });
    expect(urlTarget("ssh://router", more, { USER: "me" })).toMatchObject({ host: "router", port: 830, user: "me" });
    for (const url of ["https://a", "ssh://", "ssh://u:p@a", "ssh://a/path", "nonsense"]) {
      refusal("VALUE_INVALID", () => urlTarget(url, more, {}));
    }
  });
});
