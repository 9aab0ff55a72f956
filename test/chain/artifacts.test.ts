// The versioned files say what the sources say: bytecode and interfaces, and the types that are signed.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { artifactsText, ARTIFACTS as FILE } from "../../scripts/contracts.ts";
import { compile, projectSources } from "../../scripts/solidity.ts";
import { CONTRACT_NAMES } from "../../src/settlement/chain/artifacts.ts";
import { DEPLOY_ORDER } from "../../src/settlement/chain/deploy.ts";
import { encodeType, TYPES, type TypeName } from "../../src/settlement/typed.ts";

const CODE_LIMIT_OCTETS = 24_576;

describe("artifacts.json", () => {
  let compiled: ReturnType<typeof compile> = {};
  beforeAll(() => {
    compiled = compile(projectSources());
  }, 300_000);

  it("is what the compiler makes of the sources today", () => {
    expect(readFileSync(FILE, "utf8") === artifactsText(compiled), "run `make contracts`").toBe(true);
  });

  it("holds each contract that is deployed, and no other", () => {
    expect(CONTRACT_NAMES.toSorted()).toEqual(DEPLOY_ORDER.toSorted());
  });

  it("holds no contract that live chains would refuse for its size", () => {
    const sizes = Object.values(compiled).map(({ octets }) => octets);
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(CODE_LIMIT_OCTETS);
  });
});

describe("signed types", () => {
  const solidity = readFileSync("src/settlement/contracts/Typed.sol", "utf8");
  const offChain: readonly string[] = ["LinkReport", "Ticket"];
  const names = Object.keys(TYPES) as TypeName[];

  it.each(names.filter((name) => !offChain.includes(name)))("%s is the same in TypeScript and Solidity", (name) => {
    expect(solidity).toContain(`"${encodeType(name)}"`);
    const fields = TYPES[name].map(({ name: field, type }) => `${type} ${field};`);
    const struct = new RegExp(`struct ${name} \\{([^}]*)\\}`).exec(solidity)?.[1] ?? "";
    const inSolidity = struct.split("\n").map((line) => line.trim());
    expect(inSolidity.filter((line) => line !== "" && !line.startsWith("///"))).toEqual(fields);
  });

  it("has none in Solidity that TypeScript lacks", () => {
    const structs = [...solidity.matchAll(/^struct (\w+)/gm)].map(([, name = ""]) => name);
    const plain = ["Seal", "Signed"];
    expect(structs.filter((name) => !plain.includes(name)).toSorted()).toEqual(
      names.filter((name) => !offChain.includes(name)).toSorted(),
    );
  });
});
