// These verbs' tables.

import { COIN } from "../../settlement/chain/parameters.ts";
import type { ValidatorStatus } from "../../settlement/service/status.ts";
import { table } from "../output.ts";
import type { Screen } from "../verb.ts";
import type { Audit } from "./audit.ts";
import type { Simulation, TicketsAnswer } from "./work.ts";

const short = (id: string): string => `${id.slice(0, 10)}…`;

/** Whole coins and six places. */
export function coinsText(amount: string): string {
  const units = BigInt(amount);
  const millionths = (units * 1_000_000n) / COIN;
  return `${millionths / 1_000_000n}.${String(millionths % 1_000_000n).padStart(6, "0")}`;
}

export function ticketsText({ epoch, rows, checked, wrong }: TicketsAnswer, wide: boolean, screen: Screen): string {
  type Row = TicketsAnswer["rows"][number];
  const columns = [
    { title: "PATH", cell: (row: Row) => (wide ? row.path : short(row.path)) },
    { title: "PROVIDER", cell: (row: Row) => row.provider },
    { title: "TICKETS", cell: (row: Row) => String(row.tickets) },
    { title: "LAST", cell: (row: Row) => row.lastSeq },
    { title: "OCTETS", cell: (row: Row) => row.totalOut },
  ];
  const said = checked === 0 ? "" : ` ${checked} signatures checked, ${wrong} wrong.`;
  return `${table(rows, columns, wide, screen)}Epoch ${epoch}.${said}`;
}

export function simulateText({ epoch, paths, disputes, evidence }: Simulation, wide: boolean, screen: Screen): string {
  type Row = Simulation["paths"][number];
  type Dispute = Simulation["disputes"][number];
  const columns = [
    { title: "PATH", cell: (row: Row) => (wide ? row.path : short(row.path)) },
    { title: "CONSUMER", cell: (row: Row) => row.consumer },
    { title: "TICKETS", cell: (row: Row) => String(row.tickets) },
    { title: "PAYS", cell: (row: Row) => coinsText(row.amount) },
    { title: "FEE", cell: (row: Row) => coinsText(row.fee) },
    { title: "UNSIGNED", cell: (row: Row) => coinsText(row.unsigned) },
  ];
  const disputed = [
    { title: "DISPUTE", cell: (row: Dispute) => row.kind },
    { title: "OF", cell: (row: Dispute) => (wide ? row.subject : short(row.subject)) },
    { title: "ACCOUNT", cell: (row: Dispute) => row.account },
    { title: "CLAIMED", cell: (row: Dispute) => row.claimed },
    { title: "PAID", cell: (row: Dispute) => row.paid },
  ];
  const more = disputes.length === 0 ? "" : `\n${table(disputes, disputed, wide, screen)}`;
  return `${table(paths, columns, wide, screen)}${more}Epoch ${epoch}, from ${evidence} signed messages.`;
}

export function auditText({ epochs }: Audit, wide: boolean, screen: Screen): string {
  type Row = Audit["epochs"][number];
  const columns = [
    { title: "EPOCH", cell: (row: Row) => String(row.epoch) },
    { title: "TICKETS", cell: (row: Row) => String(row.tickets) },
    { title: "CHUNKS", cell: (row: Row) => String(row.chunks) },
    {
      title: "FINDING",
      cell: (row: Row) => row.finding,
      paint: (row: Row) => (row.finding === "as the evidence says" ? ("good" as const) : ("bad" as const)),
    },
  ];
  return epochs.length === 0 ? "No epoch is settled yet." : table(epochs, columns, wide, screen);
}

export const statusText = ({ epoch, block, halted, epochs, behind, sends, disputes }: ValidatorStatus): string =>
  [
    `Epoch ${epoch} runs, at block ${block}.${halted === "" ? "" : ` Halted: ${halted}`}`,
    `Epochs: ${listText(epochs)}. Transactions: ${listText(sends)}. Disputes: ${disputes}.`,
    ...(behind === 0
      ? []
      : [`Behind the chain by ${behind} ${behind === 1 ? "epoch" : "epochs"}: asked of the peers.`]),
  ].join("\n");

const listText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([state, number]) => `${number} ${state}`)
    .join(", ") || "none";
