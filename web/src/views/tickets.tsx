// Tickets: what was relayed as both ends signed it, where they do not agree, what each epoch came to, and who earned it.

import type { ComponentChildren } from "preact";
import { coins, count, hour, octets } from "../base/format.ts";
import { useListed, useSettlement } from "../base/money.ts";
import { useField } from "../base/route.ts";
import { session } from "../base/session.ts";
import type {
  AccountView,
  DisputeView,
  EpochView,
  LinkReportsView,
  SettlementView,
  TicketsView,
} from "../base/types.ts";
import { Account } from "../parts/account.tsx";
import { Badge } from "../parts/badge.tsx";
import { Card, Figure, Page } from "../parts/page.tsx";
import { ChainFigure, Items, MayNot, NotSetUp } from "../parts/settlement.tsx";
import { Empty, Loaded } from "../parts/states.tsx";

export function TicketsPage() {
  const settlement = useSettlement();
  const [epoch, setEpoch] = useField("epoch", "");
  const epochs = useListed<EpochView>("/api/v1/settlement/epochs?limit=48");
  const newest = settlement.data?.lastEpoch ?? undefined;
  const known = [
    ...new Set([...(newest === undefined ? [] : [newest]), ...(epochs.data?.items ?? []).map((one) => one.epoch)]),
  ];
  const shown = epoch === "" ? newest : Number(epoch);
  return (
    <Page
      title="Tickets"
      about="What was relayed as both ends signed it, where they do not agree, what each epoch came to, and who earned it."
      source={{
        cli: [`srwan tickets${epoch === "" ? "" : ` --epoch ${epoch}`}`, "srwan coins"],
        api: ["tickets", "reports", "disputes", "epochs", "accounts"].map((one) => `GET /api/v1/settlement/${one}`),
      }}
      aside={
        <div class="controls">
          <label>
            Epoch
            <select
              value={epoch}
              onChange={({ currentTarget: { value } }) => setEpoch(value === "" ? undefined : value)}
            >
              <option value="">the newest</option>
              {known.map((one) => (
                <option key={one} value={String(one)}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <Loaded of={settlement}>
        {(state) =>
          state.isSetUp ? (
            <Shown state={state} epoch={shown} epochs={epochs} />
          ) : (
            <Card>
              <NotSetUp />
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}

function Shown({
  state,
  epoch,
  epochs,
}: {
  readonly state: SettlementView;
  readonly epoch: number | undefined;
  readonly epochs: ReturnType<typeof useListed<EpochView>>;
}) {
  const of = epoch === undefined ? "" : `?epoch=${epoch}`;
  const tickets = useListed<TicketsView>(`/api/v1/settlement/tickets${of}`);
  const reports = useListed<LinkReportsView>(`/api/v1/settlement/reports${of}`);
  const disputes = useListed<DisputeView>("/api/v1/settlement/disputes");
  const accounts = useListed<AccountView>("/api/v1/settlement/accounts");
  const names = new Map(accounts.data?.items.map(({ account, pops }) => [account, pops]));
  const { made, sealed, settled } = state.epochs;
  return (
    <>
      <div class="figures">
        <Figure name="Epochs settled" value={count(settled)} note={`${made + sealed} under way`} />
        <Figure
          name="Tickets kept"
          value={count(state.tickets)}
          note={state.lastEpoch === null ? "none yet" : `newest in epoch ${state.lastEpoch}`}
        />
        <Figure
          name="Disputes"
          value={count(state.disputes)}
          kind={state.disputes > 0 ? "warn" : ""}
          note="the lower figure is paid"
        />
        <ChainFigure of={state} />
      </div>
      {session.may("settle") ? (
        <>
          <Card title="Disputes">
            <Loaded of={disputes}>
              {(list) => (
                <Items of={list} none={<Empty title="Nothing is disputed">Both ends of every link agree.</Empty>}>
                  {(items) => <Disputes disputes={items} names={names} />}
                </Items>
              )}
            </Loaded>
          </Card>
          <div class="columns">
            <Card title={epoch === undefined ? "Tickets" : `Tickets of epoch ${epoch}`}>
              <Loaded of={tickets}>
                {(list) => (
                  <Items of={list} none={<NoTickets />}>
                    {(items) => <Tickets tickets={items} names={names} />}
                  </Items>
                )}
              </Loaded>
            </Card>
            <Card title={epoch === undefined ? "Both ends' reports" : `Both ends' reports of epoch ${epoch}`}>
              <Loaded of={reports}>
                {(list) => (
                  <Items of={list} none={<NoTickets />}>
                    {(items) => <Reports reports={items} names={names} />}
                  </Items>
                )}
              </Loaded>
            </Card>
          </div>
          <Card title="What epochs came to">
            <Loaded of={epochs}>
              {(list) => (
                <Items of={list} none={<Empty title="No epoch is over yet" />}>
                  {(items) => <Epochs epochs={items} />}
                </Items>
              )}
            </Loaded>
          </Card>
          <Card title="Coins earned and applied">
            <Loaded of={accounts}>
              {(list) => (
                <Items of={list} none={<Empty title="Nobody earned anything yet" />}>
                  {(items) => <Accounts accounts={items} />}
                </Items>
              )}
            </Loaded>
          </Card>
        </>
      ) : (
        <Card>
          <MayNot what="tickets" />
        </Card>
      )}
    </>
  );
}

type Names = ReadonlyMap<string, readonly string[]>;

const NoTickets = () => (
  <Empty title="No ticket yet">
    <code>srwan meter meter.yaml</code> beside each agent signs what it counts.
  </Empty>
);

function Table({ columns, children }: { readonly columns: readonly string[]; readonly children: ComponentChildren }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" class={column.startsWith("#") ? "number" : ""}>
                {column.replace("#", "")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const called = (name: string | null, id: string): string => name ?? `${id.slice(0, 10)}…`;

function Disputes({ disputes, names }: { readonly disputes: readonly DisputeView[]; readonly names: Names }) {
  return (
    <Table columns={["Epoch", "What", "Of", "Higher figure by", "#Claimed", "#Paid"]}>
      {disputes.map((one) => {
        const text = one.unit === "coins" ? coins : (value: string) => octets(BigInt(value));
        return (
          <tr key={`${one.epoch} ${one.kind} ${one.subject} ${one.account}`}>
            <th scope="row">{one.epoch}</th>
            <td>
              <Badge state={one.kind} kind="warn" />
            </td>
            <td title={one.subject}>{called(one.name, one.subject)}</td>
            <td>
              <Account of={one.account} pops={names.get(one.account) ?? []} />
            </td>
            <td class="number nowrap">{text(one.claimed)}</td>
            <td class="number nowrap">{text(one.paid)}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function Tickets({ tickets, names }: { readonly tickets: readonly TicketsView[]; readonly names: Names }) {
  return (
    <Table columns={["Path", "Provider", "#Tickets", "#Last", "#Relayed in all"]}>
      {tickets.map((one) => (
        <tr key={`${one.path} ${one.provider}`}>
          <th scope="row" title={one.path}>
            {called(one.name, one.path)}
          </th>
          <td>
            <Account of={one.provider} pops={names.get(one.provider) ?? []} />
          </td>
          <td class="number">{count(one.tickets)}</td>
          <td class="number">{one.lastSeq}</td>
          <td class="number nowrap">{octets(BigInt(one.totalOut))}</td>
        </tr>
      ))}
    </Table>
  );
}

function Reports({ reports, names }: { readonly reports: readonly LinkReportsView[]; readonly names: Names }) {
  return (
    <Table columns={["Link", "End", "#Reports", "#In", "#Out"]}>
      {reports.map((one) => (
        <tr key={`${one.link} ${one.reporter}`}>
          <th scope="row" title={one.link}>
            {called(one.name, one.link)}
          </th>
          <td>
            <Account of={one.reporter} pops={names.get(one.reporter) ?? []} />
          </td>
          <td class="number">{count(one.reports)}</td>
          <td class="number nowrap">{octets(BigInt(one.inOctets))}</td>
          <td class="number nowrap">{octets(BigInt(one.outOctets))}</td>
        </tr>
      ))}
    </Table>
  );
}

function Epochs({ epochs }: { readonly epochs: readonly EpochView[] }) {
  return (
    <Table columns={["Epoch", "Began", "State", "#Tickets", "#Paid", "#Fee", "#Disputes"]}>
      {epochs.map((one) => (
        <tr key={one.epoch}>
          <th scope="row">{one.epoch}</th>
          <td class="nowrap">{one.fromMs === null ? "–" : hour(one.fromMs)}</td>
          <td>
            <Badge state={one.state} />
          </td>
          <td class="number">{count(one.tickets)}</td>
          <td class="number nowrap">{coins(one.amount)}</td>
          <td class="number nowrap">{coins(one.fee)}</td>
          <td class="number">{one.disputes}</td>
        </tr>
      ))}
    </Table>
  );
}

function Accounts({ accounts }: { readonly accounts: readonly AccountView[] }) {
  return (
    <Table columns={["Account", "#Earned", "#Applied", "#Earned, under way", "#Applied, under way"]}>
      {accounts.map((one) => (
        <tr key={one.account}>
          <th scope="row">
            <Account of={one.account} pops={one.pops} />
          </th>
          <td class="number nowrap">{coins(one.earned)}</td>
          <td class="number nowrap">{coins(one.applied)}</td>
          <td class="number nowrap">{coins(one.earnedUnderWay)}</td>
          <td class="number nowrap">{coins(one.appliedUnderWay)}</td>
        </tr>
      ))}
    </Table>
  );
}
