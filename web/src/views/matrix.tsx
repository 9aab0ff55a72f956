// The matrix of a group: rows send, columns receive. A corner marks where relays are quicker.

import { useMemo, useState } from "preact/hooks";
import { ms, msUnit, percent, span } from "../base/format.ts";
import { linkTo, useField } from "../base/route.ts";
import type { MatrixView } from "../base/types.ts";
import { useGroups, useMatrix } from "../base/wan.ts";
import { type Cell, Cells, STALE_MS } from "../parts/cells.ts";
import { type Focus, HeatMap, useScaleEnd } from "../parts/heat-map.tsx";
import { Card, Page } from "../parts/page.tsx";
import { Ramp } from "../parts/ramp.tsx";
import { ABOUT, MEASURES, type Measure } from "../parts/scale.ts";
import { Empty, Loaded } from "../parts/states.tsx";
import { TimeSlider } from "../parts/time-slider.tsx";

export function MatrixPage() {
  const groups = useGroups();
  const [group, setGroup] = useField("group", groups.data?.items[0]?.name ?? "");
  const [measureText, setMeasure] = useField("measure", "delay");
  const measure: Measure = MEASURES.find((one) => one === measureText) ?? "delay";
  const [atMs, setAt] = useState<number | undefined>(undefined);
  const matrix = useMatrix(group === "" ? undefined : group, atMs);
  return (
    <Page
      title="Matrix"
      about="One-way, each direction on its own: rows send, columns receive. A white corner: relays are quicker than the segment."
      source={{ cli: "srwan matrix --watch -o heatmap", api: [`GET /api/v1/groups/${group || ":name"}/matrix`] }}
      aside={
        <div class="controls">
          <label>
            Group
            <select value={group} onChange={({ currentTarget: { value } }) => setGroup(value)}>
              {groups.data?.items.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Measure
            <select value={measure} onChange={({ currentTarget: { value } }) => setMeasure(value)}>
              {MEASURES.map((one) => (
                <option key={one} value={one}>
                  {ABOUT[one].name}
                </option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <TimeSlider atMs={atMs} onAt={setAt} />
      {groups.data?.items.length === 0 ? (
        <Card>
          <Empty title="No group yet">
            POPs measure each other in groups. The first one that joins begins one:{" "}
            <code>srwan token create --pop sea</code>
          </Empty>
        </Card>
      ) : (
        <Loaded of={matrix}>{(view) => <Shown view={view} measure={measure} />}</Loaded>
      )}
    </Page>
  );
}

function Shown({ view, measure }: { readonly view: MatrixView; readonly measure: Measure }) {
  const cells = useMemo(() => new Cells(view), [view]);
  const [focus, setFocus] = useState<Focus | undefined>(undefined);
  const end = useScaleEnd(cells, measure);
  const cell = focus === undefined ? undefined : cells.at(focus.row, focus.column);
  const silent = view.pops.filter((_, i) => view.atMs - (view.heardMs[i] ?? 0) > STALE_MS);
  return (
    <div class="columns wide-left matrix-columns">
      <Card>
        <Ramp measure={measure} end={end} />
        <HeatMap cells={cells} measure={measure} focus={focus} onFocus={setFocus} />
      </Card>
      <div class="stack">
        <Card title="This cell">
          <div id="heat-cell" aria-live="polite">
            <CellWords cells={cells} cell={cell} focus={focus} />
          </div>
        </Card>
        <Card title={`Quicker over relays (${view.better.length})`}>
          <BetterList view={view} />
        </Card>
        {silent.length === 0 ? null : (
          <Card title="Not heard of late" kind="warn">
            <p>{silent.join(", ")}: their rows are hatched.</p>
          </Card>
        )}
      </div>
      <div class="whole-row">
        <AsTable cells={cells} />
      </div>
    </div>
  );
}

function CellWords({
  cells,
  cell,
  focus,
}: {
  readonly cells: Cells;
  readonly cell: Cell | undefined;
  readonly focus: Focus | undefined;
}) {
  if (focus === undefined) return <p class="muted">Point at a cell, or press the arrow keys on the matrix.</p>;
  const [from, to] = [cells.view.pops[focus.row], cells.view.pops[focus.column]];
  if (from === to) return <p class="muted">{from} to itself</p>;
  if (cell === undefined)
    return (
      <p>
        No segment leads from {from} to {to}.
      </p>
    );
  const { better } = cell;
  return (
    <>
      <p class="cell-title">
        <a href={linkTo("pops", cell.from)}>{cell.from}</a> → <a href={linkTo("pops", cell.to)}>{cell.to}</a>{" "}
        <span class="muted">over {cell.transit}</span>
      </p>
      <dl class="facts">
        <dt>One way</dt>
        <dd>
          {msUnit(cell.delayUs)}{" "}
          <span class="muted">
            between {ms(cell.lowUs)} and {msUnit(cell.highUs)}
          </span>
        </dd>
        <dt>Jitter</dt>
        <dd>{msUnit(cell.jitterUs, 2)}</dd>
        <dt>Loss</dt>
        <dd>{percent(cell.lossPpm)}</dd>
        <dt>Sample</dt>
        <dd>{span(cell.ageMs)} old</dd>
        <dt>Relays</dt>
        <dd>
          {better === undefined ? (
            "none is quicker"
          ) : (
            <strong>
              {msUnit(better.gainUs)} quicker over {better.relays.join(" and ")}
            </strong>
          )}
        </dd>
      </dl>
    </>
  );
}

function BetterList({ view }: { readonly view: MatrixView }) {
  const best = [...view.better].sort((a, b) => b.gainUs - a.gainUs).slice(0, 8);
  if (best.length === 0) return <p class="muted">Every segment is the quickest way, or close to it.</p>;
  return (
    <ul class="plain-list">
      {best.map(({ from, to, relays, gainUs }) => (
        <li key={`${from} ${to}`}>
          <span class="path">{[from, ...relays, to].join(" → ")}</span>
          <span class="number">− {msUnit(gainUs)}</span>
        </li>
      ))}
    </ul>
  );
}

function AsTable({ cells }: { readonly cells: Cells }) {
  const { pops } = cells.view;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [isOpen, setOpen] = useState(false);
  const from = chosen !== undefined && pops.includes(chosen) ? chosen : (pops[0] ?? "");
  return (
    <details class="card" onToggle={({ currentTarget: { open } }) => setOpen(open)}>
      <summary>As a table</summary>
      {isOpen ? (
        <>
          <label>
            From{" "}
            <select value={from} onChange={({ currentTarget: { value } }) => setChosen(value)}>
              {pops.map((pop) => (
                <option key={pop}>{pop}</option>
              ))}
            </select>
          </label>
          <div class="scroll">
            <table>
              <caption class="unseen">What leaves {from}, and what comes back</caption>
              <thead>
                <tr>
                  {["To", "Over", "There, ms", "Bound, ± ms", "Loss", "Back, ms", "Loss", "Relays gain"].map(
                    (head, i) => (
                      <th key={`${head}${i}`} scope="col" class={i > 1 ? "number" : ""}>
                        {head}
                      </th>
                    ),
                  )}
                </tr>
              </thead>
              <tbody>
                {pops
                  .filter((pop) => pop !== from)
                  .map((to) => {
                    const [there, back] = [cells.of(from, to), cells.of(to, from)];
                    return (
                      <tr key={to}>
                        <th scope="row">{to}</th>
                        <td>{there?.transit ?? "no segment"}</td>
                        <td class="number">{ms(there?.delayUs)}</td>
                        <td class="number">{ms(there?.boundUs)}</td>
                        <td class="number">{percent(there?.lossPpm)}</td>
                        <td class="number">{ms(back?.delayUs)}</td>
                        <td class="number">{percent(back?.lossPpm)}</td>
                        <td class="number">
                          {there?.better === undefined
                            ? "–"
                            : `${msUnit(there.better.gainUs)} over ${there.better.relays.join(", ")}`}
                        </td>
                      </tr>
                    );
                  })}
              </tbody>
            </table>
          </div>
        </>
      ) : null}
    </details>
  );
}
