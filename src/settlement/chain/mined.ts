// Waiting for a transaction's block by asking for it. The library waits for the block after the one it saw last, and waits for
// ever where that was the transaction's own and no other follows.

import { setTimeout as pause } from "node:timers/promises";
import type { Provider, TransactionReceipt } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";

/** In a block, carried out; anything else is thrown, and only `CHAIN_REFUSED` says that nothing was moved. */
export async function mined(
  what: string,
  { provider, hash }: { readonly provider: Provider; readonly hash: string },
  waitMs: number = LIMITS.chainMinedMs,
): Promise<TransactionReceipt> {
  const [near, far] = [LIMITS.chainNearPollMs, LIMITS.chainPollMs];
  for (let waited = 0, next: number = near; waited <= waitMs; waited += next, next = Math.min(2 * next, far)) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt?.status === 0) {
      throw new SrwanError("CHAIN_REFUSED", `${what}: ${hash} was refused in its block`, {
        remedy: "Nothing was moved: what it stood on changed before its block. Look, then try again.",
      });
    }
    if (receipt !== null) return receipt;
    await pause(next);
  }
  throw new SrwanError("CHAIN_UNREACHABLE", `${what}: ${hash} is sent and in no block yet`, {
    remedy: "Look for it on the chain before you send again: it may still be carried out.",
  });
}
