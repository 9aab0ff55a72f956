// Programs read what verbs answer under -o json. test/house/promises.txt holds every field that was ever published: one
// that is gone breaks somebody's script. `SRWAN_REFRESH=1` adds new ones; it takes none away.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ANSWERS, fieldsOf, NO_ANSWER } from "../../scripts/answers.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";

const FILE = "test/house/promises.txt";
const promised = readFileSync(FILE, "utf8").split("\n").filter(Boolean);
const now = Object.entries(ANSWERS).flatMap(([verb, schema]) => fieldsOf(schema).map((field) => `${verb} ${field}`));

it("every field that was published is still there", () => {
  expect(promised.length).toBeGreaterThan(100);
  expect(promised.filter((field) => !now.includes(field))).toEqual([]);
});

it("every field that is there is promised", () => {
  const fresh = now.filter((field) => !promised.includes(field));
  if (process.env.SRWAN_REFRESH === "1") writeFileSync(FILE, `${[...promised, ...fresh].toSorted().join("\n")}\n`);
  else expect(fresh, "run it with SRWAN_REFRESH=1").toEqual([]);
});

it("every verb that is promised exists", () => {
  const names = VERBS.map(({ name }) => name);
  expect(Object.keys(ANSWERS).filter((verb) => !names.includes(verb))).toEqual([]);
});

it("every verb that answers with something has published what", () => {
  const without = VERBS.filter(({ name, hidden }) => !hidden && !(name in ANSWERS)).map(({ name }) => name);
  expect(without.toSorted()).toEqual([...NO_ANSWER].toSorted());
});
