// A path: its POPs with the transits between them, and hop by hop with SIDs and delays.

import { ms, msUnit, percent, popsOf, segmentOf } from "../base/format.ts";
import { linkTo } from "../base/route.ts";
import type { ChosenPath, SegmentView } from "../base/types.ts";

export function Path({
  segments,
  marked,
}: {
  readonly segments: readonly string[];
  readonly marked?: ReadonlySet<string>;
}) {
  const [first] = segments;
  if (first === undefined) return <span class="muted">no path</span>;
  return (
    <span class="path">
      <span class="path-pop">{segmentOf(first).from}</span>
      {segments.map((one) => {
        const { transit, to } = segmentOf(one);
        const isMarked = marked?.has(one) ?? false;
        return (
          <span class="path-hop" key={one}>
            <span class={isMarked ? "path-transit marked" : "path-transit"}>
              {isMarked ? <span aria-hidden="true">▲ </span> : null}
              {transit}
              <span aria-hidden="true"> →</span>
              <span class="unseen"> to</span>
            </span>
            <span class="path-pop">{to}</span>
          </span>
        );
      })}
    </span>
  );
}

export const pathWords = (segments: readonly string[]): string => popsOf(segments).join(" → ");

/** Where SIDs and segments go side by side: a SID for each segment, the last one delivers. */
export function Hops({
  path,
  measured,
  marked,
}: {
  readonly path: ChosenPath;
  readonly measured: ReadonlyMap<string, SegmentView["measured"]>;
  readonly marked: ReadonlySet<string>;
}) {
  const { segments, sids } = path;
  const sideBySide = sids.length === segments.length + 1;
  const last = segments.at(-1);
  return (
    <div class="scroll">
      <table>
        <caption class="unseen">The {path.role} path, hop by hop</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              #
            </th>
            <th scope="col">SID</th>
            <th scope="col">At</th>
            <th scope="col">Over</th>
            <th scope="col">To</th>
            <th scope="col" class="number">
              One way
            </th>
            <th scope="col" class="number">
              Bound
            </th>
            <th scope="col" class="number">
              Loss
            </th>
          </tr>
        </thead>
        <tbody>
          {segments.map((segment, i) => {
            const { from, transit, to } = segmentOf(segment);
            const cell = measured.get(segment);
            return (
              <tr key={segment} class={marked.has(segment) ? "row-warn" : ""}>
                <td class="number">{i + 1}</td>
                <td>{sideBySide ? <code>{sids[i]}</code> : <span class="muted">compressed</span>}</td>
                <td>
                  <a href={linkTo("pops", from)}>{from}</a>
                </td>
                <td>{transit}</td>
                <td>
                  <a href={linkTo("pops", to)}>{to}</a>
                </td>
                <td class="number">{msUnit(cell?.delayUs)}</td>
                <td class="number">{boundText(cell)}</td>
                <td class="number">{percent(cell?.lossPpm)}</td>
              </tr>
            );
          })}
          {sideBySide && last !== undefined ? (
            <tr>
              <td class="number">{sids.length}</td>
              <td>
                <code>{sids.at(-1)}</code>
              </td>
              <td>
                <a href={linkTo("pops", segmentOf(last).to)}>{segmentOf(last).to}</a>
              </td>
              <td colSpan={5} class="muted">
                delivered
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
      {sideBySide ? null : (
        <p class="muted">
          SID list: <code>{sids.join(" ")}</code>
        </p>
      )}
    </div>
  );
}

function boundText(cell: SegmentView["measured"] | undefined): string {
  const { lowUs = null, highUs = null } = cell ?? {};
  return lowUs === null || highUs === null ? "–" : `± ${ms((highUs - lowUs) / 2)} ms`;
}
