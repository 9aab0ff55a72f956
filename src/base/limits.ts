// Every limit on a queue, buffer, list or timeout, with its unit in its name. A room that needs a new limit adds it
// here, so that one page shows what the whole system can be made to hold.

export const LIMITS = {
  /** A configuration file is written by hand; a larger one is a mistake. */
  configFileMaxOctets: 1_048_576,
  /** A graceful stop that takes longer is cut, so that a supervisor never has to kill. */
  stopTimeoutMs: 10_000,
  /** Deepest nesting of a logged object that is searched for secrets; deeper values are cut. */
  logMaxDepth: 8,
  /** One machine check: a hanging tool must not hang `srwan doctor`. */
  doctorCheckTimeoutMs: 10_000,
  /** What a checked tool may print before it is cut. */
  doctorOutputMaxOctets: 262_144,
} as const;
