// Orders of priority on routers: where their money is, what the router said, and what comes next.

import { bits, coins, when } from "../base/format.ts";
import type { OrderView } from "../base/types.ts";
import { Account } from "./account.tsx";
import { Badge } from "./badge.tsx";

const MONEY = { None: "not bound", Open: "Open", Released: "Released", Refunded: "Refunded" } as const;

export function Orders({ orders }: { readonly orders: readonly OrderView[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Order</th>
            <th scope="col">Router</th>
            <th scope="col">Priority</th>
            <th scope="col">Money</th>
            <th scope="col">Next</th>
            <th scope="col">Consumer</th>
            <th scope="col">Until</th>
            <th scope="col" class="number">
              Price
            </th>
          </tr>
        </thead>
        <tbody>
          {orders.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <code title={one.id}>{one.id.slice(0, 10)}</code>
              </th>
              <td>
                {one.device} <span class="muted">{one.interface}</span>
              </td>
              <td class="nowrap">
                DSCP {one.dscp.join(", ")}, {bits(one.rateBps)}
              </td>
              <td>{one.money === null ? "–" : <Badge state={MONEY[one.money]} />}</td>
              <td>
                {one.next ?? (one.isCancelled ? "cancelled" : (one.verdict ?? "–"))}
                {one.alert === null ? null : <p class="refused">{one.alert}</p>}
              </td>
              <td>
                <Account of={one.consumer} />
              </td>
              <td class="nowrap">{when(one.untilMs)}</td>
              <td class="number nowrap">{coins(one.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
