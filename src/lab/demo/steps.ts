// What the demo shows, step by step, and how each can be broken on purpose so that the demo is seen to notice.

export const STEPS = [
  { name: "lab", shows: "twelve POPs stand, each with two transits" },
  { name: "joined", shows: "an agent in each POP joined the controller" },
  { name: "matrix", shows: "every directed segment is measured, one way" },
  { name: "programmed", shows: "the policy Seattle to Frankfurt is installed, read back and proved" },
  { name: "carried", shows: "a customer's packets take the SID list, seen on the wire" },
  { name: "degraded", shows: "congestion on a segment in use is noticed" },
  { name: "moved", shows: "another path is chosen, proved and carries, without a lost packet" },
  { name: "returned", shows: "the default path is well again and carries" },
] as const;

export type StepName = (typeof STEPS)[number]["name"];

export const SABOTAGE = {
  matrix: "one agent stands still before it measures",
  programmed: "the far POP's agent is gone before the policy comes, so no probe is answered",
  carried: "somebody else's route in Seattle wins over ours",
  degraded: "the segment is never congested",
  moved: "Seattle's agent stands still, so nothing it is told is done",
  returned: "the congestion stays",
} as const satisfies Partial<Record<StepName, string>>;

export type Breakable = keyof typeof SABOTAGE;

export const BREAKABLE = Object.keys(SABOTAGE) as Breakable[];

export const isBreakable = (step: StepName): step is Breakable => Object.hasOwn(SABOTAGE, step);
