// The chain against the evidence: each epoch made again at the block that its batch was made at.

import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { readDeployment } from "../../settlement/chain/deployment.ts";
import { openProvider } from "../../settlement/chain/provider.ts";
import { Verifier } from "../../settlement/chain/verify.ts";
import { ChainView } from "../../settlement/service/chain-view.ts";
import { type EpochBody, makeEpoch } from "../../settlement/service/making.ts";
import { rulesOf } from "../../settlement/service/validator.ts";
import { chunksOf, type EpochRow, epochsIn } from "../../settlement/store/epochs.ts";
import type { SettlementStore } from "../../settlement/store/store.ts";
import type { SettleOptions } from "./options.ts";
import { needStore, withStore } from "./work.ts";

export type Finding =
  | "as the evidence says"
  | "the store holds another batch"
  | "the chain holds another batch"
  | "not on the chain";

export type Audit = {
  readonly epochs: readonly {
    readonly epoch: number;
    readonly state: string;
    readonly tickets: number;
    readonly chunks: number;
    readonly finding: Finding;
  }[];
};

export async function audit(options: SettleOptions, log: Logger): Promise<Audit> {
  const { settings } = options;
  needStore(settings);
  const deployment = readDeployment(settings.deployment);
  const provider = await openProvider(settings.chain.url);
  try {
    const chain = new ChainView(provider, deployment, settings.chain.finalityBlocks);
    const verifier = new Verifier(deployment);
    const rules = rulesOf(settings, deployment);
    return await withStore(options, log, async (store) => {
      const epochs = [];
      for (const row of await epochsIn(store, ["settled"])) epochs.push(await look(store, chain, verifier, rules, row));
      return { epochs };
    });
  } finally {
    provider.destroy();
  }
}

async function look(
  store: SettlementStore,
  chain: ChainView,
  verifier: Verifier,
  rules: ReturnType<typeof rulesOf>,
  { epoch, state, body }: EpochRow,
): Promise<Audit["epochs"][number]> {
  const { attempt, block } = JSON.parse(body) as EpochBody;
  const means = {
    spendable: (consumer: string) => chain.spendable(consumer, epoch, block),
    isActive: (provider: string) => chain.isActive(provider, epoch + 1, block),
  };
  const options = { epoch, attempt, block, rules, entriesMax: LIMITS.batchEntriesMax };
  const made = await makeEpoch(store, verifier, means, options);
  const kept = await chunksOf(store, epoch);
  const onChain = await chain.progress(epoch, (await chain.head()).number);
  const same =
    JSON.stringify(kept.map(({ digest }) => digest)) === JSON.stringify(made.chunks.map(({ digest }) => digest));
  const finding: Finding = !same
    ? "the store holds another batch"
    : kept.length > 0 && onChain.next < onChain.chunks + (onChain.chunks === 0 ? 1 : 0)
      ? "not on the chain"
      : kept.length > 0 && onChain.ticketsRoot !== made.tree.root
        ? "the chain holds another batch"
        : "as the evidence says";
  return { epoch, state, tickets: made.tree.leaves.length, chunks: kept.length, finding };
}
