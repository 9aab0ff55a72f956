// Everything that is rendered for a family is valid to that family's own modules: as an edit, and as a configuration with
// all that is mandatory. What our tests answer in a router's place is valid to its operational modules.

import { describe, expect, it } from "vitest";
import { pathOf } from "../../scripts/fetch-yang.ts";
import { Box } from "../../src/netconf/devices/box.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import { examplesOf } from "../../src/netconf/devices/examples.ts";
import { FAMILIES } from "../../src/netconf/devices/family.ts";
import { REPLIES } from "../../src/netconf/devices/replies.ts";
import type { XmlElement } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { writeXml } from "../../src/netconf/xml/write.ts";
import { CONFIG, ON_THE_BOX, STATE } from "./sets.ts";
import { asJson, judge, missing } from "./yanglint.ts";

const text = (all: readonly XmlElement[]): string => all.map((one) => writeXml(one, { pretty: true })).join("\n");

/** As it stands on the box, beside what was there. */
function standing(before: string, edit: readonly XmlElement[]): string {
  const box = new Box(parseXmlList(before));
  box.edit(edit);
  return text(box.config);
}

describe.each(FAMILIES)("%s", (family) => {
  const driver = driverOf(family);
  const supported = examplesOf(family).filter(({ intent }) => driver.supports(intent).supported);
  const documents = (of: (example: (typeof supported)[number]) => string) =>
    Object.fromEntries(supported.map((example) => [example.name, of(example)]));

  it("takes every edit, of those that set and those that remove", (ctx) => {
    const why = missing();
    if (why) return ctx.skip(why);
    const setting = documents(({ intent }) => text(driver.render(intent).config));
    const removing = documents(({ intent }) => text(driver.remove(intent).config));
    const named = Object.entries(removing).map(([name, one]) => [`${name}-removed`, one]);
    expect(judge(CONFIG[family], "edit", { ...setting, ...Object.fromEntries(named) })).toEqual([]);
  });

  it("takes each as a configuration", (ctx) => {
    const why = missing();
    if (why) return ctx.skip(why);
    const whole = documents(({ intent }) => standing(ON_THE_BOX[family], driver.render(intent).config));
    expect(judge(CONFIG[family], "config", whole)).toEqual([]);
  });

  // One document that has as many forms as can stand beside each other: a run for each would take minutes.
  it("has the JSON that yanglint makes of the same", (ctx) => {
    const why = missing();
    if (why) return ctx.skip(why);
    const box = new Box();
    for (const { intent } of supported) box.edit(driver.render(intent).config);
    expect(driver.json(box.config)).toEqual(asJson(CONFIG[family], text(box.config)));
  });

  it("could answer what the tests of checks and counters answer", (ctx) => {
    const why = missing();
    if (why) return ctx.skip(why);
    expect(judge(STATE[family], "data", REPLIES[family])).toEqual([]);
  });

  it("is judged at all: a value that the model refuses is found", (ctx) => {
    const why = missing();
    if (why) return ctx.skip(why);
    const [locator] = supported;
    const wrong = locator ? text(driver.render(locator.intent).config).replace(/<name>[^<]*</, "<nome>x<") : "";
    expect(judge(CONFIG[family], "edit", { wrong: wrong.replace("</name>", "</nome>") })).not.toEqual([]);
  });
});

it("a module is found by its name alone, else by its newest date", () => {
  const paths = ["a/x@2024-01-01.yang", "a/x@2025-01-01.yang", "a/y@2024-01-01.yang", "b/y.yang", "c/xx.yang"];
  expect(pathOf("x", paths)).toBe("a/x@2025-01-01.yang");
  expect(pathOf("y", paths)).toBe("b/y.yang");
  expect(pathOf("z", paths)).toBeUndefined();
});
