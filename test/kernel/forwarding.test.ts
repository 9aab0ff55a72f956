// Every encap mode with every behavior: packets cross four namespaces, and what is seen on each link, counted at each SID
// and delivered at the end is what the RFCs say.

import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { beforeAll, describe, expect } from "vitest";
import { ENCAP_MODES } from "../../src/srv6/behavior.ts";
import { it, openWorld } from "./lab.ts";
import { COMMAND, PAGE, section, sectionsOf, titleOf } from "./matrix-page.ts";
import { lacksWorld } from "./needs.ts";
import { impossible, SUBJECTS } from "./scenarios.ts";
import { findForwarding, judge, lacking } from "./verdicts.ts";

const worldLess = lacksWorld() !== undefined;
const findings = worldLess ? new Map() : await findForwarding();
let judged: Awaited<ReturnType<typeof judge>>;

beforeAll(async () => {
  if (!worldLess) judged = await judge(await openWorld(), findings);
});

describe("the world of four nodes", () => {
  it("takes every node's desired state whole", ({ world: _ }) => {
    const { applied } = judged.observed;
    expect(Object.values(applied).flatMap(({ troubles, leftOver }) => [...troubles, ...leftOver])).toEqual([]);
    expect(Object.values(judged.observed.missing).flat()).toEqual([]);
    expect(applied.relay1.steps.length).toBeGreaterThan(50);
  });

  it("is captured alike by our decoder and by tshark, every frame of it", ({ world: _ }) => {
    expect(judged.observed.disagreements).toEqual([]);
    expect(judged.observed.frames.core1.length).toBeGreaterThan(100);
  });
});

describe("the matrix page", () => {
  it("says of this kernel what was seen just now", ({ world: _, skip }) => {
    const title = titleOf(release(), arch());
    const told = sectionsOf(readFileSync(PAGE, "utf8")).get(title);
    if (told === undefined) skip(`${PAGE} has no section "${title}"; ${COMMAND} writes it`);
    expect(told, `run ${COMMAND}`).toBe(section(title, judged.verdicts));
  });
});

describe.each(worldLess ? [] : SUBJECTS)("%s", (subject) => {
  const modes = ENCAP_MODES.filter(
    (mode) => impossible(subject, mode, 4) === undefined || impossible(subject, mode, 6) === undefined,
  );
  const lack = lacking(findings, subject, modes[0] ?? "encap");
  if (lack !== undefined) return void it("carries packets", ({ skip }) => skip(lack));
  it.each(modes)("carries what %s puts on a list", (mode) => {
    const mine = judged.verdicts.filter(
      (verdict) => verdict.subject === subject && verdict.mode === mode && verdict.state !== "none",
    );
    expect(mine.map(({ family, state, why }) => ({ family, state, why }))).toEqual(
      mine.map(({ family }) => ({ family, state: "holds", why: [] })),
    );
  });
});
