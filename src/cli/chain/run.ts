// The chain verbs at work: a chain until it is told to end, a deployment with its file, a look at one.

import { existsSync } from "node:fs";
import type { JsonRpcProvider, Provider, Signer } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { type AnvilOptions, DEV_CHAIN_ID, startAnvil } from "../../settlement/chain/anvil.ts";
import { deploy } from "../../settlement/chain/deploy.ts";
import { type Deployment, readDeployment, writeDeployment } from "../../settlement/chain/deployment.ts";
import { openKeystore } from "../../settlement/chain/keystore.ts";
import { openProvider } from "../../settlement/chain/provider.ts";
import { chainError } from "../../settlement/chain/refusal.ts";
import { type ChainStatus, chainStatus } from "../../settlement/chain/status.ts";
import { onStop } from "../signals.ts";
import type { DeployOptions, Where } from "./options.ts";

/** Until SIGINT or SIGTERM, or until the chain ends by itself, which is an error. */
export async function runChain(options: AnvilOptions, log: Logger): Promise<{ url: string; chainId: number }> {
  const told = Promise.withResolvers<"told">();
  const forget = onStop(() => told.resolve("told"));
  try {
    const chain = await startAnvil(options);
    log.info("the chain is up", { url: chain.url, chainId: DEV_CHAIN_ID, pid: chain.pid });
    const why = await Promise.race([told.promise, chain.gone]);
    await chain.stop();
    if (why === "told") return { url: chain.url, chainId: DEV_CHAIN_ID };
    throw new SrwanError("CHAIN_UNREACHABLE", "the embedded chain ended by itself", {
      remedy: "Start it again; with --state it goes on where it last wrote.",
    });
  } finally {
    forget();
  }
}

export async function deployTo(options: DeployOptions): Promise<{ deployment: Deployment; file: string }> {
  const { url, file, replace, key, parameters } = options;
  if (existsSync(file) && !replace) {
    throw new SrwanError("DEPLOYMENT_EXISTS", `${file} says where contracts stand already`, {
      remedy: "Give another --deployment, or --replace if nothing of value is at those.",
    });
  }
  const provider = await openProvider(url);
  try {
    const signer = key ? await openKeystore(key.keystore, key.passwordFile, provider) : await firstAccount(provider);
    const deployment = await deploy(signer, parameters);
    writeDeployment(file, deployment);
    return { deployment, file };
  } finally {
    provider.destroy();
  }
}

async function firstAccount(provider: JsonRpcProvider): Promise<Signer & { provider: Provider }> {
  const accounts: string[] = await provider.send("eth_accounts", []).catch((error) => {
    throw chainError("asking the chain for its accounts", error);
  });
  if (accounts.length > 0) return provider.getSigner(0);
  throw new SrwanError("USAGE", "this chain has no accounts of its own to deploy with", {
    remedy: "Give --keystore and --password-file.",
  });
}

export async function statusOf({ url, file }: Where): Promise<ChainStatus> {
  const deployment = readDeployment(file);
  const provider = await openProvider(url);
  try {
    return await chainStatus(provider, deployment);
  } finally {
    provider.destroy();
  }
}
