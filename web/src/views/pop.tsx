// One POP: how long it is up, what it relayed and originated, its SIDs, its segments, what was repaired, what happened.

import { all, at, get } from "../base/api.ts";
import { dateTime, msUnit, percent, span } from "../base/format.ts";
import { useSettlement } from "../base/money.ts";
import { useNow, useQuery } from "../base/query.ts";
import { linkTo } from "../base/route.ts";
import { session } from "../base/session.ts";
import type { CounterView, EventView, Page as Items, PopCoinsView, PopView, SegmentView } from "../base/types.ts";
import { Badge } from "../parts/badge.tsx";
import { PopCoins } from "../parts/coins.tsx";
import { Card, Figure, Page } from "../parts/page.tsx";
import { MayNot, NotSetUp } from "../parts/settlement.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { Story } from "../parts/story.tsx";
import { type LocalSid, SidTraffic, TrafficFigures, totalsOf } from "../parts/traffic.tsx";

export function PopPage({ name }: { readonly name: string }) {
  const path = `/api/v1/pops/${at(name)}`;
  const pop = useQuery(`pop ${name}`, (signal) => get<PopView>(path, signal), { on: ["presence"], everyMs: 5_000 });
  const segments = useQuery(
    `segments ${name}`,
    (signal) => all<SegmentView>(`/api/v1/segments?from=${at(name)}`, signal),
    { everyMs: 2_000 },
  );
  const events = useQuery(
    `events ${name}`,
    (signal) => get<Items<EventView>>(`/api/v1/events?newest=true&limit=50&pop=${at(name)}`, signal),
    { on: ["event"], atMostEveryMs: 1_000 },
  );
  const repaired = useQuery(
    `repaired ${name}`,
    (signal) =>
      get<Items<EventView>>(`/api/v1/events?newest=true&limit=1000&type=drift-repaired&pop=${at(name)}`, signal),
    { on: ["event"], atMostEveryMs: 5_000 },
  );
  const maySettle = session.may("settle");
  const counters = useQuery(
    maySettle ? `counters ${name}` : undefined,
    (signal) => all<CounterView>(`/api/v1/counters?pop=${at(name)}`, signal),
    {
      everyMs: 5_000,
    },
  );
  const sids = useQuery(
    session.may("operate") ? `sids ${name}` : undefined,
    async (signal) => (await get<{ localSids: LocalSid[] }>(`${path}/desired`, signal)).localSids,
    { everyMs: 30_000 },
  );
  const settlement = useSettlement();
  const coins = useQuery(
    maySettle ? `coins ${name}` : undefined,
    (signal) => get<PopCoinsView>(`${path}/coins`, signal),
    { everyMs: 15_000 },
  );
  const now = useNow();
  const totals = totalsOf(counters.data ?? [], sids.data);
  return (
    <Page
      title={name}
      about={pop.data?.record.site}
      source={{
        cli: [`srwan events --pop ${name}`, `srwan coins ${name}`],
        api: [
          `GET ${path}`,
          `GET /api/v1/segments?from=${name}`,
          `GET /api/v1/counters?pop=${name}`,
          `GET ${path}/coins`,
          `GET /api/v1/events?pop=${name}`,
        ],
      }}
      aside={<a href={linkTo("pops")}>All POPs</a>}
    >
      <Loaded of={pop}>
        {(one) => (
          <>
            <div class="figures">
              <Figure
                name="State"
                value={<Badge state={one.quarantine === undefined ? (one.isThere ? "there" : "away") : "set apart"} />}
                note={
                  one.quarantine ??
                  (one.isThere
                    ? `heard by ${one.service}`
                    : one.seenMs === null
                      ? "never heard"
                      : `last heard ${span(now - one.seenMs)} ago`)
                }
              />
              <Figure
                name="Up"
                value={totals.bootMs === undefined ? "–" : span(now - totals.bootMs)}
                note={totals.bootMs === undefined ? "told with its counters" : `since ${dateTime(totals.bootMs)}`}
              />
              <TrafficFigures totals={totals} />
              <Figure
                name="Drift repaired"
                value={repaired.data?.items.length ?? "–"}
                note="objects that somebody else changed"
              />
              <Figure
                name="Holds"
                value={`${one.appliedVersion} / ${one.desiredVersion}`}
                note="version, of what it is to hold"
                kind={one.appliedVersion < one.desiredVersion ? "warn" : ""}
              />
            </div>
            <div class="columns">
              <Card title="Segments that leave here">
                <Loaded of={segments}>{(list) => <Segments list={list} />}</Loaded>
              </Card>
              <div class="stack">
                <Card title="What it is">
                  <About pop={one} />
                </Card>
                <Card title="Events">
                  <Loaded of={events}>{({ items }) => <Story events={items} most={15} whole />}</Loaded>
                </Card>
              </div>
            </div>
            <Card title="Coins earned and applied">
              {maySettle ? (
                <Loaded of={settlement}>
                  {({ isSetUp }) =>
                    isSetUp ? <Loaded of={coins}>{(one) => <PopCoins coins={one} />}</Loaded> : <NotSetUp />
                  }
                </Loaded>
              ) : (
                <MayNot what="coins" />
              )}
            </Card>
            <Card title="Traffic by SID, policy and peer">
              {maySettle ? (
                <Loaded of={counters}>{(list) => <SidTraffic counters={list} sids={sids.data} />}</Loaded>
              ) : (
                <MayNot what="counters" />
              )}
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Segments({ list }: { readonly list: readonly SegmentView[] }) {
  if (list.length === 0) return <Empty title="No segment leaves here" />;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">To</th>
            <th scope="col">Over</th>
            <th scope="col" class="number">
              One way
            </th>
            <th scope="col" class="number">
              Jitter
            </th>
            <th scope="col" class="number">
              Loss
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map(({ segment, to, transit, measured }) => (
            <tr key={segment}>
              <th scope="row">
                <a href={linkTo("pops", to)}>{to}</a>
              </th>
              <td>{transit}</td>
              <td class="number">{msUnit(measured?.delayUs)}</td>
              <td class="number">{msUnit(measured?.jitterUs, 2)}</td>
              <td class="number">{percent(measured?.lossPpm)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function About({ pop: { group, locator, record, joinedMs } }: { readonly pop: PopView }) {
  const place =
    record.latitude === undefined || record.longitude === undefined
      ? "not said"
      : `${record.latitude.toFixed(2)}°, ${record.longitude.toFixed(2)}°`;
  return (
    <dl class="facts">
      <dt>Group</dt>
      <dd>{group}</dd>
      <dt>Locator</dt>
      <dd>
        <code>{locator}</code>
      </dd>
      <dt>Platform</dt>
      <dd>{record.platform}</dd>
      <dt>Place</dt>
      <dd>{place}</dd>
      <dt>Transits</dt>
      <dd>
        {record.transits.map(({ name, asn }) => (asn === undefined ? name : `${name} (AS${asn})`)).join(", ") || "none"}
      </dd>
      <dt>Joined</dt>
      <dd>{dateTime(joinedMs)}</dd>
    </dl>
  );
}
