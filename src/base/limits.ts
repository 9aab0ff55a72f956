// Every limit on a queue, buffer, list or timeout, with its unit in its name. A room that needs a new limit adds it
// here, so that one page shows what the whole system can be made to hold.

export const LIMITS = {
  /** A configuration file is written by hand; a larger one is a mistake. */
  configFileMaxOctets: 1_048_576,
  /** Values that aliases of one YAML file may stand for. */
  yamlAliasesMax: 10_000,
  /** A graceful stop that takes longer is cut, so that a supervisor never has to kill. */
  stopTimeoutMs: 10_000,
  /** Deepest nesting of a logged object that is searched for secrets; deeper values are cut. */
  logMaxDepth: 8,
  /** One machine check: a hanging tool must not hang `srwan doctor`. */
  doctorCheckTimeoutMs: 10_000,
  /** What a checked tool may print before it is cut. */
  doctorOutputMaxOctets: 262_144,
  /** A change of a shared file takes milliseconds; whoever waits longer waits for a process that was killed. */
  fileLockWaitMs: 10_000,
  fileLockPollMs: 20,
  /** A SID ledger; a million grants take about 70 MB. */
  ledgerFileMaxOctets: 134_217_728,
  /** Packets to decode, as a capture or as text. */
  captureFileMaxOctets: 134_217_728,
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
  /** A trace, a journal of decisions, or a file of destinations that a verb reads whole. */
  engineFileMaxOctets: 268_435_456,
  /** Members of a group: each measures all others. */
  groupMembers: 100,
  /** Changes seen in a burst are looked at once, this long after the first of them. */
  watchSettleMs: 200,
  /** What went without a notification is seen after this at the latest. */
  watchLookMs: 30_000,
  /** A watch that met passing trouble looks again after this long. */
  watchRetryMs: 1_000,
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
  /** A lab's topology or scenario file. */
  labFileMaxOctets: 4_194_304,
  labNodesMax: 512,
  /** One direction of one link; light to the Moon and back takes less. */
  labDelayMaxUs: 10_000_000,
  labLinksMax: 4_096,
  /** Building one, however large. */
  labUpTimeoutMs: 300_000,
  /** A lab's processes are asked to end, and made to after this long. */
  labStopMs: 2_000,
  /** What one command inside a lab may write before it is cut. */
  labOutputMaxOctets: 1_048_576,
  /** Frames that wait in a relay for their time: 100 Mbit/s for ten seconds is fewer. */
  labHeldMaxFrames: 131_072,
  /** Longest wait in front of a link's rate limit; what would wait longer is dropped. */
  labQueueMs: 50,
  labRelayBufferOctets: 4_194_304,
  /** An impairment that ends by itself. */
  labPassingMaxMs: 86_400_000,
  /** What is under way when a flow ends has this long to arrive, at most. */
  flowGraceMaxMs: 20_000,
  labControlTimeoutMs: 20_000,
  labControlConnections: 64,
  labControlMaxOctets: 4_194_304,
  /** Timed impairments, flows and expectations of one scenario, each. */
  scenarioEntriesMax: 10_000,
  /** The fate of each packet is kept until the verdict. */
  scenarioPacketsMax: 5_000_000,
  /** One flow of the built-in generator; a scenario has many. */
  flowPacketsPerSecondMax: 20_000,
  /** A pulse of ours; 1,232 octets pass everywhere (1,280 less IPv6 and UDP), a jumbo frame is the most that is asked for. */
  pulseMaxOctets: 9_000,
  pulsePlainOctets: 1_232,
  pulsePeersMax: 512,
  /** Members of a group: the matrix grows with their square. */
  groupMembersMax: 100,
  pulseIntervalMinMs: 30,
  pulseIntervalMaxMs: 60_000,
  /** A reply to a pulse older than this many of the same session is no longer taken. */
  pulsePendingMax: 256,
  /** Senders that a stateful reflector keeps count of. */
  pulseSessionsMax: 4_096,
  pulseSessionIdleMs: 300_000,
  pulseReceiveBufferOctets: 4_194_304,
  /** What statistics of a direction look back on, and at most how many samples they keep. */
  pulseWindowMs: 30_000,
  pulseWindowSamplesMax: 2_048,
  /** A pulse that has no answer after so long is lost; the longest wait of liveness. */
  pulseOverdueMs: 3_000,
  /** Datagrams taken from the kernel at once. */
  pulseBatchMessages: 64,
  /** The pulse loop looks for orders at least this often. */
  pulseIdleMs: 20,
  /** The embedded chain answers within a tenth of a second; a busy machine takes longer. */
  chainStartMs: 20_000,
  /** It writes its state before it ends. */
  chainStopMs: 10_000,
  /** A chain that says nothing for so long is taken for gone. */
  chainAnswerMs: 30_000,
  /** How often a chain is asked what became of a transaction: on this machine, and elsewhere. */
  chainNearPollMs: 20,
  chainPollMs: 2_000,
  deploymentFileMaxOctets: 1_048_576,
  keystoreFileMaxOctets: 65_536,
} as const;
