// The story within a minute: what is congested, what was done about it, and why.

import { get } from "../base/api.ts";
import { popsOf, segmentOf, span } from "../base/format.ts";
import { useNow, useQuery } from "../base/query.ts";
import { linkTo } from "../base/route.ts";
import type { ConditionView, EventView, Page as Items, PolicyView, StatusView } from "../base/types.ts";
import { useConditions, useGroups, useMatrix, usePolicies, usePops } from "../base/wan.ts";
import { arcsOf } from "../parts/arcs.ts";
import { Badge } from "../parts/badge.tsx";
import { Cells } from "../parts/cells.ts";
import { Conditions } from "../parts/conditions.tsx";
import { Card, Figure, Page } from "../parts/page.tsx";
import { Path } from "../parts/path.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { Story } from "../parts/story.tsx";
import { WorldMap } from "../parts/world-map.tsx";

export function Overview() {
  const status = useQuery("status", (signal) => get<StatusView>("/api/v1/status", signal), {
    on: ["status", "config", "presence"],
    everyMs: 10_000,
    atMostEveryMs: 1_000,
  });
  const events = useQuery("story", (signal) => get<Items<EventView>>("/api/v1/events?newest=true&limit=200", signal), {
    on: ["event"],
    atMostEveryMs: 500,
  });
  const conditions = useConditions();
  const policies = usePolicies();
  const pops = usePops();
  const groups = useGroups();
  const matrix = useMatrix(groups.data?.items[0]?.name, undefined, 2_000);
  const wrong = conditions.data?.items ?? [];
  const moved = (policies.data ?? []).filter(isOffDefault);
  const cells = matrix.data === undefined ? undefined : new Cells(matrix.data);
  return (
    <Page
      title={<Headline wrong={conditions.data?.items} moved={moved} />}
      source={{
        cli: "srwan status",
        api: ["GET /api/v1/status", "GET /api/v1/conditions", "GET /api/v1/events?newest=true", "GET /api/v1/live"],
      }}
    >
      <Loaded of={status}>{(one) => <Figures status={one} wrong={wrong} moved={moved.length} cells={cells} />}</Loaded>
      <div class="columns wide-left">
        <div class="stack">
          <Card title="What happened, and why" aside={<a href={linkTo("events")}>All events</a>}>
            <Loaded of={events}>{({ items }) => <Story events={items} most={12} />}</Loaded>
          </Card>
        </div>
        <div class="stack">
          <Card title="Now" aside={<a href={linkTo("map")}>Map</a>}>
            {conditions.data !== undefined && wrong.length === 0 ? (
              <p class="calm-line">
                <Badge state="well" kind="good" /> Nothing needs anybody's attention.
              </p>
            ) : (
              <Loaded of={conditions}>{({ items }) => <Conditions items={items.slice(0, 5)} isShort />}</Loaded>
            )}
            {pops.data !== undefined && pops.data.length > 0 ? (
              <div class="map-link">
                <WorldMap
                  pops={pops.data}
                  arcs={cells === undefined ? [] : arcsOf(cells, wrong, policies.data ?? [], undefined)}
                  label="Map of the WAN"
                />
              </div>
            ) : null}
          </Card>
          <Card title="Policies" aside={<a href={linkTo("policies")}>All</a>}>
            <Loaded of={policies}>
              {(all) =>
                all.length === 0 ? (
                  <Empty title="No policy yet">
                    A policy says what traffic from one POP to another is to get.{" "}
                    <a href={linkTo("changes")}>Make one</a>.
                  </Empty>
                ) : (
                  <ul class="policy-list">
                    {all.slice(0, 8).map((one) => (
                      <PolicyLine key={one.spec.name} {...one} />
                    ))}
                  </ul>
                )
              }
            </Loaded>
          </Card>
        </div>
      </div>
    </Page>
  );
}

const isOffDefault = ({ status }: PolicyView): boolean => status?.paths.some(({ role }) => role === "default") ?? false;

function Headline({
  wrong,
  moved,
}: {
  readonly wrong: readonly ConditionView[] | undefined;
  readonly moved: readonly PolicyView[];
}) {
  if (wrong === undefined) return <>Reading …</>;
  const segments = wrong.filter(({ id }) => id.startsWith("segment-"));
  const [first] = segments;
  const others = wrong.filter(({ id, severity }) => !id.startsWith("segment-") && severity !== "notice");
  const said = [
    first === undefined
      ? []
      : [
          segments.length === 1
            ? `${segmentOf(first.subject).from} → ${segmentOf(first.subject).to} is ${first.id === "segment-down" ? "down" : "congested"}.`
            : `${segments.length} segments are in trouble.`,
        ],
    moved.length === 0
      ? []
      : [
          moved.length === 1
            ? `Policy ${moved[0]?.spec.name} goes around, over ${viaOf(moved[0])}.`
            : `${moved.length} policies go around.`,
        ],
    others.length === 0
      ? []
      : [others.length === 1 ? `${others[0]?.subject} needs a look.` : `${others.length} conditions need a look.`],
  ].flat();
  return <>{said.length === 0 ? "All is well." : said.join(" ")}</>;
}

function viaOf(policy: PolicyView | undefined): string {
  const active = policy?.status?.paths.find(({ role }) => role === "active");
  return (
    popsOf(active?.segments ?? [])
      .slice(1, -1)
      .join(" and ") || "the direct segment"
  );
}

function Figures({
  status,
  wrong,
  moved,
  cells,
}: {
  readonly status: StatusView;
  readonly wrong: readonly ConditionView[];
  readonly moved: number;
  readonly cells: Cells | undefined;
}) {
  const now = useNow();
  const policies = Object.values(status.policies).reduce((sum, count) => sum + count, 0);
  const programmed = status.policies.PROGRAMMED ?? 0;
  const troubles = wrong.filter(({ id }) => id.startsWith("segment-")).length;
  const { commit } = status;
  const better = cells?.view.better.length;
  return (
    <div class="figures">
      <Figure
        name="POPs there"
        value={`${status.popsThere} / ${status.pops}`}
        kind={status.popsThere < status.pops ? "bad" : ""}
        href={linkTo("pops")}
      />
      <Figure
        name="Policies programmed"
        value={`${programmed} / ${policies}`}
        kind={programmed < policies ? "warn" : ""}
        note={moved === 0 ? "all on their default" : `${moved} off the default`}
        href={linkTo("policies")}
      />
      <Figure name="Segments in trouble" value={troubles} kind={troubles > 0 ? "warn" : ""} href={linkTo("map")} />
      <Figure
        name="Pairs a relay would speed up"
        value={better ?? "–"}
        note="against the direct segment"
        href={linkTo("matrix")}
      />
      <Figure
        name="Last commit"
        value={commit.id === 0 ? "none" : `#${commit.id}`}
        note={commit.id === 0 ? "nothing is configured" : `${commit.by}, ${span(now - commit.atMs)} ago`}
        kind={commit.state === "waiting" ? "warn" : ""}
        href={linkTo("changes")}
      />
    </div>
  );
}

function PolicyLine({ spec, status }: PolicyView) {
  const active = status?.paths.find(({ role }) => role === "active");
  return (
    <li>
      <a class="policy-name" href={linkTo("policies", spec.name)}>
        {spec.name}
      </a>
      <Badge state={status?.state ?? "not decided"} />
      <Path segments={active?.segments ?? []} />
    </li>
  );
}
