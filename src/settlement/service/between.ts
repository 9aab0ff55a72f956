// What validators tell each other is signed with a validator's key (EIP-191): a proposal says which evidence counts in which
// epoch, and the door that it comes by is open to whoever can reach it.

import { verifyMessage, type Wallet } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { sha256Hex } from "../../base/seal.ts";
import type { Deployment } from "../chain/deployment.ts";

export const VALIDATOR_HEADER = "x-srwan-validator";

/** Of one deployment, one door, one body: good nowhere else. */
const textOf = ({ chainId, contracts }: Deployment, path: string, body: string): string =>
  ["srwan validator", `${chainId} ${contracts.Settlement.address.toLowerCase()}`, path, sha256Hex(body), ""].join("\n");

export type SignedHeaders = (path: string, body: string) => Promise<Readonly<Record<string, string>>>;

export const signedHeaders =
  (wallet: Pick<Wallet, "signMessage">, deployment: Deployment): SignedHeaders =>
  async (path, body) => ({ [VALIDATOR_HEADER]: await wallet.signMessage(textOf(deployment, path, body)) });

export type Admit = (header: unknown, path: string, body: unknown, epoch: number) => Promise<void>;

/** Refuses what no validator of that epoch signed. */
export const admission =
  (deployment: Deployment, hasSeat: (signer: string, epoch: number) => Promise<boolean>): Admit =>
  async (header, path, body, epoch) => {
    const signer = signerOf(deployment, header, path, JSON.stringify(body));
    if (signer !== undefined && (await hasSeat(signer, epoch))) return;
    throw new SrwanError(
      "VALIDATOR_UNKNOWN",
      signer === undefined
        ? `${path}: no validator signed this`
        : `${path}: ${signer} has no seat among the validators of epoch ${epoch}`,
      { remedy: "Evidence of anybody's is taken at /v1/evidence; only validators make batches." },
    );
  };

function signerOf(deployment: Deployment, header: unknown, path: string, body: string): string | undefined {
  if (typeof header !== "string") return undefined;
  try {
    return verifyMessage(textOf(deployment, path, body), header).toLowerCase();
  } catch {
    return undefined;
  }
}
