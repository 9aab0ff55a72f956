// The market: windows of capacity that sellers signed, segments with their price and how they measure, priority on routers.

import { all, at } from "../base/api.ts";
import { bits, coins, hours, msUnit, percent } from "../base/format.ts";
import { useListed, useSettlement } from "../base/money.ts";
import { useQuery } from "../base/query.ts";
import { linkTo, useField } from "../base/route.ts";
import { session } from "../base/session.ts";
import type { OrderView, QuoteView, SegmentView } from "../base/types.ts";
import { usePops } from "../base/wan.ts";
import { Account } from "../parts/account.tsx";
import { Badge } from "../parts/badge.tsx";
import { Orders } from "../parts/orders.tsx";
import { Card, Figure, Page } from "../parts/page.tsx";
import { ChainFigure, Items, MayNot, NotSetUp } from "../parts/settlement.tsx";
import { Empty, Loaded } from "../parts/states.tsx";

/** So many rows of segments are drawn; a POP chosen above says the rest. */
const SHOWN = 200;

export function MarketPage() {
  const pops = usePops();
  const [from, setFrom] = useField("from", "");
  const settlement = useSettlement();
  const quotes = useListed<QuoteView>("/api/v1/market/quotes?limit=500", true);
  const orders = useListed<OrderView>("/api/v1/orders?limit=100");
  const listed = `/api/v1/segments${from === "" ? "" : `?from=${at(from)}`}`;
  const segments = useQuery(listed, (signal) => all<SegmentView>(listed, signal), { everyMs: 5_000 });
  const measured = new Map(segments.data?.map((one) => [one.segment, one]));
  return (
    <Page
      title="Market"
      about="Windows of capacity that sellers signed, what segments cost and how they measure, and priority that was ordered on routers."
      source={{
        cli: ["srwan market list --all", "srwan segments", "srwan qos status --service"],
        api: ["GET /api/v1/market/quotes", "GET /api/v1/segments", "GET /api/v1/orders", "GET /api/v1/settlement"],
      }}
      aside={
        <div class="controls">
          <label>
            Segments from
            <select value={from} onChange={({ currentTarget: { value } }) => setFrom(value === "" ? undefined : value)}>
              <option value="">all POPs</option>
              {pops.data?.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <Loaded of={settlement}>
        {(state) => (
          <>
            {state.isSetUp ? (
              <div class="figures">
                <QuoteFigures quotes={quotes.data?.items ?? []} />
                <Figure name="Open orders" value={state.openOrders} note="of priority on routers" />
                <ChainFigure of={state} />
              </div>
            ) : null}
            <Card title="Windows of capacity">
              {state.isSetUp ? (
                <Loaded of={quotes}>
                  {(list) => (
                    <Items
                      of={list}
                      none={
                        <Empty title="Nobody sells a window">
                          <code>srwan market quote sea-fra --price 0.02 --from 2h --until 8h</code> signs one into the
                          folder of quotes.
                        </Empty>
                      }
                    >
                      {(items) => <Quotes quotes={items} measured={measured} />}
                    </Items>
                  )}
                </Loaded>
              ) : (
                <NotSetUp />
              )}
            </Card>
          </>
        )}
      </Loaded>
      {settlement.data?.isSetUp === true ? (
        <Card title="Priority on routers">
          {session.may("settle") ? (
            <Loaded of={orders}>
              {(list) => (
                <Items
                  of={list}
                  none={
                    <Empty title="No priority was ordered">
                      <code>srwan qos buy sea-r1 --interface Gi0/0/0/0 --until 2h --price 10</code> orders some.
                    </Empty>
                  }
                >
                  {(items) => <Orders orders={items} />}
                </Items>
              )}
            </Loaded>
          ) : (
            <MayNot what="orders" />
          )}
        </Card>
      ) : null}
      <Card title="Segments and their price">
        <Loaded of={segments}>{(list) => <Segments list={list} isOfPop={from !== ""} />}</Loaded>
      </Card>
    </Page>
  );
}

const isOffered = ({ state, endMs }: QuoteView): boolean =>
  state === "open" || (state === "unknown" && endMs > Date.now());

function QuoteFigures({ quotes }: { readonly quotes: readonly QuoteView[] }) {
  const offered = quotes.filter(isOffered);
  const prices = offered.flatMap(({ pricePerGB }) => (pricePerGB === "infinity" ? [] : [BigInt(pricePerGB)]));
  const lowest = prices.reduce<bigint | undefined>(
    (low, one) => (low === undefined || one < low ? one : low),
    undefined,
  );
  const sold = quotes.filter(({ state }) => state === "sold" || state === "paid");
  return (
    <>
      <Figure name="On offer" value={offered.length} note={`of ${quotes.length} windows`} />
      <Figure name="Lowest price" value={coins(lowest)} note="a GB, of those" />
      <Figure
        name="Sold"
        value={sold.length}
        note={`for ${coins(sold.reduce((sum, one) => sum + BigInt(one.amount ?? 0), 0n))}`}
      />
    </>
  );
}

function Quotes({
  quotes,
  measured,
}: {
  readonly quotes: readonly QuoteView[];
  readonly measured: ReadonlyMap<string, SegmentView>;
}) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <th scope="col">State</th>
            <th scope="col">Window</th>
            <th scope="col">Seller</th>
            <th scope="col">Buyer</th>
            <th scope="col" class="number">
              Price a GB
            </th>
            <th scope="col" class="number">
              One way now
            </th>
            <th scope="col" class="number">
              Loss now
            </th>
          </tr>
        </thead>
        <tbody>
          {quotes.map((one) => {
            const now = measured.get(one.segment)?.measured;
            return (
              <tr key={`${one.id} ${one.file}`}>
                <th scope="row">{one.segment}</th>
                <td>
                  <Badge state={one.state} />
                </td>
                <td class="nowrap">{hours(one.startMs, one.endMs)}</td>
                <td>
                  <Account of={one.seller} />
                </td>
                <td>
                  <Account of={one.buyer} />
                </td>
                <td class="number nowrap">{one.pricePerGB === "infinity" ? "not sold" : coins(one.pricePerGB)}</td>
                <td class="number">{msUnit(now?.delayUs)}</td>
                <td class="number">{percent(now?.lossPpm)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A price of the WAN's own is in millionths of a coin. */
const MICRO = 10n ** 12n;
const priceOf = ({ priceMicroPerGB }: SegmentView): string =>
  priceMicroPerGB === undefined
    ? "–"
    : priceMicroPerGB === "infinity"
      ? "its owner's only"
      : priceMicroPerGB === 0
        ? "free"
        : coins(BigInt(priceMicroPerGB) * MICRO);

/** Of all POPs only those that name a price; of one POP whatever it has. */
function Segments({ list, isOfPop }: { readonly list: readonly SegmentView[]; readonly isOfPop: boolean }) {
  if (list.length === 0) return <Empty title="No segment yet">POPs bring theirs when they join.</Empty>;
  const listed = isOfPop ? list : list.filter(({ priceMicroPerGB }) => priceMicroPerGB !== undefined);
  const rest = list.length - Math.min(listed.length, SHOWN);
  if (listed.length === 0) {
    return (
      <Empty title="No segment names a price">
        A POP's record gives each of its segments one: <code>priceMicroPerGB</code>. Choose a POP above to see its
        segments.
      </Empty>
    );
  }
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Segment</th>
              <th scope="col">Owner</th>
              <th scope="col" class="number">
                Price a GB
              </th>
              <th scope="col" class="number">
                Carries
              </th>
              <th scope="col" class="number">
                One way
              </th>
              <th scope="col" class="number">
                Loss
              </th>
            </tr>
          </thead>
          <tbody>
            {listed.slice(0, SHOWN).map((one) => (
              <tr key={one.segment}>
                <th scope="row">
                  <a href={linkTo("pops", one.from)}>{one.from}</a> → {one.to} <span class="muted">{one.transit}</span>
                </th>
                <td>{one.owner ?? "–"}</td>
                <td class="number nowrap">{priceOf(one)}</td>
                <td class="number nowrap">{one.capacityBps === undefined ? "–" : bits(one.capacityBps)}</td>
                <td class="number">{msUnit(one.measured?.delayUs)}</td>
                <td class="number">{percent(one.measured?.lossPpm)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 ? <p class="aside-note">{rest} more segments: choose the POP that they leave.</p> : null}
    </>
  );
}
