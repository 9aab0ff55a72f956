// The connection to a chain, with the waits that suit it: a chain on this machine answers at once.

import { FetchRequest, JsonRpcProvider, Network } from "ethers";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";

/** Asks which chain it is first: the library's own way is to ask for ever. */
export async function openProvider(url: string): Promise<JsonRpcProvider> {
  const request = new FetchRequest(url);
  request.timeout = LIMITS.chainAnswerMs;
  const near = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);
  return new JsonRpcProvider(request, await networkOf(url), {
    staticNetwork: true,
    // Batches save nothing here, and a refused one hides which of its calls was refused.
    batchMaxCount: 1,
    // An answer from before one's own transaction is worse than another question.
    cacheTimeout: -1,
    pollingInterval: near ? LIMITS.chainNearPollMs : LIMITS.chainPollMs,
  });
}

async function networkOf(url: string): Promise<Network> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(LIMITS.chainAnswerMs),
    });
    const { result } = (await answer.json()) as { result?: string };
    return Network.from(BigInt(result ?? ""));
  } catch (error) {
    throw new SrwanError("CHAIN_UNREACHABLE", `${url}: no chain answers there`, {
      remedy: "Start one with `srwan chain up`, or give the --url of another.",
      cause: error,
    });
  }
}
