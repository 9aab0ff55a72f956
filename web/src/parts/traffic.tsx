// What a POP counted: relayed, delivered and originated, and each SID, policy and peer on its own.

import { count, dateTime, octets, span } from "../base/format.ts";
import type { CounterView } from "../base/types.ts";
import { Figure } from "./page.tsx";
import { Empty } from "./states.tsx";

export type LocalSid = { readonly sid: string; readonly behavior: string };

type Totals = {
  readonly bootMs: number | undefined;
  /** What it passed on for others; what it handed out; what it sent onto paths itself. Undefined: not counted. */
  readonly relayed: bigint | undefined;
  readonly delivered: bigint | undefined;
  readonly originated: bigint | undefined;
};

const sum = (counters: readonly CounterView[]): bigint | undefined =>
  counters.length === 0 ? undefined : counters.reduce((total, one) => total + BigInt(one.octets), 0n);

const behaviours = (sids: readonly LocalSid[] | undefined): ReadonlyMap<string, string> =>
  new Map(sids?.map(({ sid, behavior }) => [sid, behavior]) ?? []);

export function totalsOf(counters: readonly CounterView[], sids: readonly LocalSid[] | undefined): Totals {
  const known = behaviours(sids);
  const atSids = counters.filter(({ what }) => what === "sid");
  const delivers = ({ name }: CounterView): boolean => /^End\.(DT|DX)/.test(known.get(name) ?? "");
  return {
    bootMs: counters.length === 0 ? undefined : Math.max(...counters.map(({ bootMs }) => bootMs)),
    relayed: sum(atSids.filter((one) => !delivers(one))),
    delivered: sum(atSids.filter(delivers)),
    originated: sum(counters.filter(({ what }) => what === "policy")),
  };
}

export function TrafficFigures({ totals }: { readonly totals: Totals }) {
  const text = (value: bigint | undefined): string => (value === undefined ? "–" : octets(value));
  return (
    <>
      <Figure name="Relayed" value={text(totals.relayed)} note="for others, at its SIDs" />
      <Figure name="Originated" value={text(totals.originated)} note="onto paths of policies" />
      {totals.delivered === undefined ? null : (
        <Figure name="Delivered" value={text(totals.delivered)} note="out of paths, here" />
      )}
    </>
  );
}

export function SidTraffic({
  counters,
  sids,
}: {
  readonly counters: readonly CounterView[];
  readonly sids: readonly LocalSid[] | undefined;
}) {
  if (counters.length === 0)
    return <Empty title="Nothing was counted yet">Counters come from the POP's agent now and then.</Empty>;
  const known = behaviours(sids);
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">Name</th>
            <th scope="col">Does</th>
            <th scope="col" class="number">
              Packets
            </th>
            <th scope="col" class="number">
              Octets
            </th>
            <th scope="col" class="number">
              Not counted
            </th>
            <th scope="col" class="number">
              Told
            </th>
          </tr>
        </thead>
        <tbody>
          {counters.map(({ what, name, epoch, packets, octets: sent, gapMs, atMs }) => (
            <tr key={`${what} ${name} ${epoch}`}>
              <td>{what}</td>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{known.get(name) ?? ""}</td>
              <td class="number">{count(BigInt(packets))}</td>
              <td class="number" title={`${count(BigInt(sent))} octets`}>
                {octets(BigInt(sent))}
              </td>
              <td class="number">{gapMs === 0 ? "–" : span(gapMs)}</td>
              <td class="number nowrap">{dateTime(atMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
