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
  /** A desired file; a million prefixes take about 30 MB. */
  desiredFileMaxOctets: 134_217_728,
  /** A matrix file; 100 POPs with three transits each take about 8 MB. */
  matrixFileMaxOctets: 268_435_456,
  /** Partial paths of one search; about 60 octets each. */
  pathLabels: 8_000_000,
  /** Paths of one answer. */
  pathsInAnswer: 1_000,
  /** Primaries tried for a pair that shares least, before the best pair found is given as unproved. */
  pathPairTries: 2_000,
  /** Members of a group: each measures all others. */
  groupMembers: 100,
  /** Changes seen in a burst are looked at once, this long after the first of them. */
  watchSettleMs: 200,
  /** One send to the kernel: 8 to 16 kB is quickest, 32 kB sometimes stalls (measured). */
  netlinkBatchOctets: 8_192,
  netlinkBatchMessages: 512,
  /** Sends whose answers have not come; with the receive buffer below, errors of all of them fit. */
  netlinkBatchesInFlight: 2,
  netlinkReceiveBufferOctets: 4_194_304,
  netlinkSendBufferOctets: 1_048_576,
  /** The kernel fills no more of a dump at once; each receive takes a buffer of this size. */
  netlinkDatagramOctets: 32_768,
  /** ENOMEM passes; each try waits longer than the one before. */
  netlinkMemoryRetries: 20,
  netlinkMemoryRetryMs: 5,
  /** A dump begins anew when the table changed under it. */
  netlinkDumpTries: 8,
  netlinkSilenceMs: 10_000,
} as const;
