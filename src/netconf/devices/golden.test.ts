// The golden files: what each family makes of each example, as an engineer reads it. GOLDEN=write takes over what is made.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { XmlElement } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import { driverOf } from "./driver.ts";
import { type Example, examplesOf } from "./examples.ts";
import { FAMILIES, type FamilyName } from "./family.ts";

const FOLDER = new URL("golden/", import.meta.url);
const fileOf = (family: FamilyName, name: string): string => `${family}-${name}.txt`;

function goldenOf(family: FamilyName, { about, intent }: Example): string {
  const driver = driverOf(family);
  const part = (title: string, lines: string) => `===== ${title}\n${lines.trimEnd()}\n`;
  const xml = (all: readonly XmlElement[]) => all.map((one) => writeXml(one, { pretty: true })).join("\n");
  const head = part(`${driver.title}: ${about}`, stringify(intent));
  const verdict = driver.supports(intent);
  if (!verdict.supported) {
    const reasons = verdict.reasons.map(({ field, why }) => `${field}: ${why}`).join("\n");
    const offer = verdict.instead ? part("offered in its place", stringify(verdict.instead)) : "";
    return `${head}${part("refused", reasons)}${offer}`;
  }
  return [
    head,
    part("to set it, in the router's words", driver.cli(intent).join("\n")),
    part("to set it", xml(driver.render(intent).config)),
    part("to remove it, in the router's words", driver.cliRemoval(intent).join("\n")),
    part("to remove it", xml(driver.remove(intent).config)),
  ].join("");
}

describe.each(FAMILIES)("%s", (family) => {
  const examples = examplesOf(family);

  it.each(examples.map((example) => [example.name, example] as const))("%s", (name, example) => {
    const made = goldenOf(family, example);
    const file = new URL(fileOf(family, name), FOLDER);
    if (process.env.GOLDEN === "write") writeFileSync(file, made);
    expect(existsSync(file) ? readFileSync(file, "utf8") : "no golden file").toBe(made);
  });

  it("has no golden file of an example that is gone", () => {
    const known = new Set(examples.map(({ name }) => fileOf(family, name)));
    const there = readdirSync(FOLDER).filter((name) => name.startsWith(`${family}-`));
    expect(there.filter((name) => !known.has(name))).toEqual([]);
  });
});
