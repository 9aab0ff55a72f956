// What deploy/ says of srwan is true of it: metrics that exist, alerts that fire, runbooks that are there.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dashboards } from "../../scripts/dashboards.ts";
import { checkRunbookOf, runbookOf } from "../../src/base/runbook.ts";
import { CHECKS } from "../../src/doctor/doctor.ts";
import { CONDITIONS } from "../../src/topology/service/conditions.ts";

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
};

const RULES = "deploy/prometheus/srwan.rules.yaml";
const TESTS = "deploy/prometheus/srwan.test.yaml";
/** Where docs/ is published, or the path in this repository. */
const BASE = '{{ or $externalLabels.docs_base "docs/" }}';
const text = (path: string): string => readFileSync(path, "utf8");
const alerts = (parse(text(RULES)) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
const runbooks = readdirSync("docs/runbooks").filter((name) => name !== "README.md");

const known = new Map(
  [...text("docs/reference/metrics.md").matchAll(/^\| `(srwan_[a-z_]+)` \| (\w+) /gm)].map(
    ([, name = "", kind = ""]) => [name, kind],
  ),
);

/** Series of a histogram are named after it. */
function unknownMetrics(written: string): string[] {
  const named = [...written.matchAll(/\bsrwan_[a-z_]+/g)].map(([name]) => name);
  return [...new Set(named)].filter((name) => {
    const histogram = name.replace(/_(bucket|sum|count)$/, "");
    return !known.has(name) && known.get(histogram) !== "histogram";
  });
}

describe("deploy", () => {
  it("names only metrics that the reference has", () => {
    expect(known.size).toBeGreaterThan(20);
    const written = [text(RULES), text(TESTS), ...dashboards().values()].join("\n");
    expect(unknownMetrics(written)).toEqual([]);
    expect(unknownMetrics("rate(srwan_cell_total[5m])")).toEqual(["srwan_cell_total"]);
  });

  it("holds the dashboards that scripts/dashboards.ts makes", () => {
    const drifted = [...dashboards()].filter(([path, made]) => text(path) !== made).map(([path]) => path);
    expect(drifted, "run `make docs`").toEqual([]);
  });

  it("has an alert for every condition of the closed list, and no other", () => {
    const told = alerts.flatMap(({ expr }) => /srwan_conditions\{condition="([a-z-]+)"\}/.exec(expr)?.[1] ?? []);
    expect(told.toSorted()).toEqual(Object.keys(CONDITIONS).toSorted());
  });

  it("links every alert to a runbook, every condition has one, and none lies about", () => {
    const linked = alerts.map(({ annotations }) => annotations.runbook_url.replace(BASE, "docs/"));
    const wanted = new Set([...linked, ...Object.keys(CONDITIONS).map((id) => runbookOf(id)), runbookOf("doctor")]);
    expect(runbooks.map((name) => `docs/runbooks/${name}`).toSorted()).toEqual([...wanted].toSorted());
  });

  it("explains every check of the doctor under its name, and no other", () => {
    const page = text(runbookOf("doctor"));
    const sections = [...page.matchAll(/^## (\S+\.\S+)\n\n([A-Z][\s\S]*?)(?=\n## |$(?![\s\S]))/gm)];
    expect(sections.map(([, id]) => id)).toEqual(CHECKS.map(({ id }) => id));
    expect(checkRunbookOf("kernel.next-csid")).toBe("docs/runbooks/doctor.md#kernelnext-csid");
  });

  it.each(runbooks.filter((name) => name !== "doctor.md"))(
    "%s says what it means, what to look at and what to do",
    (name) => {
      const page = text(`docs/runbooks/${name}`);
      expect(page).toMatch(/^# [A-Z][^\n]+\n\n[A-Z][\s\S]+\n## Look\n\n```sh\n[\s\S]+```\n\n## Do\n\n(1\.|-) \S/);
      expect(text("docs/runbooks/README.md")).toContain(`](${name})`);
    },
  );

  it("tests every alert", () => {
    const tested = new Set([...text(TESTS).matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
    expect(alerts.map(({ alert }) => alert).filter((name) => !tested.has(name))).toEqual([]);
  });

  it("has rules that promtool accepts, and that fire when they should", { timeout: 120_000 }, ({ skip }) => {
    if (spawnSync("promtool", ["--version"]).error) skip("promtool is not installed (make setup installs it)");
    for (const words of [
      ["check", "rules", RULES],
      ["check", "config", "--syntax-only", "deploy/prometheus/prometheus.yaml"],
      ["test", "rules", TESTS],
    ]) {
      const { status, stdout, stderr } = spawnSync("promtool", words, { encoding: "utf8" });
      expect(status, stdout + stderr).toBe(0);
    }
  });
});
