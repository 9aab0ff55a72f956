// Whose host key is believed, in the forms that OpenSSH writes.

import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { fingerprint, hostKeyCheck, knownKeys } from "./known-hosts.ts";

const folder = mkdtempSync(join(tmpdir(), "known-"));
afterAll(() => rmSync(folder, { recursive: true }));

function newKey(): { blob: Buffer; line: string } {
  const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" });
  const key = ssh2.utils.parseKey(pem.toString());
  if (key instanceof Error) throw key;
  const blob = key.getPublicSSH();
  return { blob, line: `${key.type} ${blob.toString("base64")}` };
}
const [good, other] = [newKey(), newKey()];

describe("a pinned host key", () => {
  it("is the only one that is taken, as a fingerprint or as a key", () => {
    for (const pin of [fingerprint(good.blob), good.line, `${good.line} router@sea`]) {
      const check = hostKeyCheck({ kind: "pins", pins: [pin] }, "sea", 830);
      expect(check.refusal(good.blob)).toBeUndefined();
      const error = check.refusal(other.blob);
      expect([error?.code, error?.retryable, error?.deviceStateKnown]).toEqual(["NETCONF_HOST_KEY", false, true]);
      expect(error?.message).toContain(fingerprint(other.blob));
    }
    expect(hostKeyCheck({ kind: "pins", pins: [good.line] }, "sea", 830).algorithms).toEqual(["ecdsa-sha2-nistp256"]);
  });

  it("cannot be left out or be something else", () => {
    refusal("NETCONF_HOST_KEY", () => hostKeyCheck({ kind: "pins", pins: [] }, "sea", 830));
    for (const pin of ["", "*", "SHA256:short", "MD5:aa:bb", "ssh-rsa AAAA"]) {
      refusal("VALUE_INVALID", () => hostKeyCheck({ kind: "pins", pins: [pin] }, "sea", 830));
    }
  });
});

describe("a known_hosts file", () => {
  const file = (text: string): string => {
    const path = join(folder, "known_hosts");
    writeFileSync(path, text);
    return path;
  };
  const check = (text: string, host = "sea", port = 830) =>
    hostKeyCheck({ kind: "known-hosts", files: [file(text)] }, host, port);

  it("knows hosts by name, port, pattern and hash", () => {
    const salt = Buffer.alloc(20, 7);
    const hash = createHmac("sha1", salt).update("[sea]:830").digest("base64");
    const lines = [
      `[sea]:830 ${good.line}`,
      `[*]:830,!chi ${good.line} comment`,
      `|1|${salt.toString("base64")}|${hash} ${good.line}`,
    ];
    for (const line of lines) {
      expect(check(`# a comment\n${line}\n`).refusal(good.blob)).toBeUndefined();
      expect(check(line).refusal(other.blob)?.message).toContain("has another");
      expect(check(line, "sea", 22).refusal(good.blob)?.message).toContain("is not in");
    }
    expect(check(`sea ${good.line}`, "SEA", 22).refusal(good.blob)).toBeUndefined();
    expect(knownKeys(`[s?a]:830,![sea]:830 ${good.line}`, "sea", 830)).toEqual([]);
  });

  it("has revoked keys, lines for certificates and nonsense, none of which is trust", () => {
    const revoked = check(`[sea]:830 ${good.line}\n@revoked * ${good.line}`);
    expect(revoked.refusal(good.blob)?.message).toContain("revoked");
    for (const line of [`@cert-authority * ${good.line}`, "[sea]:830 ssh-rsa nonsense", "[sea]:830", ""]) {
      expect(check(line).refusal(good.blob)?.message).toContain("is not in");
    }
  });

  it("may not be there: then nobody is known, and the remedy says how to add the host", () => {
    const missing = hostKeyCheck({ kind: "known-hosts", files: [join(folder, "none")] }, "sea", 830);
    expect(missing.refusal(good.blob)?.remedy).toContain("ssh-keyscan -p 830 sea >>");
  });
});
