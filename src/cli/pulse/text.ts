// Replies and summaries as people read them.

import { formatSharePpm, formatUs } from "../../base/units.ts";
import { formatAddress } from "../../pulse/address.ts";
import type { ReplySample } from "../../pulse/model.ts";
import type { ReplyTold } from "../../pulse/plan.ts";
import type { Lack } from "../../pulse/session.ts";
import type { Told } from "../../pulse/stamp-extensions.ts";
import type { Summary, WaySummary } from "../../pulse/summary.ts";
import { table } from "../output.ts";
import type { Screen } from "../verb.ts";

type Row = { readonly way: string; readonly stats: WaySummary | undefined; readonly lost: string };

export function summaryText(summary: Summary, screen: Screen): string {
  const { sent, answered, lost } = summary;
  const share = (count: number | undefined): string =>
    count === undefined || sent === 0 ? "-" : formatSharePpm(Math.round((count / sent) * 1e6));
  const rows: Row[] = [
    { way: "out", stats: summary.out, lost: share(lost.out) },
    { way: "back", stats: summary.back, lost: share(lost.back) },
    { way: "round trip", stats: summary.roundTrip, lost: share(sent - answered) },
  ];
  const cell = (pick: (stats: WaySummary) => number) => (row: Row) =>
    row.stats === undefined ? "-" : formatUs(pick(row.stats));
  const delay = (title: string, pick: (stats: WaySummary) => number) =>
    ({ title, cell: cell(pick), align: "right" }) as const;
  return table(
    rows,
    [
      { title: "WAY", cell: (row) => row.way },
      delay("MIN", (s) => s.minUs),
      delay("P50", (s) => s.p50Us),
      delay("P95", (s) => s.p95Us),
      delay("MAX", (s) => s.maxUs),
      delay("JITTER", (s) => s.jitterUs),
      delay("STAMPS ±", (s) => s.errorUs),
      { title: "LOST", cell: (row) => row.lost, align: "right" },
    ],
    false,
    screen,
  );
}

export function countsText({ sent, answered, duplicates, reordered, lost }: Summary): string {
  const more = [
    duplicates > 0 ? `${duplicates} duplicates` : "",
    reordered > 0 ? `${reordered} out of order` : "",
    lost.unknown > 0 ? `${lost.unknown} lost on a way that cannot be told` : "",
  ].filter(Boolean);
  return [`${sent} sent, ${answered} answered`, ...more].join(", ");
}

export function replyLine(sample: ReplySample, told: ReplyTold | undefined): string {
  const us = (ns: bigint): string => formatUs(Math.round(Number(ns) / 1e3));
  const legs = sample.flags.reflectorStayUnknown
    ? ""
    : `  out ${us(sample.t2Ns - sample.t1Ns)}  back ${us(sample.t4Ns - sample.t3Ns)}`;
  const round = us(sample.t4Ns - sample.t1Ns - (sample.t3Ns - sample.t2Ns));
  const hops = told?.hops === undefined ? "" : `  hops ${told.hops}`;
  const extra = told?.told.map(toldText).filter(Boolean) ?? [];
  return [
    `${sample.sequence}  round trip ${round}${legs}${hops}${told?.duplicate ? "  duplicate" : ""}`,
    ...extra,
  ].join("  ");
}

function toldText(told: Told): string {
  switch (told.kind) {
    case "location": {
      const place = (address: Uint8Array | undefined, port: number) =>
        `${address === undefined ? "?" : formatAddress(address)} port ${port}`;
      return `seen from ${place(told.source, told.sourcePort)} to ${place(told.destination, told.destinationPort)}`;
    }
    case "class-of-service":
      return `DSCP arrived as ${told.arrived}, ${told.refused ? "refused" : `${told.asked} back`}`;
    case "direct-measurement":
      return `counted ${told.sent} sent, ${told.received} received, ${told.reflected} reflected`;
    case "follow-up":
      return `reply ${told.sequence} left at ${told.ns} ns`;
    case "timestamps":
      return `clock in ${told.syncSourceIn}/${told.methodIn}, out ${told.syncSourceOut}/${told.methodOut}`;
    case "access-report":
      return `access network ${told.network}, code ${told.code}`;
    case "padding":
      return "";
  }
}

const LACKS: Readonly<Record<Lack, string>> = {
  ssid: "gives no session identifier back (TWAMP-Light)",
  "sender-ttl": "leaves the hop count out",
  "t2-equals-t3": "does not tell when it received from when it sent: no one-way delays",
  "error-estimate": "tells no error of its stamps",
  extensions: "knows no extensions",
};

export const lacksText = (lacks: readonly Lack[]): string[] => lacks.map((lack) => `The reflector ${LACKS[lack]}.`);
