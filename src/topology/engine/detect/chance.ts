// How many bad samples in a window are more than chance. A rule "k of the last n" is chosen by its false alarms: a pulse
// begins one only if it is bad itself and k − 1 of the n − 1 before it were, which happens with at most
// p · C(n − 1, k − 1) · p^(k − 1) where single samples are bad with probability p. The count is a sign test: the size
// of a spike is nothing to it, and it asks nothing of how delays are distributed.

/** Alarms that chance may make, for each pulse and each rule: 0.0043 a day at one pulse a second. */
export const ALARMS_PER_PULSE = 5e-8;

/** The fewest of the last `window` that are more than chance; window + 1 where none are. */
export function badNeeded(window: number, probability: number): number {
  let rate = probability;
  for (let bad = 1; bad <= window; bad++) {
    if (rate <= ALARMS_PER_PULSE) return bad;
    rate *= (probability * (window - bad)) / bad;
  }
  return window + 1;
}

/** The windows in which lost pulses are counted. */
export const LOSS_WINDOWS = { short: 10, long: 60 } as const;

/** What a segment that loses so many of its pulses anyway must lose more, to count as worse. */
export type LossRule = { readonly inARow: number; readonly ofShort: number; readonly ofLong: number };

const LEVELS_PPM = [1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000] as const;

const RULES: readonly LossRule[] = LEVELS_PPM.map((ppm) => {
  const probability = ppm / 1e6;
  return {
    inARow: Math.ceil(Math.log(ALARMS_PER_PULSE) / Math.log(probability)),
    ofShort: badNeeded(LOSS_WINDOWS.short, probability),
    ofLong: badNeeded(LOSS_WINDOWS.long, probability),
  };
});

/** By the loss that is usual; less than one in a thousand cannot be learnt in the time there is, and counts as that. */
export function lossRule(usualPpm: number): LossRule {
  const level = LEVELS_PPM.findIndex((ppm) => usualPpm <= ppm);
  return RULES[level === -1 ? RULES.length - 1 : level] as LossRule;
}
