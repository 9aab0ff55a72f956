// What is sealed is one text for one value, whoever wrote it, and nobody else can sign it.

import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { refusal } from "../../test/support/outcome.ts";
import { canonicalJson } from "./canonical.ts";
import { ed25519Sealer, isSealOf, sha256Hex } from "./seal.ts";

const pem = (type: "ed25519" | "ed448"): string =>
  generateKeyPairSync(type as "ed25519")
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();

describe("a seal", () => {
  it("is of one digest, by one key", async () => {
    const [digest, other] = [sha256Hex("a"), sha256Hex("b")];
    const seal = await ed25519Sealer(pem("ed25519")).seal(digest);
    expect(isSealOf(seal, digest)).toBe(true);
    expect(isSealOf(seal, other)).toBe(false);
    const { key } = await ed25519Sealer(pem("ed25519")).seal(digest);
    expect(isSealOf({ ...seal, key }, digest)).toBe(false);
    expect(isSealOf({ ...seal, scheme: "none" }, digest)).toBe(false);
    expect(isSealOf({ ...seal, value: "" }, digest)).toBe(false);
  });

  it("needs a key of its kind", () => {
    expect(refusal("VALUE_INVALID", () => ed25519Sealer("nonsense")).message).toContain("cannot be read");
    expect(refusal("VALUE_INVALID", () => ed25519Sealer(pem("ed448"))).message).toContain("ed448");
  });
});

describe("canonical JSON", () => {
  it("is one text for one value", () => {
    expect(canonicalJson({ b: [1, "é\n", null], a: { d: true, c: undefined }, ä: 0 })).toBe(
      '{"a":{"d":true},"b":[1,"é\\n",null],"ä":0}',
    );
  });

  it("refuses numbers that are not whole", () => {
    for (const value of [0.5, 2 ** 53, Number.NaN]) refusal("VALUE_INVALID", () => canonicalJson(value));
  });
});
