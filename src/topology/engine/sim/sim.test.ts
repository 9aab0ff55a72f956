// Traces are the same for the same seed, files are read as they were written, and what the simulator finds holds: caps,
// replays, and clocks that do not matter.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { traceText } from "../../../../labs/traces/generate.ts";
import { SeededRng } from "../../../base/rng.ts";
import { headLine, recordLine, replay } from "../decide/journal.ts";
import { DEFAULTS } from "../decide/schema.ts";
import { onDefault, ours, tenPercent, twoMinuteMean } from "./chooser.ts";
import { altered, generate, KINDS, type Kind, withClocks } from "./generate.ts";
import { simulate } from "./simulate.ts";
import { layoutOf, policiesOf, readTrace, segmentName, type Trace, tickLine, traceHeadLine } from "./trace.ts";

const trace = (kind: Kind, ticks = 1_500, seed = 1): Trace =>
  generate({ kind, pops: 4, ticks }, (part) => new SeededRng(seed * 1_000 + part));

const textOf = (one: Trace): string[] =>
  [traceHeadLine(one.head), ...Array.from(one.ticks(), tickLine)].map((line) => line.trimEnd());

function run(one: Trace) {
  const journal = [headLine(DEFAULTS).trimEnd()];
  const policies = policiesOf(one.head);
  const choices: string[] = [];
  const chooser = ours({
    layout: layoutOf(one.head),
    names: one.head.segments.map(segmentName),
    policies,
    settings: DEFAULTS,
    graceMs: one.head.graceMs,
    tell: (made) => journal.push(recordLine(journal.length, made).trimEnd()),
  });
  const watched = {
    ...chooser,
    tick: (nowMs: number, samples: Float64Array) => {
      chooser.tick(nowMs, samples);
      choices.push(policies.map((_, p) => chooser.current(p)).join(""));
    },
  };
  const { scores } = simulate(one, [onDefault(), watched]);
  return { journal, choices, stayed: scores[0], score: scores[1] };
}

describe("a trace", () => {
  it("is the same for the same seed and another for another", () => {
    expect(textOf(trace("mixed", 300))).toEqual(textOf(trace("mixed", 300)));
    expect(textOf(trace("mixed", 300))).not.toEqual(textOf(trace("mixed", 300, 2)));
  });

  it("is read from a file as it was written", () => {
    const lines = textOf(trace("flaps", 200));
    expect(textOf(readTrace(lines, "t"))).toEqual(lines);
  });

  it("tells what was lost from what nobody reported", () => {
    const [head = ""] = textOf(trace("noise", 0));
    const line = `["lost",null,${Array.from({ length: 10 }, () => 9).join(",")}]`;
    const [samples = []] = readTrace([head, line], "t").ticks();
    expect([...samples].slice(0, 3)).toEqual([Number.POSITIVE_INFINITY, Number.NaN, 9]);
    expect(textOf(readTrace([head, line], "t"))).toEqual([head, line]);
  });

  it("that says what it cannot is refused with line and field", () => {
    const [head = "", first = ""] = textOf(trace("noise", 1));
    const with_ = (from: string, to: string) => [head.replace(from, to), first];
    expect(() => readTrace(with_('"p01/t1>p02"', '"p01/t1>p20"'), "t")).toThrow(/t:1: policies\[0\].paths\[0\]\[0\]/);
    expect(() => readTrace(with_('["p01/t1>p03","p03/t1>p02"]', '["p01/t1>p03","p04/t1>p02"]'), "t")).toThrow(
      /does not begin/,
    );
    expect(() => readTrace(with_('["p01/t1>p03","p03/t1>p02"]', '["p01/t1>p03"]'), "t")).toThrow(/does not lead/);
    expect(() => readTrace(with_('"version":1', '"version":2'), "t")).toThrow(/t:1: version/);
    expect(() => [...readTrace([head, "[1]"], "t").ticks()]).toThrow(/t:2: the line is no array of 12/);
    expect(() => [...readTrace([head, first.replace(/\[\d+/, '["late"')], "t").ticks()]).toThrow(/t:2: \[0\] = "late"/);
  });
});

describe("the example in labs/traces", () => {
  it("is what its generator makes, and moves one policy for what is there and nobody for what only seems so", () => {
    const text = readFileSync("labs/traces/atlantic.jsonl", "utf8");
    expect(text, "run node labs/traces/generate.ts").toBe(traceText());
    const { journal } = run(readTrace(text.split("\n"), "t"));
    const moves = journal
      .slice(1)
      .map((line) => JSON.parse(line))
      .filter(({ input, decision }) => decision.path !== input.current);
    expect(moves.map(({ input, decision }) => `${input.policy} ${decision.reason}`)).toEqual([
      "fra-nyc delay",
      "fra-nyc return",
      "fra-nyc down",
      "fra-nyc return",
    ]);
  });
});

describe("our choice", () => {
  it("keeps the cap, and its journal replays, on every kind of trace", () => {
    for (const kind of KINDS) {
      const { journal, score } = run(trace(kind));
      expect(score?.flipsInAnHour).toBeLessThanOrEqual(DEFAULTS.flipsPerHour);
      const again = replay(journal, kind);
      expect([again.difference, again.moves]).toEqual([undefined, score?.flips]);
    }
  });

  it("is made no differently by clocks that are up to 10 s off", () => {
    const right = trace("mixed");
    const clocks = { offsetUs: 10_000_000, driftPpm: 0, stepEveryS: 0, stepUs: 0 };
    const wrong = withClocks(right, clocks, () => new SeededRng(9));
    expect(run(right).score?.flips).toBeGreaterThan(0);
    expect(run(wrong).choices).toEqual(run(right).choices);
  });

  it("is never another way for clocks that step and drift", () => {
    const clocks = { offsetUs: 10_000_000, driftPpm: 20, stepEveryS: 300, stepUs: 50_000 };
    expect(run(withClocks(trace("noise", 3_000), clocks, () => new SeededRng(3))).score?.flips).toBe(0);
  });

  it("loses less than staying on the default", () => {
    const { stayed, score } = run(trace("flaps", 6_000, 3));
    expect(stayed?.lossyMs).toBeGreaterThan(0);
    expect(score?.lossyMs).toBeLessThan((stayed?.lossyMs ?? 0) / 2);
  });

  it("is never a segment that reports zeros or nothing", () => {
    for (const nothing of [0, Number.NaN]) {
      const silent = altered(trace("mixed"), () => (samples) => {
        for (const [s, { from }] of trace("mixed", 0).head.segments.entries()) if (from === "p03") samples[s] = nothing;
      });
      const { choices } = run(silent);
      const policies = policiesOf(silent.head);
      const bad = silent.head.segments.flatMap(({ from }, s) => (from === "p03" ? [s] : []));
      for (const tick of choices) {
        for (const [p, { paths }] of policies.entries()) {
          const on = Number(tick[p]);
          if (on !== 0) expect(paths[on]?.some((s) => bad.includes(s))).toBe(false);
        }
      }
    }
  });
});

describe("the simpler ways", () => {
  const step = (ticks: number): Trace =>
    altered(trace("noise", ticks), () => (samples, tick) => {
      if (tick >= 200) samples[0] = (samples[0] as number) + 60_000;
    });

  it("move as they are said to: within seconds, and within two minutes", () => {
    const one = step(400);
    const policies = policiesOf(one.head);
    for (const [chooser, from, to] of [
      [tenPercent(policies), 200, 203],
      [twoMinuteMean(policies, one.head.segments.length), 215, 330],
    ] as const) {
      let tick = 0;
      for (const samples of one.ticks()) {
        chooser.tick(tick * 1_000, samples);
        if (tick === from - 5) expect(chooser.current(0)).toBe(0);
        if (tick++ === to) expect(chooser.current(0)).not.toBe(0);
      }
    }
  });
});
