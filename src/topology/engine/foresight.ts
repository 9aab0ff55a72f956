// Forecasts of many segments as time goes by: hours are closed, profiles fitted anew once a day, and a bad hour is
// announced before it comes.

import { MedianWindows } from "./detect/windows.ts";
import { type Forecast, fitForecast, foreseenExcessUs, hourOf, isTrusted } from "./forecast.ts";

/** A sample a minute is enough for an hour's median. */
const SAMPLE_MS = 60_000;
/** So long before it comes, a bad hour counts as near. */
const LEAD_MS = 600_000;
/** An hour is bad that is foreseen to lie this part of the delay, and so much, above its day. */
const BAD_PERMILLE = 200;
const BAD_MIN_US = 2_000;
/** Five weeks. */
const KEPT_HOURS = 840;

export class Foresight {
  readonly #hours: number[][];
  readonly #forecasts: (Forecast | undefined)[];
  readonly #minutes: MedianWindows;
  /** The hours of the last day. */
  readonly #days: MedianWindows;
  #firstHour: number | undefined;
  #hour = 0;
  #sampledMs = Number.NEGATIVE_INFINITY;

  constructor(segments: number) {
    this.#hours = Array.from({ length: segments }, () => []);
    this.#forecasts = this.#hours.map(() => undefined);
    this.#days = new MedianWindows(segments, 24);
    this.#minutes = new MedianWindows(segments, 3_600_000 / SAMPLE_MS);
  }

  /** Call it once an interval; it takes what it needs. */
  watch(nowMs: number, delayUs: (segment: number) => number | undefined): void {
    const hour = hourOf(nowMs);
    if (this.#firstHour === undefined) [this.#firstHour, this.#hour] = [hour, hour];
    for (; this.#hour < hour; this.#hour++) this.#close();
    if (nowMs - this.#sampledMs < SAMPLE_MS) return;
    this.#sampledMs = nowMs;
    for (const s of this.#hours.keys()) {
      const us = delayUs(s);
      if (us !== undefined) this.#minutes.push(s, us);
    }
  }

  forecast(segment: number): Forecast | undefined {
    return this.#forecasts[segment];
  }

  /** How much later than now a segment will be, if this hour or the one that is near is a bad one. */
  foreseenUs(s: number, nowMs: number, delayUs: number | undefined, scaleUs: number | undefined): number | undefined {
    const forecast = this.#forecasts[s];
    if (!isTrusted(forecast) || delayUs === undefined || scaleUs === undefined) return undefined;
    const line = Math.max(BAD_MIN_US, (scaleUs * BAD_PERMILLE) / 1_000);
    const excess = Math.max(...[nowMs, nowMs + LEAD_MS].map((at) => foreseenExcessUs(forecast, hourOf(at))));
    if (excess < line) return undefined;
    const more = this.#days.median(s) + excess - delayUs;
    return Number.isNaN(more) ? undefined : Math.max(0, more);
  }

  #close(): void {
    for (const [s, hours] of this.#hours.entries()) {
      const us = this.#minutes.median(s);
      hours.push(us);
      if (!Number.isNaN(us)) this.#days.push(s, us);
      this.#minutes.clear(s);
    }
    const first = this.#firstHour ?? 0;
    if ((this.#hour + 1) % 24 !== 0) return;
    for (const [s, hours] of this.#hours.entries()) {
      this.#forecasts[s] = fitForecast(Float64Array.from(hours), first);
      if (hours.length > KEPT_HOURS) hours.splice(0, hours.length - KEPT_HOURS);
    }
    this.#firstHour = this.#hour + 1 - (this.#hours[0]?.length ?? 0);
  }
}
