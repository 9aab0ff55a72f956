// What is in force on one direction: what its file says, changes that stay, and changes that pass by themselves.

import { changed, type Impairment, type ImpairmentChange } from "../model.ts";

type Passing = { readonly change: ImpairmentChange; readonly untilUs: number };

export type Standing = {
  /** As the topology file has it: what a reset goes back to. */
  readonly file: Impairment;
  readonly stays: Impairment;
  /** Laid over what stays, the youngest last. */
  readonly passing: readonly Passing[];
};

export const standingAs = (file: Impairment): Standing => ({ file, stays: file, passing: [] });

/** Without an end the change stays. */
export const withChange = (standing: Standing, change: ImpairmentChange, untilUs?: number): Standing =>
  untilUs === undefined
    ? { ...standing, stays: changed(standing.stays, change) }
    : { ...standing, passing: [...standing.passing, { change, untilUs }] };

export const withoutEnded = (standing: Standing, nowUs: number): Standing => ({
  ...standing,
  passing: standing.passing.filter(({ untilUs }) => untilUs > nowUs),
});

export const inForce = (standing: Standing): Impairment =>
  standing.passing.reduce((does, { change }) => changed(does, change), standing.stays);

/** When the next change ends; infinity when none passes. */
export const nextEndUs = (standing: Standing): number =>
  Math.min(...standing.passing.map(({ untilUs }) => untilUs), Number.POSITIVE_INFINITY);
