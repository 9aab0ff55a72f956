// Who changed the WAN, when and why; each commit can be put into the candidate.

import { dateTime } from "../base/format.ts";
import type { CommitView } from "../base/types.ts";
import { Badge } from "./badge.tsx";
import { Empty } from "./states.tsx";

export function Commits({
  items,
  mayChange,
  onBack,
}: {
  readonly items: readonly CommitView[];
  readonly mayChange: boolean;
  readonly onBack: (back: number, id: number) => void;
}) {
  if (items.length === 0) return <Empty title="Nothing was committed yet" />;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              #
            </th>
            <th scope="col">When</th>
            <th scope="col">By</th>
            <th scope="col">State</th>
            <th scope="col">Why</th>
            <th scope="col">
              <span class="unseen">Go back</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, atMs, by, state, why }, back) => (
            <tr key={id}>
              <th scope="row" class="number">
                {id}
              </th>
              <td class="nowrap">{dateTime(atMs)}</td>
              <td>{by}</td>
              <td>
                <Badge state={state} />
              </td>
              <td>{why}</td>
              <td>
                {back > 0 && mayChange && items[0]?.state !== "waiting" ? (
                  <button
                    type="button"
                    class="small"
                    onClick={() => onBack(back, id)}
                    aria-label={`Put commit ${id} into the candidate`}
                  >
                    Roll back
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
