// No secret outlives the cleaning, wherever it hides; what an engineer needs to read does.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clean, secretsOf } from "./clean.ts";

const text = (value: unknown, known: readonly string[] = []): string => JSON.stringify(clean(value, known));

const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const random = (octets: number): string => randomBytes(octets).toString("base64url");
const SECRETS: readonly [string, string, (secret: string) => string][] = [
  ["an access token", `srwan-access.${random(9)}.${random(32)}`, (it) => `called with ${it} and refused`],
  ["a join token", `srwan-join.${random(9)}.${random(32)}.${random(32)}`, (it) => `--token ${it}`],
  ["a private key", key, (it) => `read\n${it}and went on`],
  ["a private key that is cut", key.slice(0, 80), (it) => `read ${it}`],
  ["a password in an address", "hunter2-of-ann", (it) => `postgres://srwan:${it}@db.example.net/srwan`],
  ["a bearer", random(32), (it) => `authorization: Bearer ${it}`],
  ["a password in a line", "correct-horse", (it) => `login failed with password=${it}, again`],
  ["a key in hexadecimal", randomBytes(32).toString("hex"), (it) => `hmac ${it}`],
  ["a WireGuard key", randomBytes(32).toString("base64"), (it) => `peer ${it}`],
];

describe("a bug report", () => {
  it.each(SECRETS)("loses %s, at any depth", (_what, secret, line) => {
    const inside = JSON.stringify(secret).slice(1, -1);
    for (const report of [line(secret), { events: [{ data: { deep: [line(secret)] } }] }, { [line(secret)]: 1 }])
      expect(text(report)).not.toContain(inside);
  });

  it("loses a value that is known, in words nobody could know it by", () => {
    expect(text({ note: "ann typed tr0ub4dor here" }, ["tr0ub4dor"])).toBe('{"note":"ann typed [redacted] here"}');
  });

  it("loses fields by their names", () => {
    expect(text({ service: { token: "short", tokenFile: "/etc/srwan/token" } })).toBe(
      '{"service":{"token":"[redacted]","tokenFile":"/etc/srwan/token"}}',
    );
  });

  it("keeps what is no secret", () => {
    const report = {
      segments: ["sea/alder>fra"],
      sids: ["2001:db8:1::1", "fc00:0:1:e001::"],
      text: "token revoked, password unchanged; commit 12 of ann",
      version: "1.2.3",
    };
    expect(clean(report)).toEqual(report);
  });

  it("loses a known value whatever stands around it", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uuid(), (before, after, secret) => {
        expect(text({ a: [`${before}${secret}${after}`] }, [secret])).not.toContain(secret);
      }),
      { numRuns: 200 },
    );
  });

  it("takes secrets from an environment by their names", () => {
    expect(secretsOf({ PGPASSWORD: "pg-secret", SRWAN_SERVICE_TOKEN: "tok-secret", HOME: "/root" })).toEqual([
      "pg-secret",
      "tok-secret",
    ]);
  });
});
