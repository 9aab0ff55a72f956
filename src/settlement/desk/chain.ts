// A chain that may be away: what is asked of it comes within some seconds, or a word on why it does not.

import type { JsonRpcProvider } from "ethers";
import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Deployment } from "../chain/deployment.ts";
import { openProvider } from "../chain/provider.ts";
import { chainError } from "../chain/refusal.ts";

export type Asked<T> = { readonly value: T } | { readonly note: string };

export class DeskChain {
  readonly #url: string;
  readonly #deployment: Deployment;
  readonly #clock: Clock;
  #provider: Promise<JsonRpcProvider> | undefined;
  #away: { readonly untilMs: number; readonly note: string } | undefined;

  constructor(url: string, deployment: Deployment, clock: Clock) {
    this.#url = url;
    this.#deployment = deployment;
    this.#clock = clock;
  }

  /** While it is away nobody waits for it again: they are told at once. */
  async ask<T>(work: (provider: JsonRpcProvider) => Promise<T>): Promise<Asked<T>> {
    const nowMs = Number(this.#clock.wallUs() / 1_000n);
    if (this.#away && this.#away.untilMs > nowMs) return { note: this.#away.note };
    const late = new AbortController();
    const gaveUp = this.#clock.sleepMs(LIMITS.deskChainMs, late.signal).then(() => {
      throw silent(this.#url);
    });
    try {
      const value = await Promise.race([this.#open().then(work), gaveUp]);
      this.#away = undefined;
      return { value };
    } catch (thrown) {
      // An address of a chain may hold a key to it.
      const note = chainError("asking it", thrown).message.replaceAll(this.#url, new URL(this.#url).origin);
      this.#away = { untilMs: nowMs + LIMITS.deskSharedMs, note };
      this.close();
      return { note };
    } finally {
      late.abort();
      gaveUp.catch(() => undefined);
    }
  }

  close(): void {
    void this.#provider?.then(
      (provider) => provider.destroy(),
      () => undefined,
    );
    this.#provider = undefined;
  }

  #open(): Promise<JsonRpcProvider> {
    this.#provider ??= this.#connect();
    return this.#provider;
  }

  async #connect(): Promise<JsonRpcProvider> {
    const provider = await openProvider(this.#url);
    const { chainId } = await provider.getNetwork();
    if (Number(chainId) === this.#deployment.chainId) return provider;
    provider.destroy();
    throw new SrwanError("DEPLOYMENT_INVALID", `${this.#url} is chain ${chainId}, not ${this.#deployment.chainId}`, {
      remedy: "Set settlement.chainUrl to the chain of settlement.deployment.",
    });
  }
}

const silent = (url: string): SrwanError =>
  new SrwanError("CHAIN_UNREACHABLE", `${url}: no answer within ${LIMITS.deskChainMs / 1_000} seconds`, {
    remedy: "Set settlement.chainUrl to a chain that answers.",
  });
