// What an account earned by relaying and applied to its own traffic: in sums, and epoch by epoch.

import { coins, hour } from "../base/format.ts";
import type { PopCoinsView } from "../base/types.ts";
import { Badge } from "./badge.tsx";
import { Figure } from "./page.tsx";
import { Note } from "./settlement.tsx";
import { Empty } from "./states.tsx";

export function PopCoins({ coins: of }: { readonly coins: PopCoinsView }) {
  const { account, sharedWith, earned, applied, earnedUnderWay, appliedUnderWay, onChain, orders, epochs, note } = of;
  if (account === null) {
    return (
      <Empty title="The POP's record names no account">
        Give it <code>account</code>, the address that is paid for what it relays, and have its agent tell it.
      </Empty>
    );
  }
  const underWay = (amount: string): string =>
    amount === "0" ? "in settled epochs" : `and ${coins(amount)} under way`;
  return (
    <>
      <p class="muted coins-of">
        Of <code>{account}</code>
        {sharedWith.length === 0 ? "" : `, which is also that of ${sharedWith.join(", ")}`}.
      </p>
      <div class="figures inner">
        <Figure name="Earned" value={coins(earned)} note={underWay(earnedUnderWay)} />
        <Figure name="Applied" value={coins(applied)} note={underWay(appliedUnderWay)} />
        {onChain === null ? null : (
          <>
            <Figure name="To withdraw" value={coins(onChain.earned)} note="earned, on the chain now" />
            <Figure name="In escrow" value={coins(onChain.free)} note={`free; cap ${coins(onChain.cap)} an epoch`} />
          </>
        )}
        <Figure
          name="Priority orders"
          value={orders.open}
          note={orders.open === 0 ? "open" : `open, for ${coins(orders.amount)}`}
        />
      </div>
      {epochs.length === 0 ? (
        <Empty title="Nothing earned or applied yet">Epochs show here once their batch is made.</Empty>
      ) : (
        <Payouts epochs={epochs} />
      )}
      <Note>{note}</Note>
    </>
  );
}

function Payouts({ epochs }: { readonly epochs: PopCoinsView["epochs"] }) {
  const most = epochs.reduce((top, one) => {
    const larger = BigInt(one.earned) > BigInt(one.applied) ? BigInt(one.earned) : BigInt(one.applied);
    return larger > top ? larger : top;
  }, 1n);
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Epoch</th>
            <th scope="col" class="number">
              Earned
            </th>
            <th scope="col" class="number">
              Applied
            </th>
            <th scope="col" class="number">
              Began
            </th>
            <th scope="col" class="number">
              State
            </th>
          </tr>
        </thead>
        <tbody>
          {epochs.map(({ epoch, fromMs, state, earned, applied }) => (
            <tr key={epoch}>
              <th scope="row">{epoch}</th>
              <Amount of={earned} most={most} kind="earned" />
              <Amount of={applied} most={most} kind="applied" />
              <td class="number nowrap">{fromMs === null ? "–" : hour(fromMs)}</td>
              <td class="number">
                <Badge state={state} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The bar says nothing that the number does not. */
function Amount({ of, most, kind }: { readonly of: string; readonly most: bigint; readonly kind: string }) {
  const share = Number((BigInt(of) * 1_000n) / most) / 10;
  return (
    <td class="number amount">
      {coins(of)}
      <span class={`bar ${kind}`} aria-hidden="true" style={{ width: `${share}%` }} />
    </td>
  );
}
