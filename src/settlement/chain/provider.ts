// The connection to a chain, with the waits that suit it: a chain on this machine answers at once.

import { JsonRpcProvider } from "ethers";
import { LIMITS } from "../../base/limits.ts";

export function openProvider(url: string): JsonRpcProvider {
  const near = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);
  const provider = new JsonRpcProvider(url, undefined, {
    // Batches save nothing here, and a refused one hides which of its calls was refused.
    batchMaxCount: 1,
    // An answer from before one's own transaction is worse than another question.
    cacheTimeout: -1,
    pollingInterval: near ? LIMITS.chainNearPollMs : LIMITS.chainPollMs,
  });
  return provider;
}
