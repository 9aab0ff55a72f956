// A time of the last 24 hours, or now.

import { dateTime, span } from "../base/format.ts";
import { useNow } from "../base/query.ts";

const DAY_S = 86_400;

export function TimeSlider({
  atMs,
  onAt,
  sinceMs = DAY_S * 1_000,
}: {
  readonly atMs: number | undefined;
  readonly onAt: (atMs: number | undefined) => void;
  readonly sinceMs?: number;
}) {
  const now = useNow(5_000);
  const mostS = Math.round(sinceMs / 1_000);
  const backS = atMs === undefined ? 0 : Math.min(mostS, Math.max(1, Math.round((now - atMs) / 1_000)));
  const said = atMs === undefined ? "now" : `${dateTime(atMs)}, ${span(backS * 1_000)} ago`;
  const stepS = mostS > 7_200 ? 60 : 5;
  return (
    <div class="slider">
      <label class="slider-label">
        <span>Time</span>
        <input
          type="range"
          min={-mostS}
          max={0}
          step={stepS}
          value={-backS}
          aria-valuetext={said}
          onInput={({ currentTarget: { value } }) =>
            onAt(Number(value) > -stepS ? undefined : Date.now() + Number(value) * 1_000)
          }
        />
      </label>
      <output class="slider-said">{said}</output>
      <button type="button" disabled={atMs === undefined} onClick={() => onAt(undefined)}>
        Back to now
      </button>
    </div>
  );
}
