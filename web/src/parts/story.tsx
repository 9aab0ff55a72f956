// What happened, the newest first, each with its why.

import { dateTime, when } from "../base/format.ts";
import { isStory, told } from "../base/story.ts";
import type { EventView } from "../base/types.ts";
import { Path } from "./path.tsx";
import { Empty } from "./states.tsx";

const MARKS = { good: "●", warn: "▲", bad: "✕", calm: "○", moved: "➔" } as const;

export function Story({
  events,
  most,
  whole = false,
}: {
  readonly events: readonly EventView[];
  readonly most: number;
  /** Everything, not only what a newcomer wants to hear of. */
  readonly whole?: boolean;
}) {
  const shown = events.filter((event) => whole || isStory(event)).slice(0, most);
  if (shown.length === 0) {
    return <Empty title="Nothing happened yet">What srwan notices and does will stand here, with its reason.</Empty>;
  }
  return (
    <ol class="story">
      {shown.map((event) => {
        const { id, atMs, kind, title, why, from, to, href } = told(event);
        return (
          <li key={id} class={`told ${kind}`}>
            <span class="told-mark" aria-hidden="true">
              {MARKS[kind]}
            </span>
            <div class="told-body">
              <p class="told-title">
                {href === undefined ? title : <a href={href}>{title}</a>}
                <time dateTime={new Date(atMs).toISOString()} title={dateTime(atMs)}>
                  {when(atMs)}
                </time>
              </p>
              {why === "" ? null : <p class="told-why">{kind === "moved" ? `Because ${why}.` : why}</p>}
              {from === undefined || to === undefined ? null : (
                <dl class="from-to">
                  <dt>from</dt>
                  <dd>
                    <Path segments={from} />
                  </dd>
                  <dt>to</dt>
                  <dd>
                    <Path segments={to} />
                  </dd>
                </dl>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
