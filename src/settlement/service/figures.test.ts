// What Prometheus reads of a validator.

import { expect, it } from "vitest";
import { validatorMetrics } from "./figures.ts";
import type { ValidatorStatus } from "./status.ts";

const status: ValidatorStatus = {
  schema: "srwan.validator-status/1",
  signer: "0x1111111111111111111111111111111111111111",
  epoch: 490_123,
  block: 77,
  blockSeconds: 1_800_000_123,
  halted: "the last block, 77, is 300 s old",
  epochs: { settled: 3 },
  behind: 2,
  sends: { done: 3, sent: 1 },
  replaced: 1,
  tickets: 12,
  disputes: 0,
};

it("says how a validator stands, and of each state that there is how many, none too", async () => {
  const { metrics, set } = validatorMetrics();
  set(status);
  const lines = (await metrics.expose()).split("\n");
  for (const line of [
    "srwan_validator_halted 1",
    "srwan_validator_epoch 490123",
    "srwan_validator_chain_block_timestamp_seconds 1800000123",
    'srwan_validator_epochs{state="settled"} 3',
    'srwan_validator_epochs{state="left"} 0',
    "srwan_validator_epochs_behind 2",
    'srwan_validator_transactions{state="sent"} 1',
    "srwan_validator_transactions_replaced 1",
    "srwan_validator_tickets 12",
  ]) {
    expect(lines).toContain(line);
  }
  set({ ...status, halted: "", epochs: { settled: 2, sealed: 1 } });
  const later = await metrics.expose();
  expect(later).toContain("srwan_validator_halted 0");
  expect(later).toContain('srwan_validator_epochs{state="settled"} 2');
});
