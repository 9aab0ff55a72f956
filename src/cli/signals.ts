// Until when a verb runs that does not end by itself.

/** Ends on the first Ctrl-C or SIGTERM; gives back what undoes that. */
export function onStop(end: () => void): () => void {
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  return () => {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  };
}

/** Resolves on the first Ctrl-C or SIGTERM. */
export function toldToStop(): Promise<void> {
  const told = Promise.withResolvers<void>();
  onStop(told.resolve);
  return told.promise;
}

/** Aborted by the first Ctrl-C or SIGTERM. */
export function untilStopped(): AbortSignal {
  const stop = new AbortController();
  onStop(() => stop.abort(new Error("stopped")));
  return stop.signal;
}
