// What settlement costs on a chain: gas of a netted batch, of a ticket in it, of a claim, of an order's life. The peer of a
// batch is what people do without one: one plain transfer of the coin for every account.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CONSUMERS, type GasRow, GasTable, PROVIDERS, TICKETS } from "../test/chain/gas-table.ts";
import { atLeast, atMost, type Figure } from "./lib.ts";

const ALL = CONSUMERS + PROVIDERS;

export const settlement: Figure = {
  name: "settlement",
  about: `gas of a netted batch of ${ALL} accounts against a plain transfer for each, of tickets, claims and orders`,
  // The same every time, so that one round is as good as five.
  measure: async () => {
    const rows = await GasTable.measure();
    const { checksPerSecond, seconds, peakOctets, settled } = day();
    const gas = (name: string): number => gasOf(rows, name);
    const [account, transfer] = [
      gas(`an account of ${ALL}, steady`),
      gas("one plain transfer of the coin, as a measure"),
    ];
    const order = gas("order: open") + gas("order: accepted") + gas("order: ended");
    return {
      figures: {
        accountSteadyGas: account,
        accountFirstGas: gas(`an account of ${ALL}, first`),
        plainTransferGas: transfer,
        timesCheaper: transfer / account,
        ticketGas: gas(`a ticket of ${TICKETS}, steady`),
        voucherGas: gas("one, first"),
        claimGas: gas("claim, first"),
        orderLifeGas: order,
        ticketsCheckedPerCoreSecond: checksPerSecond,
        millionTicketDayS: seconds,
        millionTicketDayPeakMB: peakOctets / 1e6,
        ticketsSettled: settled,
      },
      goals: [
        atMost(`an account of ${ALL}, steady`, account, "gas", 7_500),
        atMost(`a ticket of ${TICKETS}`, gas(`a ticket of ${TICKETS}, steady`), "gas", 250),
        atLeast("signatures of tickets, a core", checksPerSecond, "a second", 2_000),
        atMost("a day of a million tickets, netted", seconds, "s", 60),
        atMost("its memory", peakOctets / 1e6, "MB", 1_000),
        atMost("a claim", gas("claim, first"), "gas", 95_000),
      ],
    };
  },
};

function gasOf(rows: readonly GasRow[], name: string): number {
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no gas was measured of ${name}`);
  return Number(row.gas);
}

type Day = {
  readonly checksPerSecond: number;
  readonly seconds: number;
  readonly peakOctets: number;
  readonly settled: number;
};

/** In a process of its own: memory is a process'. */
function day(): Day {
  const part = join(import.meta.dirname, "settlement-part.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [part], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Day;
}
