// Every limit on a queue, buffer, list or timeout, with its unit in its name. A room that needs a new limit adds it
// here, so that one page shows what the whole system can be made to hold.
// Long because: one table of every limit.

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
  /** How often an agent looks whether its WireGuard devices stand and shake hands. */
  wireguardLookMs: 3_000,
  /** Echo requests to a POP itself from outside of the domain; what it forwards is not counted. */
  edgeEchoesPerSecond: 1_000,
  /** Pulses to a POP itself from outside of its segments: its neighbours' come over segments. */
  edgePulsesPerSecond: 1_000,
  /** Forged packets of one kind in a trial of the edge. */
  edgeTrialPackets: 100_000,
  /** How often, and how many times, it is looked whether all that were sent came in. */
  edgeTrialLookMs: 50,
  edgeTrialLooks: 40,
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
  pulsePeersMax: 1_024,
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
  /** A member's row that has not been heard anew for so long, or for five pulses, is no longer used. */
  rowStaleMs: 15_000,
  /** Rows that contradict each other for less are told apart by time: a clock was set, or a window moved on. */
  contradictionLastsMs: 10_000,
  /** A matrix of 100 members takes about 3 MB. */
  memberControlMaxOctets: 16_777_216,
  memberControlTimeoutMs: 5_000,
  memberControlConnections: 16,
  /** How often `srwan matrix --watch` asks. */
  matrixWatchMs: 1_000,
  contradictionsMax: 100,
  /** Datagrams taken from the kernel at once. */
  pulseBatchMessages: 64,
  /** Pulses leave at the beginnings of slots this long, and what came is served there: a few packets for one wake. */
  pulseSlotMs: 5,
  /** Slots are no shorter than this share of a neighbour's interval: who pulses seldom need not be woken often. */
  pulseSlotsPerInterval: 20,
  /** Where every neighbour is pulsed no oftener than this, replies wait for the next wake; their stamps do not. */
  pulseSlowMs: 500,
  /** The pulse loop looks for orders at least this often. */
  pulseIdleMs: 50,
  /** A message between agent and service; a whole document of 100,000 prefixes takes about 3 MB. */
  wireMessageMaxOctets: 16_777_216,
  /** Text for people in a message. */
  wireTextMax: 1_024,
  /** Policies of one WAN. */
  policiesMax: 10_000,
  /** Segments that leave one POP: 99 peers over some transits each. */
  popSegmentsMax: 1_024,
  /** Probed paths of one POP. */
  probesMax: 20_000,
  /** Shown of one reporter, the worst first; and contradictions shown at once. */

  /** What is told of a member that contradicts others. */
  evidenceMax: 16,
  /** Deepest nesting of an XML element that is read. */
  netconfXmlDepth: 256,
  /** Between our hello and the first request to a server that reads no two messages at once. */
  netconfYumaPauseMs: 100,
  /** A reply that is held whole; larger ones are streamed. */
  netconfReplyMaxOctets: 67_108_864,
  netconfConnectMs: 15_000,
  netconfHelloMs: 15_000,
  /** From the sending of a request to the end of its reply; of a streamed reply, the longest silence. */
  netconfRpcMs: 60_000,
  /** A session that is left says so, but not for long. */
  netconfCloseMs: 3_000,
  /** Requests of one session that are sent and not answered; what is asked beyond waits. */
  netconfRpcsInFlight: 32,
  netconfRpcsWaiting: 10_000,
  /** Requests given up on whose late replies are still told apart from replies to nothing. */
  netconfRpcsGivenUp: 1_024,
  /** Elements of a streamed reply that wait for their reader before the device is made to wait. */
  netconfStreamElements: 256,
  netconfNotificationsWaiting: 10_000,
  netconfKeepAliveMs: 15_000,
  netconfKeepAlivesLost: 3,
  /** Jump hosts on the way to a device. */
  netconfJumps: 8,
  /** Devices that call home and have not said who they are. */
  netconfCallersWaiting: 64,
  knownHostsMaxOctets: 16_777_216,
  devicesFileMaxOctets: 4_194_304,
  /** Devices in a devices file. */
  netconfDevices: 10_000,
  restconfAnswerMs: 60_000,
  restconfAnswerMaxOctets: 67_108_864,
  /** One notification of an event stream. */
  restconfEventMaxOctets: 4_194_304,
  /** Routers that are changed as one. */
  transactionDevices: 32,
  transactionJournalMaxOctets: 134_217_728,
  /** How long a device waits for the confirming commit before it goes back by itself. */
  transactionConfirmMs: 120_000,
  /** Past a device's own timer, before its going back is looked for, and between two looks. */
  transactionGraceMs: 1_000,
  transactionLooks: 5,
  /** Statements of the embedded store that are kept ready. */
  storeStatementsMax: 256,
  /** Another process (a backup, a verb) writes the embedded store for so long at most. */
  storeBusyMs: 5_000,
  storeBusyPollMs: 20,
  /** The embedded store's write-ahead log is cut back to this. */
  storeLogMaxOctets: 67_108_864,
  storeConnections: 16,
  /** Hellos, documents and decisions that are read or written at the same time. */
  storeManyAtOnce: 8,
  /** Also the wait for a connection that others use. */
  storeConnectMs: 15_000,
  storeStatementMs: 30_000,
  /** PostgreSQL lets go of the locks of a machine that vanished after this long. */
  storeDeadPeerMs: 3_000,
  /** Between two tries of a store that is away. */
  storeRetryMs: 250,
  /** Lists of segments that reports are of; about 4 kB each. */
  layoutsKept: 20_000,
  /** Versions of a POP's desired document; an agent that holds an older one gets the whole. */
  desiredKept: 8,
  commitsKept: 50,
  /** In PEM; an Ed25519 key takes 113. */
  publicKeyMaxOctets: 2_048,
  /** Tellings kept in one transaction, and how long reports wait for others to be kept with. */
  ingestBatch: 1_000,
  ingestGatherMs: 20,
  /** What agents told and is not kept yet, as text; beyond it nothing more is read from them. */
  ingestOctetsMax: 134_217_728,
  /** Connections that have not said who they are. */
  agentsUnknownMax: 20_000,
  agentsMax: 50_000,
  helloMs: 20_000,
  /** What may wait for an agent to read it. */
  agentUnreadOctets: 67_108_864,
  /** Items of one page of the API. */
  pageItems: 100,
  pageItemsMax: 1_000,
  /** POPs of one WAN. */
  popsMax: 20_000,
  bodyMaxOctets: 1_048_576,
  /** A configuration with all its policies and their prefixes. */
  configBodyMaxOctets: 67_108_864,
  requestMs: 60_000,
  /** Callers whose requests are counted at a time. */
  callersCounted: 20_000,
  /** A request with an idempotency key whose answer never came is taken for new after this long. */
  answerMs: 60_000,
  confirmMinMs: 1_000,
  confirmMaxMs: 86_400_000,
  joinTokenMs: 86_400_000,
  tokenMaxMs: 315_360_000_000,
  liveReadersMax: 1_000,
  liveUnreadOctets: 4_194_304,
  livePulseMs: 1_000,
  /** Whoever asks for a group's matrix within this of another is given the same. */
  matrixSharedMs: 400,
  /** How often commits that wait are looked at, and history; between two steps of the latter others have their turn. */
  confirmLookMs: 500,
  historyLookMs: 10_000,
  breathMs: 5,
  measuresLookMs: 1_000,
  /** Of verbs that are watched; and how long a shell waits for names that complete a word. */
  watchEveryMs: 2_000,
  watchEveryLeastMs: 100,
  completeMs: 400,
  completeNames: 1_000,
  bugreportEvents: 500,
  /** Scrapes within this of each other share one look at the store. */
  healthSharedMs: 2_000,
  /** A POP that was set apart for what others say stays so for at least this long. */
  quarantineMinMs: 600_000,
  quarantinedMax: 10_000,
  /** Reports that whoever begins to decide for a group reads. */
  catchUpMs: 30_000,
  /** How often the services look who decides for which group, and looks in a row before one lets a group go. */
  shareLookMs: 1_000,
  unevenLooks: 5,
  /** A service that said nothing for so long is taken for gone. */
  serviceSilentMs: 4_000,
  serviceForgottenMs: 86_400_000,
  backupPagesAtOnce: 1_024,
  /** POPs in one notification, which takes less than 8,000 octets. */
  newsPopsMax: 64,
  /** What an agent has told and the service has not kept yet; the oldest measurements go first. */
  spoolMaxOctets: 16_777_216,
  /** The service is tried again after a wait that doubles between these, and is drawn by chance below it. */
  reconnectMinMs: 250,
  reconnectMaxMs: 5_000,
  /** Of a connection: its TLS, its upgrade, the service's challenge and its welcome. */
  sessionOpenMs: 10_000,
  /** Tellings wait while so much is still to leave. */
  sessionBufferedOctets: 1_048_576,
  /** Whoever says nothing for this long is asked for nothing. */
  joinTimeoutMs: 15_000,
  joinReplyMaxOctets: 131_072,
  /** The agent looks at its machine at least this often, whether or not anything told it to. */
  agentLookMs: 10_000,
  agentSettleMs: 50,
  agentRetryMs: 1_000,
  /** Looks that failed in a row, before the agent ends so that it is started anew. */
  agentFailuresMax: 30,
  /** Between two readings of its counters. */
  agentCountMs: 10_000,
  /** What pulses and probes of one segment come to at their quickest; a POP in maintenance is drained below it. */
  drainedOctetsPerPeer: 20_000,
  agentControlTimeoutMs: 5_000,
  agentControlConnections: 16,
  agentControlMaxOctets: 16_777_216,
  /** A state file of an agent; a whole desired document. */
  agentStateMaxOctets: 33_554_432,
  /** Deepest nesting of an XML element that is read. */

  /** A reply that is held whole; larger ones are streamed. */

  /** From the sending of a request to the end of its reply; of a streamed reply, the longest silence. */

  /** A session that is left says so, but not for long. */

  /** Requests of one session that are sent and not answered; what is asked beyond waits. */

  /** Requests given up on whose late replies are still told apart from replies to nothing. */

  /** Elements of a streamed reply that wait for their reader before the device is made to wait. */

  /** Jump hosts on the way to a device. */

  /** Devices that call home and have not said who they are. */

  /** Devices in a devices file. */

  /** One notification of an event stream. */

  /** Routers that are changed as one. */

  /** How long a device waits for the confirming commit before it goes back by itself. */

  /** Past a device's own timer, before its going back is looked for, and between two looks. */

  /** What a router was told to hold works within this, or the change goes back; and how often it is looked at. */
  deviceWorkMs: 20_000,
  deviceLookMs: 1_000,
  /** A POP's router that is away is asked again after this; a change that it refused is sent again after that. */
  routerAwayMs: 5_000,
  routerRetryMs: 300_000,
  /** The embedded chain answers within a tenth of a second; a busy machine takes longer. */
  chainStartMs: 20_000,
  /** It writes its state before it ends. */
  chainStopMs: 10_000,
  /** A chain that says nothing for so long is taken for gone. */
  chainAnswerMs: 30_000,
  /** How often a chain is asked what became of a transaction: on this machine, and elsewhere. */
  chainNearPollMs: 20,
  chainPollMs: 2_000,
  /** How long somebody at a prompt waits for the block of what was sent. */
  chainMinedMs: 600_000,
  deploymentFileMaxOctets: 1_048_576,
  keystoreFileMaxOctets: 65_536,
  quoteFileMaxOctets: 65_536,
  /** A worker of paid priority that stands still for longer loses its order; a router answers within. */
  qosLeaseMs: 60_000,
  /** Orders that a worker serves side by side. */
  qosParallel: 8,
  /** Steps of one order at one look: its whole life has fewer. */
  qosStepsOfLook: 16,
  /** How often, and how long apart, a worker asks for its turn to send. */
  qosSendTries: 100,
  qosSendWaitMs: 100,
  /** Blocks after which what a chain says stays so, where nothing else is configured. */
  chainConfirmations: 6,
  /** What a link adds to a packet, at most. */
  packetOverheadMaxOctets: 512,
  /** Providers of one path. */
  pathHopsMax: 16,
  /** Reports, tickets, vouchers and terms in one post. */
  evidenceItemsMax: 1_000,
  evidencePostMaxOctets: 2_097_152,
  /** Reports, tickets and vouchers of one epoch. */
  epochEvidenceMax: 2_000_000,
  epochChunksMax: 1_000,
  proposalMaxOctets: 268_435_456,
  /** Links and paths that a validator knows. */
  termsMax: 1_000_000,
  /** Accounts of one batch: cold ones of so many fit into the gas of one transaction. */
  batchEntriesMax: 800,
  /** Keys of accounts that signed lately. */
  signerKeysMax: 65_536,
  /** A worker that says nothing for so long has lost its task. */
  taskHoldMs: 15_000,
  /** Between two looks of a worker at the chain and its tasks. */
  workerPauseMs: 1_000,
  /** A chain whose last block is older than this is not acted on. */
  chainStaleMs: 120_000,
  /** Transactions of one account that are on their way at once. */
  sendsUnderWayMax: 16,
  /** A transaction that no block has for so long is sent again for a higher fee. */
  sendStuckMs: 60_000,
  validatorAnswerMs: 20_000,
  /** Evidence of a settled epoch, as validators that were away are given it: in one page, with the terms that it names. */
  evidencePageRows: 500,
  evidencePageItemsMax: 9_000,
  evidencePageMaxOctets: 16_777_216,
  /** Epochs that are caught up with at one look, and earlier ones that are asked for to make one of them again. */
  catchUpEpochsOfLook: 16,
  catchUpRunEpochs: 8,
  /** An epoch that no peer could give is asked for again after this. */
  catchUpRetryMs: 10_000,
  /** Blocks that a chain is asked for events of at once, and such questions of one look. */
  chainEventBlocks: 1_000,
  chainEventAsks: 16,
  /** Evidence that a meter keeps for a validator that is away. */
  meterWaitingMax: 20_000,
  meterPauseMs: 10_000,
  /** A signed order of priority. */
  orderMaxOctets: 16_384,
  /** What the service was told of a chain is told again to whoever asks within. */
  deskSharedMs: 5_000,
  /** A chain that says nothing for so long is shown as away. */
  deskChainMs: 5_000,
  /** Quotes of one folder that the service lists. */
  quotesListedMax: 5_000,
  /** Epochs that an account's coins are shown by, and those whose lists are read at once. */
  payoutEpochs: 48,
  payoutReadEpochs: 64,
} as const;
