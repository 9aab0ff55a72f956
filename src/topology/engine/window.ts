// Weekly time windows of a segment, in UTC. Time comes in as a number.

import { WEEKDAYS, type Window } from "./matrix-schema.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Whether one of the windows is open; a segment without windows always is. */
export function isOpen(windows: readonly Window[], atMs: number | undefined): boolean {
  if (windows.length === 0) return true;
  if (atMs === undefined) return false;
  const minutes = Math.floor(atMs / MINUTE_MS);
  // 1970-01-01 was a Thursday.
  const day = (((Math.floor(minutes / DAY_MINUTES) + 3) % 7) + 7) % 7;
  const time = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  return windows.some((window) => {
    const [from, to] = [minuteOf(window.from), minuteOf(window.to)];
    if (from < to) return opensOn(window, day) && time >= from && time < to;
    return (opensOn(window, day) && time >= from) || (opensOn(window, (day + 6) % 7) && time < to);
  });
}

const opensOn = (window: Window, day: number): boolean =>
  window.days === undefined || window.days.includes(WEEKDAYS[day] as (typeof WEEKDAYS)[number]);

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
