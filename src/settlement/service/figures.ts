// A validator's metrics for Prometheus, on loopback.

import { gauge, type MetricSpec, Metrics } from "../../base/metrics.ts";
import type { ValidatorStatus } from "./status.ts";

export const VALIDATOR_METRICS = {
  halted: gauge("validator_halted", "Whether nothing is settled now; the status says why."),
  epoch: gauge("validator_epoch", "The epoch that runs, by the chain."),
  block: gauge("validator_chain_block", "The chain's last block."),
  blockAt: gauge("validator_chain_block_timestamp_seconds", "When that was made."),
  epochs: gauge("validator_epochs", "Epochs by how far they have come.", ["state"]),
  behind: gauge("validator_epochs_behind", "Epochs that the chain settled and the store does not hold."),
  sends: gauge("validator_transactions", "Transactions by how far they have come.", ["state"]),
  replaced: gauge("validator_transactions_replaced", "Of those, sent again for a higher fee."),
  tickets: gauge("validator_tickets", "Tickets that are kept."),
  disputes: gauge("validator_disputes", "What is in dispute."),
  memory: gauge("validator_memory_resident_bytes", "Memory of this process."),
} as const satisfies Record<string, MetricSpec<string>>;

/** Every state that there is, so that none is missing where its number is nought. */
const EPOCH_STATES = ["made", "sealed", "settled", "left"];
const SEND_STATES = ["wanted", "sent", "mined", "done", "refused", "reverted"];

export function validatorMetrics(): { readonly metrics: Metrics; readonly set: (status: ValidatorStatus) => void } {
  const metrics = new Metrics();
  const M = VALIDATOR_METRICS;
  const plain = [M.halted, M.epoch, M.block, M.blockAt, M.behind, M.replaced, M.tickets, M.disputes, M.memory];
  const [halted, epoch, block, blockAt, behind, replaced, tickets, disputes, memory] = plain.map((one) =>
    metrics.define(one),
  );
  const [epochs, sends] = [metrics.define(M.epochs), metrics.define(M.sends)];
  const set = (status: ValidatorStatus): void => {
    halted?.set(status.halted === "" ? 0 : 1);
    epoch?.set(status.epoch);
    block?.set(status.block);
    blockAt?.set(status.blockSeconds);
    behind?.set(status.behind);
    replaced?.set(status.replaced);
    tickets?.set(status.tickets);
    disputes?.set(status.disputes);
    memory?.set(process.memoryUsage.rss());
    for (const state of EPOCH_STATES) epochs.set({ state }, status.epochs[state] ?? 0);
    for (const state of SEND_STATES) sends.set({ state }, status.sends[state] ?? 0);
  };
  return { metrics, set };
}
