// One policy: where it stands, hop by hop, expected against actual over time, and why.

import { useState } from "preact/hooks";
import { all, at, get } from "../base/api.ts";
import { bits, msUnit, percent, segmentOf, span, when } from "../base/format.ts";
import { useNow, useQuery } from "../base/query.ts";
import { linkTo, useField } from "../base/route.ts";
import type {
  ChosenPath,
  DecidedView,
  HistoryView,
  Page as Items,
  PolicySpec,
  PolicyView,
  SegmentView,
} from "../base/types.ts";
import { troubled, useConditions } from "../base/wan.ts";
import { Badge } from "../parts/badge.tsx";
import { Decisions } from "../parts/decisions.tsx";
import { DelayChart } from "../parts/delay-chart.tsx";
import { Card, Page } from "../parts/page.tsx";
import { Hops, Path } from "../parts/path.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { TimeSlider } from "../parts/time-slider.tsx";

const RANGES = { "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000 } as const;
const ROLES: Readonly<Record<ChosenPath["role"], string>> = {
  active: "Active path",
  backup: "Backup, ready",
  default: "Default path, left for now",
};

export function PolicyPage({ name }: { readonly name: string }) {
  const path = `/api/v1/policies/${at(name)}`;
  const policy = useQuery(`policy ${name}`, (signal) => get<PolicyView>(path, signal), {
    on: ["status", "config"],
    everyMs: 10_000,
  });
  const decisions = useQuery(
    `decisions ${name}`,
    (signal) => get<Items<DecidedView>>(`${path}/decisions?limit=200`, signal),
    {
      on: ["event", "status"],
      everyMs: 30_000,
      atMostEveryMs: 2_000,
    },
  );
  const conditions = useConditions();
  const measured = useHops(policy.data?.status?.paths ?? []);
  const marked = troubled(conditions.data?.items);
  const now = useNow();
  return (
    <Page
      title={name}
      about={policy.data === undefined ? undefined : specWords(policy.data.spec)}
      source={{
        cli: `srwan policy list -o yaml`,
        api: [`GET ${path}`, `GET ${path}/history`, `GET ${path}/decisions`],
      }}
      aside={<a href={linkTo("policies")}>All policies</a>}
    >
      <Loaded of={policy}>
        {({ spec, status }) => (
          <>
            <Card>
              {status === null ? (
                <Empty title="Nothing is decided yet">
                  The group is measured for some seconds before the first decision.
                </Empty>
              ) : (
                <div class="standing">
                  <p class="standing-state">
                    <Badge state={status.state} /> <span class="muted">for {span(now - status.since)}</span>
                  </p>
                  <p class="standing-why">{status.decision || status.why}</p>
                  <LastMove decisions={decisions.data?.items ?? []} />
                  {status.why !== "" && status.why !== status.decision ? <p class="muted">{status.why}</p> : null}
                  {status.trouble?.map(({ object, error }) => (
                    <p key={object} class="refused">
                      {object}: {error.message} <span class="muted">{error.remedy}</span>
                    </p>
                  ))}
                </div>
              )}
            </Card>
            <OverTime name={name} decisions={decisions.data?.items ?? []} />
            {status?.paths.map((one) => (
              <Card key={one.role} title={ROLES[one.role]} aside={<Path segments={one.segments} marked={marked} />}>
                <Hops path={one} measured={measured} marked={marked} />
              </Card>
            ))}
            <Card title="Why: the journal of decisions">
              <Loaded of={decisions}>{({ items }) => <Decisions items={items} />}</Loaded>
            </Card>
            <Card title="What it asks for">
              <Spec spec={spec} />
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** What brought it where it is. */
function LastMove({ decisions }: { readonly decisions: readonly DecidedView[] }) {
  const move = decisions.find(({ moved }) => moved);
  if (move === undefined) return null;
  return (
    <p>
      Moved at {when(move.atMs)}: {move.words}.
    </p>
  );
}

/** What the segments of some paths measure now. */
function useHops(paths: readonly ChosenPath[]): ReadonlyMap<string, SegmentView["measured"]> {
  const from = [...new Set(paths.flatMap(({ segments }) => segments.map((one) => segmentOf(one).from)))].sort();
  const { data } = useQuery(
    from.length === 0 ? undefined : `hops ${from.join(" ")}`,
    async (signal) =>
      (await Promise.all(from.map((pop) => all<SegmentView>(`/api/v1/segments?from=${at(pop)}`, signal)))).flat(),
    { everyMs: 2_000 },
  );
  return new Map(data?.map(({ segment, measured }) => [segment, measured]) ?? []);
}

function OverTime({ name, decisions }: { readonly name: string; readonly decisions: readonly DecidedView[] }) {
  const [rangeText, setRange] = useField("range", "15m");
  const range = (Object.keys(RANGES) as (keyof typeof RANGES)[]).find((one) => one === rangeText) ?? "15m";
  const [atMs, setAt] = useState<number | undefined>(undefined);
  const forMs = RANGES[range];
  const history = useQuery(
    `history ${name} ${range}`,
    (signal) => get<HistoryView>(`/api/v1/policies/${at(name)}/history?fromMs=${Date.now() - forMs}`, signal),
    { everyMs: range === "15m" ? 2_000 : 10_000 },
  );
  const there = atMs === undefined ? undefined : decisions.find((one) => one.atMs <= atMs);
  const point = history.data?.points.findLast((one) => one.atMs <= (atMs ?? Number.POSITIVE_INFINITY));
  return (
    <Card
      title="Expected against actual"
      aside={
        <fieldset class="ranges">
          <legend class="unseen">Time shown</legend>
          {(Object.keys(RANGES) as (keyof typeof RANGES)[]).map((one) => (
            <button key={one} type="button" aria-pressed={one === range} onClick={() => setRange(one)}>
              {one}
            </button>
          ))}
        </fieldset>
      }
    >
      <Loaded of={history}>
        {(data) =>
          data.points.length === 0 ? (
            <Empty title="Nothing measured in this time">Points come with the reports of the POPs on its path.</Empty>
          ) : (
            <DelayChart history={data} atMs={atMs} />
          )
        }
      </Loaded>
      <TimeSlider atMs={atMs} onAt={setAt} sinceMs={forMs} />
      {point === undefined ? null : (
        <dl class="facts at-time">
          <dt>Path</dt>
          <dd>
            <Path segments={history.data?.paths[point.path] ?? []} />
          </dd>
          <dt>Expected</dt>
          <dd>{msUnit(point.expectedUs)}</dd>
          <dt>Actual</dt>
          <dd>{msUnit(point.actualUs)}</dd>
          <dt>Loss</dt>
          <dd>{percent(point.lossPpm)}</dd>
          {there === undefined ? null : (
            <>
              <dt>Decided</dt>
              <dd>
                {when(there.atMs)}: {there.words}
              </dd>
            </>
          )}
        </dl>
      )}
    </Card>
  );
}

const specWords = ({ from, to, intent = "lowest-latency", prefixes, classes }: PolicySpec): string =>
  `${intent.replace("-", " ")} from ${from} to ${to}${prefixes === undefined ? "" : `, for ${prefixes.slice(0, 3).join(", ")}${prefixes.length > 3 ? ` and ${prefixes.length - 3} more` : ""}`}${classes === undefined ? "" : `, ${classes.length} kinds of traffic`}`;

function Spec({ spec }: { readonly spec: PolicySpec }) {
  const rows: [string, string][] = Object.entries(spec)
    .filter(([field]) => field !== "name")
    .map(([field, value]) => [field, valueText(field, value)]);
  return (
    <dl class="facts">
      {rows.map(([field, value]) => (
        <>
          <dt key={field}>{field}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

function valueText(field: string, value: unknown): string {
  if (field.endsWith("Us") && typeof value === "number") return msUnit(value);
  if (field.endsWith("Bps") && typeof value === "number") return bits(value);
  if (field.endsWith("Ppm") && typeof value === "number") return percent(value);
  if (Array.isArray(value)) return value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");
  return String(value);
}
