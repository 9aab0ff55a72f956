// Patterns that come back: what a segment's hours are like above the day before, by hour of the day or of the week. A
// forecast counts only where it beat both naive ones on hours it had never seen: that the next hour is like this one, and
// that it is like the day before in the middle. On mere noise the second is as good as any.

export type Forecast = {
  readonly kind: "daily" | "weekly";
  /** By hour of the day or of the week: µs above the median of the 24 hours before. */
  readonly profileUs: Float64Array;
  /** 1,000 less the error against the better naive one's, in thousandths: 0 is no better, negative is worse. */
  readonly scorePermille: number;
  readonly errorUs: number;
  readonly naiveErrorUs: number;
  /** Hours it was tried on. */
  readonly heldBack: number;
};

const DAY = 24;
const WEEK = 168;
/** Held back from all that is known; of the rest as much chooses between the kinds. */
const HOLD_BACK = 0.25;
const HELD_BACK_MIN = 24;
const TRUSTED_PERMILLE = 100;

/** Hours since 1970 UTC; that one was a Thursday's. */
export const hourOf = (ms: number): number => Math.floor(ms / 3_600_000);
const slotOf = (hour: number, slots: number): number => (slots === DAY ? hour % DAY : (hour + 3 * DAY) % WEEK);

/** `hours` holds one value an hour, NaN where nothing was measured. Undefined where there is too little to learn from. */
export function fitForecast(hours: Float64Array, firstHour: number): Forecast | undefined {
  const excess = excesses(hours);
  const held = Math.floor(hours.length * (1 - HOLD_BACK));
  const chosen = Math.floor(held * (1 - HOLD_BACK));
  // Each slot must have been seen twice at least before it is tried.
  const kinds = [DAY, WEEK].filter((slots) => chosen - DAY >= 2 * slots);
  if (kinds.length === 0 || hours.length - held < HELD_BACK_MIN) return undefined;
  const errorOf = (slots: number, from: number, to: number): number =>
    trial(hours, excess, firstHour, profile(excess, firstHour, slots, from), from, to).errorUs;
  const slots = kinds.reduce((a, b) => (errorOf(b, chosen, held) < errorOf(a, chosen, held) ? b : a));
  const profileUs = profile(excess, firstHour, slots, held);
  const { errorUs, naiveErrorUs, count } = trial(hours, excess, firstHour, profileUs, held, hours.length);
  if (count < HELD_BACK_MIN) return undefined;
  const scorePermille = naiveErrorUs === 0 ? 0 : Math.round(1_000 - (1_000 * errorUs) / naiveErrorUs);
  const kind = slots === DAY ? "daily" : "weekly";
  return { kind, profileUs, scorePermille, errorUs, naiveErrorUs, heldBack: count };
}

export const isTrusted = (forecast: Forecast | undefined): forecast is Forecast =>
  forecast !== undefined && forecast.scorePermille >= TRUSTED_PERMILLE;

/** µs above the median of the 24 hours before. */
export const foreseenExcessUs = ({ profileUs }: Forecast, hour: number): number =>
  profileUs[slotOf(hour, profileUs.length)] as number;

function excesses(hours: Float64Array): Float64Array {
  return hours.map((us, i) => (i < DAY ? Number.NaN : us - middle(hours.subarray(i - DAY, i))));
}

function profile(excess: Float64Array, firstHour: number, slots: number, end: number): Float64Array {
  const seen: number[][] = Array.from({ length: slots }, () => []);
  for (let i = DAY; i < end; i++) {
    if (!Number.isNaN(excess[i] as number)) seen[slotOf(firstHour + i, slots)]?.push(excess[i] as number);
  }
  return Float64Array.from(seen, (values) => (values.length === 0 ? 0 : middle(values)));
}

/** Mean errors over hours `from` to `to`, of the profile and of the better naive forecast. */
function trial(
  hours: Float64Array,
  excess: Float64Array,
  firstHour: number,
  profileUs: Float64Array,
  from: number,
  to: number,
): { errorUs: number; naiveErrorUs: number; count: number } {
  let [error, again, flat, count] = [0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const ours = Math.abs((excess[i] as number) - (profileUs[slotOf(firstHour + i, profileUs.length)] as number));
    const theirs = Math.abs((hours[i] as number) - (hours[i - 1] as number));
    if (Number.isNaN(ours) || Number.isNaN(theirs)) continue;
    error += ours;
    again += theirs;
    flat += Math.abs(excess[i] as number);
    count++;
  }
  return { errorUs: Math.round(error / count), naiveErrorUs: Math.round(Math.min(again, flat) / count), count };
}

function middle(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  return sorted.length === 0 ? Number.NaN : (sorted[(sorted.length - 1) >> 1] as number);
}
