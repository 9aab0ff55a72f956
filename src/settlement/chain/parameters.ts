// What a deployment is made with. None of it can be changed later: another deployment is another set of contracts.

export type ChainParameters = {
  /** Batches settle whole epochs. */
  readonly epochSeconds: number;
  /** For outcomes to reach the chain after a deadline; also added to a thaw. */
  readonly graceSeconds: number;
  /** A dividend round. */
  readonly roundSeconds: number;
  /** Millionths of a payment that are its fee at most. */
  readonly feePpm: number;
  /** Paid over three years into the pools, by time. */
  readonly subsidy: bigint;
  readonly minStake: bigint;
  /** What a challenge costs whoever asks in vain. */
  readonly bond: bigint;
};

/** Units of a coin: 18 decimals. */
export const COIN = 10n ** 18n;

export const DEFAULT_PARAMETERS: ChainParameters = {
  epochSeconds: 3_600,
  graceSeconds: 3_600,
  roundSeconds: 7 * 86_400,
  feePpm: 10_000,
  subsidy: 30_000_000n * COIN,
  minStake: 10_000n * COIN,
  bond: 100n * COIN,
};
