// Runs one vitest project and writes what it counted, with the reason of every skip, to a file.

import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import { startVitest } from "vitest/node";
import type { Counted, Told } from "./layer-run.ts";

const [project = "", answer = ""] = process.argv.slice(2);

class Counter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    const files = modules.map((module) => {
      const { setupDuration, collectDuration, duration } = module.diagnostic();
      return { file: module.relativeModuleId, seconds: (setupDuration + collectDuration + duration) / 1_000 };
    });
    const [failed, skipped, again]: [Told[], Told[], Told[]] = [[], [], []];
    for (const module of modules) {
      const why = (errors: readonly { readonly message: string }[] | undefined) =>
        errors?.[0]?.message ?? "no reason given";
      // A file or a hook that broke fails no test by itself: those it kept from running would only look skipped.
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) failed.push({ test: suite.fullName, why: why(suite.errors()) });
      if (module.errors().length > 0) failed.push({ test: module.relativeModuleId, why: why(module.errors()) });
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (test.diagnostic()?.flaky) again.push({ test: test.fullName, why: why(result.errors) });
        if (result.state === "passed") passed++;
        else if (result.state === "failed") failed.push({ test: test.fullName, why: why(result.errors) });
        else skipped.push({ test: test.fullName, why: ("note" in result && result.note) || "no reason given" });
      }
    }
    writeFileSync(answer, JSON.stringify({ passed, failed, skipped, again, files } satisfies Counted));
  }
}

const reporters: (Reporter | string)[] = [process.stdout.isTTY ? "default" : "dot", new Counter()];
const runner = await startVitest("test", [], { project: [project], run: true, watch: false, reporters });
await runner.close();
