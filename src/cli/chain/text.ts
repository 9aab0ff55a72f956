// The chain verbs' tables.

import { CONTRACT_NAMES } from "../../settlement/chain/artifacts.ts";
import { formatCoins } from "../../settlement/chain/coins.ts";
import type { Deployment } from "../../settlement/chain/deployment.ts";
import type { ChainStatus } from "../../settlement/chain/status.ts";
import { paint, table } from "../output.ts";
import type { Screen } from "../verb.ts";

export function deployedText(deployment: Deployment, file: string, wide: boolean, screen: Screen): string {
  const rows = CONTRACT_NAMES.map((name) => ({ name, ...deployment.contracts[name] }));
  const columns = [
    { title: "CONTRACT", cell: ({ name }: (typeof rows)[number]) => name },
    { title: "ADDRESS", cell: ({ address }: (typeof rows)[number]) => address },
    { title: "CODE", cell: ({ codeHash }: (typeof rows)[number]) => codeHash, wide: true },
  ];
  return `${table(rows, columns, wide, screen)}On chain ${deployment.chainId}, written to ${file}.`;
}

export function statusText(status: ChainStatus, wide: boolean, screen: Screen): string {
  const { chainId, block, chainFits, contracts, money } = status;
  const head = `Chain ${chainId}, block ${block}.`;
  if (!chainFits) return `${head}\n${paint("The deployment file is of another chain.", "bad", screen)}`;
  const states = table(
    contracts,
    [
      { title: "CONTRACT", cell: ({ name }) => name },
      { title: "ADDRESS", cell: ({ address }) => address },
      { title: "STATE", cell: ({ state }) => state, paint: ({ state }) => (state === "as deployed" ? "good" : "bad") },
    ],
    wide,
    screen,
  );
  if (money === undefined) return `${head}\n\n${states}`;
  return [
    head,
    `Epoch ${money.epoch} runs; settled up to ${money.lastSettledEpoch === 0n ? "none" : money.lastSettledEpoch}.`,
    `${money.seats} validators with ${formatCoins(money.staked)} at stake.`,
    `${formatCoins(money.inEscrow)} in escrow; of it ${formatCoins(money.validatorsPool)} for validators and ` +
      `${formatCoins(money.dividendsPool)} for dividends.`,
    "",
    states,
  ].join("\n");
}
