// From a measure to a colour that the colour-blind tell apart too, and a text colour that can be read on it. Pure.

import { interpolateViridis } from "d3-scale-chromatic";
import { ms, percent, span } from "../base/format.ts";
import type { Cell } from "./cells.ts";

export const MEASURES = ["delay", "bound", "jitter", "loss", "age"] as const;
export type Measure = (typeof MEASURES)[number];

type About = {
  readonly name: string;
  readonly unit: string;
  readonly of: (cell: Cell) => number | null;
  readonly text: (value: number) => string;
  /** Where the scale ends, at the least. */
  readonly least: number;
};

export const ABOUT: Readonly<Record<Measure, About>> = {
  delay: { name: "One-way delay", unit: "ms", of: (cell) => cell.delayUs, text: (us) => ms(us), least: 1_000 },
  bound: { name: "Error bound", unit: "± ms", of: (cell) => cell.boundUs, text: (us) => ms(us), least: 1_000 },
  jitter: { name: "Jitter", unit: "ms", of: (cell) => cell.jitterUs, text: (us) => ms(us, 2), least: 500 },
  loss: { name: "Loss", unit: "", of: (cell) => cell.lossPpm, text: (ppm) => percent(ppm), least: 50_000 },
  age: { name: "Age", unit: "", of: (cell) => cell.ageMs, text: (age) => span(age), least: 10_000 },
};

const STEPS = 64;
const COLOURS = Array.from({ length: STEPS }, (_, i) => interpolateViridis(i / (STEPS - 1)));

/** The square root spreads what lies close together at the low end. */
export const stepOf = (value: number, most: number): number =>
  Math.min(STEPS - 1, Math.round(Math.sqrt(Math.max(0, Math.min(1, value / most))) * (STEPS - 1)));

export const colourOf = (step: number): string => COLOURS[step] ?? "";
export const inkOn = (step: number): string => (step > STEPS * 0.46 ? "#0b1118" : "#ffffff");

/** A round end of the scale, so that it does not move with every sample. */
export function endOf(values: Iterable<number | null>, least: number): number {
  let most = least;
  for (const value of values) if (value !== null && value > most) most = value;
  const magnitude = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * magnitude).find((end) => end >= most) ?? most;
}

export const ramp = (): string =>
  `linear-gradient(90deg, ${[0, 0.04, 0.16, 0.36, 0.64, 1].map((at) => colourOf(stepOf(at, 1))).join(", ")})`;
