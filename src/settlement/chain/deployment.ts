// The file that says where the contracts stand on a chain: versioned, checked when read.

import { writeFileSync } from "node:fs";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Hex } from "../typed.ts";
import { CONTRACT_NAMES, type ContractName } from "./artifacts.ts";

const address = Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" });
const decimal = Type.String({ pattern: "^[0-9]{1,78}$" });

export const DeploymentFile = Type.Object(
  {
    schema: Type.Literal("srwan.chain/1"),
    chainId: Type.Integer({ minimum: 1, description: "The chain that the addresses are on." }),
    block: Type.Integer({ minimum: 0, description: "Nothing of ours happened before it; indexers begin here." }),
    parameters: Type.Object(
      {
        epochSeconds: Type.Integer({ minimum: 1 }),
        graceSeconds: Type.Integer({ minimum: 0 }),
        roundSeconds: Type.Integer({ minimum: 4 }),
        feePpm: Type.Integer({ minimum: 0, maximum: 250_000 }),
        subsidy: decimal,
        minStake: decimal,
        bond: decimal,
      },
      { description: "What the contracts were made with." },
    ),
    contracts: Type.Object(
      Object.fromEntries(
        CONTRACT_NAMES.map((name) => [
          name,
          Type.Object({
            address,
            codeHash: Type.String({ pattern: "^0x[0-9a-f]{64}$", description: "Of the code at the address." }),
          }),
        ]),
      ),
    ),
  },
  { additionalProperties: false, description: "Where srwan's contracts stand on a chain." },
);

type Read = Static<typeof DeploymentFile>;
export type Deployment = Omit<Read, "contracts"> & {
  readonly contracts: Readonly<Record<ContractName, { readonly address: Hex; readonly codeHash: Hex }>>;
};

export function parseDeployment(text: string, path: string): Deployment {
  const wrong = (what: string) =>
    new SrwanError("DEPLOYMENT_INVALID", `${path}: ${what}`, {
      remedy: "Write it anew with `srwan chain deploy`, or give the file that it wrote.",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("not JSON");
  }
  if (Value.Check(DeploymentFile, value)) return value as Deployment;
  const [first] = Value.Errors(DeploymentFile, value);
  throw wrong(`${first?.instancePath || "the file"} ${first?.message ?? "is wrong"}`);
}

export const readDeployment = (path: string): Deployment =>
  parseDeployment(readFile(path, LIMITS.deploymentFileMaxOctets).toString("utf8"), path);

export const deploymentText = (deployment: Deployment): string => `${JSON.stringify(deployment, null, 2)}\n`;

export function writeDeployment(path: string, deployment: Deployment): void {
  try {
    writeFileSync(path, deploymentText(deployment));
  } catch (error) {
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${(error as Error).message}`, {
      remedy: "Check the path and its permissions.",
      cause: error,
    });
  }
}
