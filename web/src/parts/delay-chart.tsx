// Expected against actual delay over time, with a line where the policy moved.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, ms } from "../base/format.ts";
import { colour, onTheme } from "../base/theme.ts";
import type { HistoryView } from "../base/types.ts";

const HEIGHT = 260;

export function DelayChart({ history, atMs }: { readonly history: HistoryView; readonly atMs: number | undefined }) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const marks = useRef<Marks>({ moves: [], atMs: undefined, fromMs: 0, toMs: 1 });
  const [themes, setThemes] = useState(0);
  marks.current = { moves: movesOf(history), atMs, fromMs: history.fromMs, toMs: history.toMs };
  useEffect(() => onTheme(() => setThemes((count) => count + 1)), []);
  useEffect(() => {
    const target = frame.current;
    if (target === null) return;
    const made = new uPlot(optionsOf(target.clientWidth, marks), dataOf(history), target);
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: target.clientWidth, height: HEIGHT }));
    watch.observe(target);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [themes]);
  useEffect(() => {
    const made = chart.current;
    if (made === undefined) return;
    made.setData(dataOf(history));
  }, [history, atMs, themes]);
  const last = history.points.at(-1);
  const words =
    last === undefined
      ? "Nothing was measured in this time."
      : `Last: expected ${ms(last.expectedUs)} ms, actual ${ms(last.actualUs)} ms.`;
  return (
    <figure class="chart">
      <div ref={frame} role="img" aria-label={`Expected and actual one-way delay over time. ${words}`} />
      <figcaption>
        <span class="key key-expected">expected: the sum of its segments</span>
        <span class="key key-actual">actual: probes over its SID list</span>
        <span class="key key-move">moved</span>
      </figcaption>
    </figure>
  );
}

type Marks = {
  readonly moves: readonly number[];
  readonly atMs: number | undefined;
  readonly fromMs: number;
  readonly toMs: number;
};

/** When the path became another. */
const movesOf = ({ points }: HistoryView): number[] =>
  points.flatMap(({ atMs, path }, i) => (i > 0 && points[i - 1]?.path !== path ? [atMs] : []));

const dataOf = ({ points }: HistoryView): uPlot.AlignedData => [
  points.map(({ atMs }) => atMs / 1_000),
  points.map(({ expectedUs }) => (expectedUs === null ? null : expectedUs / 1_000)),
  points.map(({ actualUs }) => (actualUs === null ? null : actualUs / 1_000)),
];

function optionsOf(width: number, marks: { readonly current: Marks }): uPlot.Options {
  const axis = {
    stroke: colour("muted"),
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { stroke: colour("grid"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: Math.max(200, width),
    height: HEIGHT,
    legend: { show: false },
    cursor: { points: { size: 7 } },
    scales: {
      x: { range: () => [marks.current.fromMs / 1_000, marks.current.toMs / 1_000] },
      y: {
        range: (_, low: number | null, high: number | null) => {
          const [least, most] = [low ?? 0, high ?? 10];
          const room = (most - least) * 0.2 + 1;
          return [Math.max(0, least - room), most + room];
        },
      },
    },
    axes: [
      { ...axis, space: 90, values: (_, all) => all.map((second) => clock(second * 1_000)) },
      { ...axis, size: 64, values: (_, all) => all.map((value) => `${value} ms`) },
    ],
    series: [
      {},
      { stroke: colour("expected"), width: 2, dash: [6, 4], points: { show: false }, spanGaps: false },
      { stroke: colour("actual"), width: 2, points: { show: false }, spanGaps: false },
    ],
    hooks: {
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          const line = (atMs: number, ink: string, dash: number[]) => {
            const x = Math.round(plot.valToPos(atMs / 1_000, "x", true));
            if (x < bbox.left || x > bbox.left + bbox.width) return;
            ctx.save();
            ctx.strokeStyle = ink;
            ctx.lineWidth = 1.5 * devicePixelRatio;
            ctx.setLineDash(dash);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            ctx.restore();
          };
          for (const atMs of marks.current.moves) line(atMs, colour("warn"), [3, 3]);
          if (marks.current.atMs !== undefined) line(marks.current.atMs, colour("text"), []);
        },
      ],
    },
  };
}
