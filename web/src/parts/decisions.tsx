// The journal of decisions in words; of each one the alternatives, and why not.

import { dateTime, ms, percent, when } from "../base/format.ts";
import type { DecidedView } from "../base/types.ts";
import { Path } from "./path.tsx";
import { Empty } from "./states.tsx";

export function Decisions({ items }: { readonly items: readonly DecidedView[] }) {
  if (items.length === 0) {
    return (
      <Empty title="No decision yet">
        While a policy is on its default and all is well, there is nothing to decide.
      </Empty>
    );
  }
  return (
    <ol class="decisions">
      {items.map((one) => (
        <li key={one.id} class={one.moved ? "decision moved" : "decision"}>
          <details>
            <summary>
              <time dateTime={new Date(one.atMs).toISOString()} title={dateTime(one.atMs)}>
                {when(one.atMs)}
              </time>
              <span class="decision-what">{one.moved ? "moved" : "stays"}</span>
              <span class="decision-words">{one.words}</span>
            </summary>
            <Alternatives {...one} />
          </details>
        </li>
      ))}
    </ol>
  );
}

function Alternatives({ alternatives }: DecidedView) {
  const taken = alternatives.find(({ isTaken }) => isTaken);
  const compared = (delayUs: number | null): string => {
    if (delayUs === null || taken?.delayUs === null || taken === undefined) return "–";
    const us = delayUs - taken.delayUs;
    return us === 0 ? "0.0 ms" : `${us > 0 ? "+" : "−"} ${ms(Math.abs(us))} ms`;
  };
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col" class="number">
              Against the one taken
            </th>
            <th scope="col" class="number">
              Loss
            </th>
            <th scope="col">Why, or why not</th>
          </tr>
        </thead>
        <tbody>
          {alternatives.map(({ segments, delayUs, lossPpm, isDefault, isTaken, why }) => (
            <tr key={segments.join(" ")} class={isTaken ? "row-taken" : ""}>
              <td>
                <Path segments={segments} /> {isDefault ? <span class="muted">default</span> : null}{" "}
                {isTaken ? <strong>taken</strong> : null}
              </td>
              <td class="number">{compared(delayUs)}</td>
              <td class="number">{percent(lossPpm)}</td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
