// What settlement costs on a chain: gas of a netted batch, of a ticket in it, of a claim, of an order's life. The peer of a
// batch is what people do without one: one plain transfer of the coin for every account.

import { CONSUMERS, type GasRow, GasTable, PROVIDERS, TICKETS } from "../test/chain/gas-table.ts";
import { atMost, type Figure } from "./lib.ts";

const ALL = CONSUMERS + PROVIDERS;

export const settlement: Figure = {
  name: "settlement",
  about: `gas of a netted batch of ${ALL} accounts against a plain transfer for each, of tickets, claims and orders`,
  // The same every time, so that one round is as good as five.
  measure: async () => {
    const rows = await GasTable.measure();
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
      },
      goals: [
        atMost(`an account of ${ALL}, steady`, account, "gas", 7_500),
        atMost(`a ticket of ${TICKETS}`, gas(`a ticket of ${TICKETS}, steady`), "gas", 250),
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
