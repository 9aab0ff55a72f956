// The heat map: a canvas, for ten thousand cells are too many for elements. The arrow keys move over its cells; what
// stands there is said in words beside it.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { colour, onTheme } from "../base/theme.ts";
import { type Cells, STALE_MS } from "./cells.ts";
import { ABOUT, colourOf, endOf, inkOn, type Measure, stepOf } from "./scale.ts";

export type Focus = { readonly row: number; readonly column: number };

type Props = {
  readonly cells: Cells;
  readonly measure: Measure;
  readonly focus: Focus | undefined;
  readonly onFocus: (focus: Focus) => void;
};

type Layout = { readonly size: number; readonly head: number; readonly width: number };

const MOST_CELL = 64;

export function HeatMap({ cells, measure, focus, onFocus }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [themes, setThemes] = useState(0);
  const end = useScaleEnd(cells, measure);
  const layout = useMemo(() => layoutOf(cells, width), [cells.n, cells.view.pops.join(" "), width]);
  useEffect(() => onTheme(() => setThemes((count) => count + 1)), []);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current && width > 0) paint(canvas.current, cells, measure, end, layout, focus);
  }, [cells, measure, end, layout, focus, themes, width]);
  const cellAt = (event: MouseEvent): Focus | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const column = Math.floor((event.clientX - box.left - layout.head) / layout.size);
    const row = Math.floor((event.clientY - box.top - layout.head) / layout.size);
    const isIn = column >= 0 && row >= 0 && column < cells.n && row < cells.n;
    return isIn ? { row, column } : undefined;
  };
  const moved = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = focus ?? { row: 0, column: 1 };
    const within = (value: number) => Math.max(0, Math.min(cells.n - 1, value));
    onFocus({ row: within(from.row + step[0]), column: within(from.column + step[1]) });
  };
  return (
    <div class="heat-frame" ref={frame}>
      <div
        class="heat"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its cells are reached with the arrow keys.
        tabIndex={0}
        aria-label={`${ABOUT[measure].name} between ${cells.n} POPs. Arrow keys move from cell to cell.`}
        aria-describedby="heat-cell"
        onKeyDown={moved}
        onClick={(event) => {
          const at = cellAt(event);
          if (at) onFocus(at);
        }}
        onMouseMove={(event) => {
          const at = cellAt(event);
          if (at && (at.row !== focus?.row || at.column !== focus?.column)) onFocus(at);
        }}
      >
        <canvas ref={canvas} />
      </div>
    </div>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, -1_000],
  End: [0, 1_000],
};

export function useScaleEnd(cells: Cells, measure: Measure): number {
  return useMemo(() => {
    const { of, least } = ABOUT[measure];
    return endOf(
      (function* () {
        for (const cell of cells.all()) yield of(cell);
      })(),
      least,
    );
  }, [cells, measure]);
}

function layoutOf(cells: Cells, width: number): Layout {
  const longest = Math.max(3, ...cells.view.pops.map(({ length }) => length));
  const small = (width - 48) / Math.max(1, cells.n) < 16;
  const head = small ? Math.min(64, longest * 6 + 6) : Math.min(96, longest * 8 + 12);
  // Whole pixels: cells of fractions would blur.
  const size = Math.max(3, Math.min(MOST_CELL, Math.floor((width - head) / Math.max(1, cells.n))));
  return { size, head, width: head + size * cells.n };
}

function paint(
  canvas: HTMLCanvasElement,
  cells: Cells,
  measure: Measure,
  end: number,
  layout: Layout,
  focus: Focus | undefined,
): void {
  const { size, head, width } = layout;
  const sharp = devicePixelRatio;
  if (canvas.width !== Math.round(width * sharp)) {
    canvas.width = canvas.height = Math.round(width * sharp);
    canvas.style.width = canvas.style.height = `${width}px`;
  }
  const pen = canvas.getContext("2d", { alpha: false });
  if (pen === null) return;
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.fillStyle = colour("surface");
  pen.fillRect(0, 0, width, width);
  heads(pen, cells, layout, focus);
  const gap = size >= 8 ? 1 : 0;
  const n = cells.n;
  const { of, text } = ABOUT[measure];
  const nothing = colour("nothing");
  const marks: [number, number][] = [];
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      if (row === column) continue;
      const [x, y] = [head + column * size, head + row * size];
      const cell = cells.at(row, column);
      const value = cell === undefined ? null : of(cell);
      if (cell === undefined || value === null || (cell.ageMs > STALE_MS && measure !== "age")) {
        if (cell !== undefined) hatch(pen, x, y, size - gap, nothing);
        continue;
      }
      const step = stepOf(value, end);
      pen.fillStyle = colourOf(step);
      pen.fillRect(x, y, size - gap, size - gap);
      if (size >= 34) {
        pen.fillStyle = inkOn(step);
        pen.font = `${size >= 48 ? 13 : 11}px system-ui, sans-serif`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(text(value), x + size / 2, y + size / 2, size - 6);
      }
      if (cell.better !== undefined) marks.push([x, y]);
    }
  }
  for (const [x, y] of marks) mark(pen, x, y, size - gap);
  if (focus !== undefined) {
    pen.lineWidth = 2;
    pen.strokeStyle = colour("focus");
    pen.strokeRect(head + focus.column * size - 1, head + focus.row * size - 1, size + 1, size + 1);
  }
}

/** Relays are quicker: a corner that is white on any colour of the scale, with a dark rim. */
function mark(pen: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  const side = Math.max(3, Math.min(12, size * 0.36));
  pen.beginPath();
  pen.moveTo(x + size - side, y);
  pen.lineTo(x + size, y);
  pen.lineTo(x + size, y + side);
  pen.closePath();
  pen.fillStyle = "#ffffff";
  pen.fill();
  pen.lineWidth = 1;
  pen.strokeStyle = "#0b1118";
  pen.stroke();
}

/** There is a segment, and nothing is known of it. */
function hatch(pen: CanvasRenderingContext2D, x: number, y: number, size: number, ink: string): void {
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x + 1, y + size - 1);
  pen.lineTo(x + size - 1, y + 1);
  pen.stroke();
}

function heads(pen: CanvasRenderingContext2D, cells: Cells, { size, head }: Layout, focus: Focus | undefined): void {
  const every = size >= 9 ? 1 : Math.ceil(9 / size);
  const font = size >= 16 ? 12 : 9;
  for (const [i, pop] of cells.view.pops.entries()) {
    const isRow = focus?.row === i;
    const isColumn = focus?.column === i;
    const middle = head + i * size + size / 2;
    pen.textBaseline = "middle";
    if (i % every === 0 || isRow) {
      pen.font = `${isRow ? "700 " : ""}${font}px system-ui, sans-serif`;
      pen.fillStyle = colour(isRow ? "text" : "muted");
      pen.textAlign = "right";
      pen.fillText(pop, head - 6, middle, head - 8);
    }
    if (i % every === 0 || isColumn) {
      pen.font = `${isColumn ? "700 " : ""}${font}px system-ui, sans-serif`;
      pen.fillStyle = colour(isColumn ? "text" : "muted");
      pen.save();
      pen.translate(middle, head - 6);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "left";
      pen.fillText(pop, 0, 0, head - 8);
      pen.restore();
    }
  }
}
