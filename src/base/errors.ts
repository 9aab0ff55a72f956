// Every error a person or another program can meet: one table of codes, one class. A code says what went wrong in
// kind; the message says it for this case; the remedy says what to do; `retryable` says whether the same call may
// succeed later; `deviceStateKnown` is set by rooms that change kernels or routers.
// Long because: one table of every code, which people and programs look up in one place.

/** What the process exits with; `srwan help exit-codes` prints this table. */
export const EXIT_CODES = {
  ok: { code: 0, about: "done as asked" },
  failed: { code: 1, about: "tried and failed; the message says what is true now" },
  usage: { code: 2, about: "the command line, an input file or a configuration is wrong; nothing was done" },
  notFound: { code: 3, about: "the thing named does not exist" },
  refused: { code: 4, about: "not allowed, or unsafe without a flag that accepts the risk; nothing was done" },
  unavailable: { code: 5, about: "something needed does not answer or is missing on this machine; try again later" },
} as const;

export type Exit = keyof typeof EXIT_CODES;

type ErrorKind = { readonly exit: Exit; readonly retryable: boolean; readonly about: string };

/** The table of codes. The reference page is generated from it; a test holds that each code is raised somewhere. */
export const ERRORS = {
  USAGE: { exit: "usage", retryable: false, about: "The command line is wrong: an unknown verb, flag or value." },
  INTERNAL: {
    exit: "failed",
    retryable: false,
    about: "A defect in srwan: something happened that the code did not expect. Report it with the stack.",
  },
  VALUE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A single value (a duration, a count, an address) cannot be read or is out of its range.",
  },
  CONFIG_FILE_UNREADABLE: {
    exit: "usage",
    retryable: false,
    about: "A configuration file that was named cannot be read, is too large, or is not YAML.",
  },
  CONFIG_KEY_UNKNOWN: {
    exit: "usage",
    retryable: false,
    about: "A configuration key does not exist; the nearest right one is named.",
  },
  CONFIG_VALUE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A configuration value does not fit its schema; the message names where the value came from.",
  },
  TOPIC_UNKNOWN: { exit: "notFound", retryable: false, about: "`srwan help` was asked for a topic that has no page." },
  METRIC_INVALID: {
    exit: "failed",
    retryable: false,
    about: "A metric was declared against the Prometheus naming rules, or twice.",
  },
  FILE_UNUSABLE: {
    exit: "usage",
    retryable: false,
    about: "A file that was named cannot be read or written, or is too large.",
  },
  FILE_BUSY: {
    exit: "unavailable",
    retryable: true,
    about: "Another process holds the lock of a file that is to be changed.",
  },
  DESIRED_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A desired file does not say what it must, or says it wrongly; the file, line and field are named.",
  },
  APPLY_INCOMPLETE: {
    exit: "failed",
    retryable: true,
    about: "Some wanted objects are not in the kernel; each is reported with what stands there instead.",
  },
  KERNEL_LACKS: {
    exit: "unavailable",
    retryable: false,
    about: "This kernel has no way to hold what is wanted, in the form that was asked for.",
  },
  NAMESPACE_UNKNOWN: {
    exit: "notFound",
    retryable: true,
    about: "A network namespace that was named does not exist (yet).",
  },
  EDGE_REFUSED: {
    exit: "failed",
    retryable: false,
    about: "The nftables table that guards the edge of the SR domain could not be put in place.",
  },
  EDGE_ABSENT: {
    exit: "notFound",
    retryable: false,
    about: "The edge of the SR domain was to be tried on a machine where none stands.",
  },
  RISK_MANAGEMENT_PATH: {
    exit: "refused",
    retryable: false,
    about: "A change would steer a prefix that covers the path to this machine's operators or controller.",
  },
  PACKET_MALFORMED: {
    exit: "usage",
    retryable: false,
    about: "A packet, a routing header or a capture file breaks its own layout.",
  },
  SIDS_EXHAUSTED: {
    exit: "failed",
    retryable: false,
    about: "A SID ledger's structure has no number left for what was asked.",
  },
  NETLINK_MALFORMED: {
    exit: "failed",
    retryable: false,
    about: "A netlink message from the kernel breaks its own layout.",
  },
  NETLINK_FAILED: {
    exit: "failed",
    retryable: true,
    about: "The kernel refused a request as a whole, or the socket to it broke.",
  },
  DEVICE_UNKNOWN: {
    exit: "notFound",
    retryable: true,
    about: "A network device that was named does not exist in this namespace (yet).",
  },
  LAB_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A lab's topology or scenario file says something that cannot be; the file, line and field are named.",
  },
  LAB_UNSUPPORTED: {
    exit: "unavailable",
    retryable: false,
    about: "This kernel or this user cannot make what a lab is built of.",
  },
  LAB_IS_UP: { exit: "refused", retryable: false, about: "A lab of this name is up, or is being made, already." },
  LAB_NAME_TAKEN: {
    exit: "refused",
    retryable: false,
    about: "A network namespace that a lab would make is there and belongs to something else.",
  },
  LAB_NOT_UP: { exit: "notFound", retryable: false, about: "No lab of this name is up for this user." },
  LAB_FAILED: {
    exit: "failed",
    retryable: true,
    about: "A lab could not be built, or a command of its own failed; what had been made was taken down again.",
  },
  LAB_KEEPER_SILENT: {
    exit: "unavailable",
    retryable: false,
    about: "The process that keeps a lab is gone or does not answer; the lab's links are gone with it.",
  },
  LAB_PART_UNKNOWN: { exit: "notFound", retryable: false, about: "A lab has no node or no link end of this name." },
  MATRIX_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A matrix of measured segments does not say what it must, or contradicts itself; the field is named.",
  },
  POP_UNKNOWN: {
    exit: "notFound",
    retryable: false,
    about: "A POP, a transit or a segment that was named is not in the matrix.",
  },
  PATH_SEARCH_TOO_LARGE: {
    exit: "failed",
    retryable: false,
    about: "An exact answer would need more partial paths than may be kept; none is given rather than a guess.",
  },
  PROBE_NAMESPACE_REFUSED: {
    exit: "unavailable",
    retryable: true,
    about: "The namespace that probes leave from cannot be made.",
  },
  PULSE_SOCKET_REFUSED: {
    exit: "unavailable",
    retryable: true,
    about: "A socket for pulses cannot be opened, bound or set up: the port is taken, or the right is missing.",
  },
  PULSE_LOOP_ENDED: {
    exit: "failed",
    retryable: true,
    about: "The thread that sends and answers pulses ended by itself.",
  },
  GROUP_INVALID: {
    exit: "usage",
    retryable: false,
    about:
      "A group file does not say who belongs to the group, or says it wrongly; the file, line and field are named.",
  },
  MEMBER_RUNS: {
    exit: "refused",
    retryable: false,
    about: "A member of this name and group runs on this machine already.",
  },
  MEMBER_NOT_FOUND: {
    exit: "notFound",
    retryable: true,
    about: "No member of a group runs on this machine for this user, none of this name, or several and none was named.",
  },
  MEMBER_SILENT: {
    exit: "unavailable",
    retryable: true,
    about: "A member of a group runs on this machine and does not answer on its socket.",
  },
  HOST_UNKNOWN: {
    exit: "notFound",
    retryable: true,
    about: "A name has no address, or none of the family that was asked for.",
  },
  POLICY_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A policy that paths are decided for has no usable path, a name twice, or is not known.",
  },
  JOURNAL_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A journal of decisions does not keep to its format; the line and field are named.",
  },
  TRACE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A trace of measured delays does not keep to its format; the line and field are named.",
  },
  COVERAGE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file of destinations and sites to plan with does not say what it must; the field is named.",
  },
  NETCONF_HOST_KEY: {
    exit: "refused",
    retryable: false,
    about: "A device's SSH host key is not the one that was pinned, or is not known at all; nothing was sent.",
  },
  NETCONF_AUTH_REFUSED: {
    exit: "refused",
    retryable: false,
    about: "A device takes none of the keys and passwords that it was offered.",
  },
  NETCONF_UNREACHABLE: {
    exit: "unavailable",
    retryable: true,
    about: "No SSH connection to a device can be made, or it has no NETCONF subsystem there.",
  },
  NETCONF_HELLO_INVALID: {
    exit: "failed",
    retryable: false,
    about: "A device's first message is no hello that can be used.",
  },
  NETCONF_MALFORMED: {
    exit: "failed",
    retryable: false,
    about: "Octets of a session, or a document, break framing, XML or the rules of messages.",
  },
  NETCONF_TIMEOUT: {
    exit: "unavailable",
    retryable: true,
    about: "A device did not answer in time; whether it did what it was asked is not known.",
  },
  NETCONF_SESSION_CLOSED: {
    exit: "unavailable",
    retryable: true,
    about: "A session ended before the answer came; the cause is named.",
  },
  NETCONF_RPC_ERROR: {
    exit: "failed",
    retryable: false,
    about: "A device refused an operation; every rpc-error of its reply is in the details.",
  },
  NETCONF_UNSUPPORTED: {
    exit: "failed",
    retryable: false,
    about: "A device does not announce what an operation needs; nothing was sent.",
  },
  NETCONF_TOO_LARGE: {
    exit: "failed",
    retryable: false,
    about: "A reply is larger than may be held at once, or more requests wait than may.",
  },
  DEVICES_FILE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file of devices does not say what it must; the line and field are named.",
  },
  ROUTER_UNKNOWN: { exit: "notFound", retryable: false, about: "The devices file has no device of this name." },
  RESTCONF_UNREACHABLE: {
    exit: "unavailable",
    retryable: true,
    about: "No HTTPS connection to a device can be made, its certificate does not verify, or it ended early.",
  },
  RESTCONF_REFUSED: {
    exit: "failed",
    retryable: false,
    about: "A device answered a RESTCONF request with an error; every error of its answer is in the details.",
  },
  RESTCONF_MALFORMED: {
    exit: "failed",
    retryable: false,
    about: "A RESTCONF answer is not of the form that RFC 8040 gives it.",
  },
  TRANSACTION_UNSEEN: {
    exit: "failed",
    retryable: false,
    about: "A device took a change, and reading it back does not show it; each difference is named.",
  },
  TRANSACTION_UNKNOWN: {
    exit: "unavailable",
    retryable: true,
    about: "What a change left on a router could not be proved; its journal stays open until a reconciliation can.",
  },
  TRANSACTION_JOURNAL_INVALID: {
    exit: "failed",
    retryable: false,
    about: "A transaction's journal does not keep to its format; the line and field are named.",
  },
  INTENT_UNSUPPORTED: {
    exit: "refused",
    retryable: false,
    about: "A family of routers cannot express what is asked; the reasons name the fields. Nothing was sent.",
  },
  RISK_FOREIGN: {
    exit: "refused",
    retryable: false,
    about: "A change would overwrite what somebody else configured on a router.",
  },
  INTENT_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file of intents for a router does not say what it must; the line and field are named.",
  },
  YANG_DATA_INVALID: {
    exit: "usage",
    retryable: false,
    about: "Data that came in by our YANG modules do not keep to them; the node is named.",
  },
  STOP_TIMEOUT: {
    exit: "failed",
    retryable: false,
    about: "A part of the process did not stop within its time; the process exits all the same.",
  },
  NOTIFY_REFUSED: {
    exit: "usage",
    retryable: false,
    about: "NOTIFY_SOCKET names no socket of a service manager.",
  },
  AGENT_NOT_JOINED: {
    exit: "usage",
    retryable: false,
    about: "An agent's state folder holds no identity: it has not joined a service yet.",
  },
  AGENT_SILENT: {
    exit: "unavailable",
    retryable: true,
    about: "No agent answers at the control socket that was named.",
  },
  AGENT_RUNS: { exit: "refused", retryable: false, about: "An agent runs already with this state folder." },
  WIRE_INVALID: {
    exit: "failed",
    retryable: false,
    about: "The other side of a connection said something that no message is.",
  },
  WIRE_OUT_OF_STEP: {
    exit: "failed",
    retryable: true,
    about:
      "A change of the desired state starts from another version than the one at hand; the whole document follows.",
  },
  STORE_UNAVAILABLE: {
    exit: "unavailable",
    retryable: true,
    about: "The store does not answer, or cannot be reached; what was not kept is told again by whoever told it.",
  },
  STORE_IN_USE: {
    exit: "refused",
    retryable: true,
    about: "Another service uses this embedded store; it takes one at a time.",
  },
  LEASE_LOST: {
    exit: "failed",
    retryable: true,
    about: "What was to be written under a lease was not: another service has taken the lease since.",
  },
  AUTHORITY_UNUSABLE: {
    exit: "usage",
    retryable: false,
    about: "The file of the service's own certificate authority cannot be used, or is not the one this store knows.",
  },
  JOIN_REFUSED: {
    exit: "refused",
    retryable: false,
    about: "A POP may not join: its token is unknown, used, ended or for another, or its key cannot be used.",
  },
  POP_NAME_TAKEN: { exit: "refused", retryable: false, about: "A POP of this name joined with another key." },
  AGENT_REFUSED: {
    exit: "refused",
    retryable: false,
    about: "The service does not take an agent for the POP it says it is, or no longer.",
  },
  TELLING_REFUSED: {
    exit: "failed",
    retryable: false,
    about: "Something that an agent told cannot be kept, whatever is tried.",
  },
  SERVICE_UNREACHABLE: {
    exit: "unavailable",
    retryable: true,
    about: "The topology service does not answer where the configuration says it is.",
  },
  REQUEST_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A request to the service does not fit its schema; the field is named.",
  },
  REQUEST_TOO_LARGE: { exit: "usage", retryable: false, about: "A request's body is larger than its endpoint takes." },
  UNAUTHENTICATED: { exit: "refused", retryable: false, about: "A request came without a token that is known." },
  FORBIDDEN: { exit: "refused", retryable: false, about: "The role of a token does not allow what was asked." },
  RATE_LIMITED: { exit: "unavailable", retryable: true, about: "One caller sent more requests than it may." },
  KEY_REUSED: { exit: "usage", retryable: false, about: "An idempotency key was used for two different requests." },
  ANSWER_PENDING: {
    exit: "unavailable",
    retryable: true,
    about: "The same request is being answered already, or its answer held a secret that is told once.",
  },
  CHANGE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A configuration of the WAN says something that cannot be; each field is named with its value and a remedy.",
  },
  CHANGE_STALE: {
    exit: "refused",
    retryable: false,
    about: "What is to be changed was changed by somebody else since it was read.",
  },
  CHANGE_WAITS: {
    exit: "refused",
    retryable: true,
    about: "A commit waits to be confirmed; nothing else can be committed until it is, or went back.",
  },
  CHANGE_OPEN: {
    exit: "refused",
    retryable: true,
    about: "The candidate holds edits that nobody committed; what would be committed at once would commit them too.",
  },
  CHANGE_EMPTY: { exit: "refused", retryable: false, about: "There is nothing to commit." },
  CHANGE_SETTLED: { exit: "refused", retryable: false, about: "No commit waits to be confirmed." },
  ALREADY_THERE: { exit: "refused", retryable: false, about: "What was to be made anew is there already." },
  NOT_THERE: { exit: "notFound", retryable: false, about: "The service knows nothing of this name." },
  STORE_TOO_NEW: {
    exit: "usage",
    retryable: false,
    about: "The store was written by a newer srwan than this one.",
  },
  CHAIN_TOOL_MISSING: {
    exit: "unavailable",
    retryable: false,
    about: "The program of the embedded chain is not on this machine.",
  },
  CHAIN_UNREACHABLE: {
    exit: "unavailable",
    retryable: true,
    about: "A chain gave no answer, or none that means yes or no; what was sent may have been carried out.",
  },
  CHAIN_REFUSED: {
    exit: "failed",
    retryable: false,
    about: "A contract refused a call; nothing was moved. The reason is the contract's own.",
  },
  DEPLOYMENT_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file that says where the contracts stand does not keep to its format, or is of another chain.",
  },
  DEPLOYMENT_EXISTS: {
    exit: "refused",
    retryable: false,
    about: "A file that says where contracts stand would be written over.",
  },
  KEYSTORE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file of an encrypted key cannot be opened with the password that was given.",
  },
  KEY_EXPOSED: {
    exit: "refused",
    retryable: false,
    about: "A file that holds a secret can be read by other users of this machine.",
  },
  QUOTE_INVALID: {
    exit: "usage",
    retryable: false,
    about: "A file of a quote does not keep to its format, or the seller that it names did not sign it.",
  },
  ORDER_INVALID: {
    exit: "usage",
    retryable: false,
    about: "An order of priority does not keep to its format, or its consumer did not sign it.",
  },
  ORDER_UNKNOWN: {
    exit: "notFound",
    retryable: false,
    about: "There is no order of this name in the store.",
  },
  SETTLEMENT_NOT_SET_UP: {
    exit: "refused",
    retryable: false,
    about: "This service was not given what it takes to place an order: a store of the settlement, and a deployment.",
  },
  ORDER_UNPROVED: {
    exit: "failed",
    retryable: false,
    about: "The outcome of an order is not sealed by its router's key, or is of another configuration; no money moved.",
  },
  QUOTE_SOLD: {
    exit: "refused",
    retryable: false,
    about: "A quote that was sold cannot be cancelled; the seller can only give the money back.",
  },
  EVIDENCE_REFUSED: {
    exit: "usage",
    retryable: false,
    about:
      "A report, ticket, voucher or terms that nobody can count: not signed by whom it names, or of something unknown.",
  },
  CHAIN_STALE: {
    exit: "unavailable",
    retryable: true,
    about: "The chain's last block is too old to act on; nothing is signed or sent until it goes on.",
  },
  VALIDATOR_UNKNOWN: {
    exit: "refused",
    retryable: false,
    about: "A proposal, or evidence for one, that no validator of its epoch signed.",
  },
  VALIDATOR_SILENT: {
    exit: "unavailable",
    retryable: true,
    about: "A validator gave no usable answer; what was sent to it is to be sent again.",
  },
  BATCH_DIFFERS: {
    exit: "failed",
    retryable: false,
    about: "Another validator made another batch of the same evidence, or the chain holds another than the store.",
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

type SrwanErrorInit = {
  /** What to do about it, as an order: "Give --mtu a number from 1280 to 9216." */
  readonly remedy: string;
  /** Only where it differs from the code's own answer. */
  readonly retryable?: boolean;
  readonly deviceStateKnown?: boolean;
  /** Facts for programs: the field, the value, the file and line. Printed with `-o json`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

export class SrwanError extends Error {
  override readonly name = "SrwanError";
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly deviceStateKnown: boolean | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, init: SrwanErrorInit) {
    super(message, init.cause === undefined ? {} : { cause: init.cause });
    this.code = code;
    this.remedy = init.remedy;
    this.retryable = init.retryable ?? ERRORS[code].retryable;
    this.deviceStateKnown = init.deviceStateKnown;
    this.details = init.details ?? {};
  }

  get exitCode(): number {
    return EXIT_CODES[ERRORS[this.code].exit].code;
  }

  /** What a program sees; the shape of every error that leaves the process as JSON. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      remedy: this.remedy,
      retryable: this.retryable,
      ...(this.deviceStateKnown === undefined ? {} : { deviceStateKnown: this.deviceStateKnown }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }
}

/** Anything thrown, as a SrwanError: a defect keeps its stack as the cause and is told apart by its code. */
export function asSrwanError(thrown: unknown): SrwanError {
  if (thrown instanceof SrwanError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SrwanError("INTERNAL", `unexpected: ${message}`, {
    remedy: "This is a defect. Report it with the output of the same command under SRWAN_LOG_LEVEL=debug.",
    cause: thrown,
  });
}
