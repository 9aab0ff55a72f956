// A forecast is used where it has proved itself on hours it never saw, and nowhere else.

import { describe, expect, it } from "vitest";
import { SeededRng, unit } from "../../base/rng.ts";
import { fitForecast, foreseenExcessUs, isTrusted } from "./forecast.ts";
import { Foresight } from "./foresight.ts";

/** A Monday, midnight. */
const MONDAY = 501_384;
const DAYS = 28;

function history(busy: (hour: number, day: number) => number, days = DAYS, noiseUs = 1_000): Float64Array {
  const rng = new SeededRng(4);
  return Float64Array.from({ length: days * 24 }, (_, i) =>
    Math.round(40_000 + 20_000 * busy(i % 24, Math.floor(i / 24) % 7) + noiseUs * unit(rng)),
  );
}

const evening = (hour: number) => (hour >= 19 && hour < 23 ? 1 : 0);

describe("fitForecast", () => {
  it("finds an evening that comes back every day, and beats the naive forecast", () => {
    const forecast = fitForecast(history(evening), MONDAY);
    expect(isTrusted(forecast)).toBe(true);
    expect(forecast?.scorePermille).toBeGreaterThan(500);
    expect(forecast && foreseenExcessUs(forecast, MONDAY + 20)).toBeGreaterThan(18_000);
    expect(forecast && Math.abs(foreseenExcessUs(forecast, MONDAY + 4))).toBeLessThan(1_000);
  });

  it("finds a working week", () => {
    const forecast = fitForecast(
      history((hour, day) => (day < 5 && hour >= 9 && hour < 17 ? 1 : 0)),
      MONDAY,
    );
    expect(forecast?.kind).toBe("weekly");
    expect(forecast && foreseenExcessUs(forecast, MONDAY + 10)).toBeGreaterThan(18_000);
    expect(forecast && foreseenExcessUs(forecast, MONDAY + 5 * 24 + 10)).toBeLessThan(1_000);
  });

  it("is not trusted on noise, on bursts at random, nor on a pattern that has ended", () => {
    const rng = new SeededRng(9);
    const bursts = history(() => (unit(rng) < 0.1 ? 1 : 0));
    const ended = history((hour) => evening(hour)).map((us, i) => (i > DAYS * 18 ? 40_000 + (us % 700) : us));
    for (const hours of [history(() => 0), bursts, ended]) expect(isTrusted(fitForecast(hours, MONDAY))).toBe(false);
  });

  it("learns nothing from the hours that it is tried on", () => {
    const rng = new SeededRng(6);
    const hours = history(evening);
    const otherwise = hours.map((us, i) => (i >= hours.length * 0.75 ? Math.round(us + 30_000 * unit(rng)) : us));
    const [one, other] = [fitForecast(hours, MONDAY), fitForecast(otherwise, MONDAY)];
    expect(other?.profileUs).toEqual(one?.profileUs);
    expect(other?.scorePermille).toBeLessThan(one?.scorePermille ?? 0);
  });

  it("needs days to learn from, and leaves out what was not measured", () => {
    expect(fitForecast(history(evening, 4), MONDAY)).toBeUndefined();
    expect(fitForecast(new Float64Array(DAYS * 24).fill(Number.NaN), MONDAY)).toBeUndefined();
    const holes = history(evening).map((us, i) => (i % 5 === 0 ? Number.NaN : us));
    expect(isTrusted(fitForecast(holes, MONDAY))).toBe(true);
  });

  it("does not care how far the clocks are off", () => {
    const right = fitForecast(history(evening), MONDAY);
    expect(
      fitForecast(
        history(evening).map((us) => us - 9_000_000),
        MONDAY,
      ),
    ).toEqual(right);
  });
});

describe("Foresight", () => {
  it("announces a bad hour before it comes, by how much it will be worse, and nothing at other times", () => {
    const foresight = new Foresight(1);
    const hours = history(evening, 8);
    const startMs = MONDAY * 3_600_000;
    for (let minute = 0; minute < hours.length * 60; minute++) {
      foresight.watch(startMs + minute * 60_000, () => hours[Math.floor(minute / 60)]);
    }
    const day = startMs + hours.length * 3_600_000;
    foresight.watch(day, () => 40_500);
    const ahead = (hour: number, minute: number) =>
      foresight.foreseenUs(0, day + (hour * 60 + minute) * 60_000, 40_500, 40_000);
    expect(ahead(12, 0)).toBeUndefined();
    expect(ahead(18, 45)).toBeUndefined();
    expect(ahead(18, 51)).toBeGreaterThan(18_000);
    expect(ahead(22, 30)).toBeGreaterThan(18_000);
    expect(ahead(23, 5)).toBeUndefined();
  });
});
