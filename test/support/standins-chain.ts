// A chain of the pages' own: contracts, a wallet with coins whose password lies beside it, and whoever else pages name.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encryptKeystoreJson, Wallet } from "ethers";
import { startAnvil } from "../../src/settlement/chain/anvil.ts";
import { attach, send } from "../../src/settlement/chain/contracts.ts";
import { deploy } from "../../src/settlement/chain/deploy.ts";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { findAnvil } from "../../src/settlement/chain/find-anvil.ts";
import { COIN, DEFAULT_PARAMETERS } from "../../src/settlement/chain/parameters.ts";
import { openProvider } from "../../src/settlement/chain/provider.ts";

/** A name that pages use, and what it is here. */
export type StandIn = readonly [name: RegExp, real: string | (() => string)];

export type PagesChain = {
  readonly url: string;
  readonly deployment: string;
  readonly stands: readonly StandIn[];
  /** Coins and gas for whoever has just made a wallet. */
  fund(address: string): Promise<void>;
  /** Moves the chain's clock. */
  pass(seconds: number | "naming"): Promise<void>;
  /** Its last. */
  block(): Promise<number>;
  stop(): Promise<void>;
};

const ROUND_SECONDS = 36_000;

/** Undefined where no chain can be had. */
export async function startChain(folder: string): Promise<PagesChain | undefined> {
  try {
    findAnvil();
  } catch {
    return undefined;
  }
  const chain = await startAnvil({ port: 0 });
  const provider = await openProvider(chain.url);
  const owner = await provider.getSigner(0);
  const other = (await provider.getSigner(1)).address;
  const deployed = await deploy(owner as never, {
    ...DEFAULT_PARAMETERS,
    epochSeconds: 3_600,
    roundSeconds: ROUND_SECONDS,
  });
  const deployment = join(folder, "srwan-chain.json");
  writeDeployment(deployment, deployed);
  const contracts = attach(deployed, owner);
  const fund = async (address: string): Promise<void> => {
    await provider.send("anvil_setBalance", [address, "0xde0b6b3a7640000"]);
    await send(contracts, "SegmentCoin", "transfer", address, 1_000n * COIN);
  };
  // As cheap as it can be: what is tried here is not how long a guess takes.
  const cheap = { scrypt: { N: 2, r: 1, p: 1 } };
  for (const name of ["me", "v1", "op"]) {
    const { address, privateKey } = Wallet.createRandom();
    const password = `a word of ${name}`;
    writeFileSync(join(folder, `${name}.pw`), `${password}\n`, { mode: 0o600 });
    writeFileSync(join(folder, `${name}.json`), await encryptKeystoreJson({ address, privateKey }, password, cheap));
    await fund(address);
  }
  return {
    url: chain.url,
    deployment,
    stands: [
      [/--provider 0x7099(…|\w+)79C8/gi, () => `--provider ${addressIn("me.json")}`],
      [/0x3C44(…|\w+)93BC/g, () => addressIn("r1.json")],
      [/0x7099…79C8/g, other],
      [/https:\/\/rpc\.(example\.net|test)/g, chain.url],
      [
        /srwan-quotes\/\d+\.json/g,
        () => `srwan-quotes/${existsSync("srwan-quotes") ? readdirSync("srwan-quotes")[0] : "none"}`,
      ],
    ],
    fund,
    pass: async (given) => {
      const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
      const next = (Math.floor(now / ROUND_SECONDS) + 2) * ROUND_SECONDS + 60;
      await provider.send("evm_increaseTime", [given === "naming" ? next - now : given]);
      await provider.send("evm_mine", []);
    },
    block: () => provider.getBlockNumber(),
    stop: async () => {
      provider.destroy();
      await chain.stop();
    },
  };
}

export const addressIn = (keystore: string): string => `0x${JSON.parse(readFileSync(keystore, "utf8")).address}`;
