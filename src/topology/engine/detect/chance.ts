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

/** Trouble when `bad` of the last `window` samples are bad. */
export type CountRule = { readonly window: number; readonly bad: number };

/** Where more are bad than the first share, they come together, as queues do: twice as many are reckoned with. */
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2] as const;
const reckoned = (share: number): number => (share === SHARES[0] ? share : 2 * share);
const levelOf = (share: number): number => {
  const level = SHARES.findIndex((one) => share <= one);
  return level === -1 ? SHARES.length - 1 : level;
};

/** All but one of a window. */
const LATE_RULES: readonly CountRule[] = SHARES.map((share) => {
  let window = 2;
  while ((window - 1) * reckoned(share) ** (window - 1) > ALARMS_PER_PULSE) window++;
  return { window, bad: window - 1 };
});
/** The line lies so many usual differences of two samples above what is usual: nearer, and any longer queue crosses it. */
const LINE_AWAY = [9, 6.5, 4.5, 3, 0] as const;

/** By the share of samples that is late anyway, and by how far the line is from the segment's noise; the stricter counts. */
export function lateRule(usualShare: number, lineAway: number): CountRule {
  const byNoise = LINE_AWAY.findIndex((away) => lineAway >= away);
  return LATE_RULES[Math.max(levelOf(usualShare), byNoise)] as CountRule;
}

const ROUGH_WINDOWS = { usual: 15, most: 30 } as const;

/** One sample that is out of place makes two differences that are: pairs are what chance deals. */
const ROUGH_RULES: readonly CountRule[] = SHARES.map((share) => {
  const window = share === SHARES[0] ? ROUGH_WINDOWS.usual : ROUGH_WINDOWS.most;
  return { window, bad: Math.min(window, 2 * badNeeded(window, reckoned(share) / 2)) };
});

/** By the share of differences that is large anyway. */
export const roughRule = (usualShare: number): CountRule => ROUGH_RULES[levelOf(usualShare)] as CountRule;
