// What a view reads of the service, kept fresh: read again when the live stream says that it changed, after a time, and
// after the stream was cut off. What was read stays on the screen while the service is away.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api.ts";
import { live, type Topic } from "./live.ts";

export type Query<T> = {
  readonly data: T | undefined;
  /** What the service said against it; not that it is away. */
  readonly problem: Problem | undefined;
  readonly again: () => void;
};

type Options = {
  readonly on?: readonly Topic[];
  readonly everyMs?: number;
  /** Not before this has passed since the last reading. */
  readonly atMostEveryMs?: number;
};

/** `key` names what is read: another key begins anew. */
export function useQuery<T>(
  key: string | undefined,
  read: (signal: AbortSignal) => Promise<T>,
  { on = [], everyMs, atMostEveryMs = 300 }: Options = {},
): Query<T> {
  const [held, setHeld] = useState<{ key: string; data?: T; problem?: Problem } | undefined>(undefined);
  const reader = useRef(read);
  reader.current = read;
  const ask = useRef<() => void>(() => undefined);
  const topics = on.join(" ");
  useEffect(() => {
    if (key === undefined) return;
    const abort = new AbortController();
    let isReading = false;
    let isDue = false;
    let readMs = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const now = async () => {
      if (isReading || document.visibilityState === "hidden") {
        isDue = true;
        return;
      }
      isReading = true;
      isDue = false;
      readMs = performance.now();
      try {
        const data = await reader.current(abort.signal);
        if (!abort.signal.aborted) setHeld({ key, data });
      } catch (thrown) {
        if (thrown instanceof Problem && !abort.signal.aborted) setHeld({ key, problem: thrown });
      }
      isReading = false;
      if (isDue && !abort.signal.aborted) soon();
    };
    const soon = () => {
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          void now();
        },
        Math.max(0, readMs + atMostEveryMs - performance.now()),
      );
    };
    ask.current = () => void now();
    const forget = topics.split(" ").map((topic) => live.on(topic as Topic, soon));
    forget.push(live.on("state", () => live.staleSinceMs === undefined && soon()));
    const shown = () => document.visibilityState === "visible" && isDue && soon();
    document.addEventListener("visibilitychange", shown);
    const interval = everyMs === undefined ? undefined : setInterval(() => void now(), everyMs);
    void now();
    return () => {
      abort.abort();
      clearTimeout(timer);
      clearInterval(interval);
      document.removeEventListener("visibilitychange", shown);
      for (const one of forget) one();
    };
  }, [key, topics, everyMs, atMostEveryMs]);
  const again = useCallback(() => ask.current(), []);
  const mine = held?.key === key ? held : undefined;
  return { data: mine?.data, problem: mine?.problem, again };
}

/** Draws again when `listen` says so. */
export function useTold(listen: (tell: () => void) => () => void): void {
  const [, setCount] = useState(0);
  useEffect(() => listen(() => setCount((count) => count + 1)), [listen]);
}

/** The time, moving. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
