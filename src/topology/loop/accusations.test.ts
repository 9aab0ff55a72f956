// One accuser condemns nobody, a liar's own accusations do not count, and what is not repeated is forgotten.

import { expect, it } from "vitest";
import type { Contradiction } from "../../wire/report.ts";
import { Accusations } from "./accusations.ts";

const against = (member: string): Contradiction => ({
  kind: "contradiction",
  number: 1,
  atMs: 0,
  member,
  evidence: [`${member} says 3 ms, and light takes 9`],
});

it("takes several accusers, and tells who they are and what they saw", () => {
  const all = new Accusations();
  all.take("a", against("liar"), 0);
  all.take("b", against("liar"), 0);
  all.take("liar", against("liar"), 0);
  expect(all.verdicts(10, 1)).toEqual([]);
  all.take("c", against("liar"), 0);
  expect(all.verdicts(10, 1)).toEqual([
    {
      pop: "liar",
      why: "its reports contradict those of a, b, c",
      evidence: ["a", "b", "c"].map((who) => `${who}: liar says 3 ms, and light takes 9`),
    },
  ]);
});

it("does not let a liar, or two, condemn the honest", () => {
  const all = new Accusations();
  for (const honest of ["a", "b", "c", "d", "e"]) for (const liar of ["x", "y"]) all.take(honest, against(liar), 0);
  for (const liar of ["x", "y"]) for (const honest of ["a", "b", "c", "d", "e"]) all.take(liar, against(honest), 0);
  expect(all.verdicts(7, 1).map(({ pop }) => pop)).toEqual(["x", "y"]);
});

it("forgets what is not repeated", () => {
  const all = new Accusations();
  for (const honest of ["a", "b", "c"]) all.take(honest, against("x"), 0);
  expect(all.verdicts(9, 599_999)).toHaveLength(1);
  expect(all.verdicts(9, 600_000)).toEqual([]);
});
