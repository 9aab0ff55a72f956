// Every error a person or another program can meet: one table of codes, one class. A code says what went wrong in
// kind; the message says it for this case; the remedy says what to do; `retryable` says whether the same call may
// succeed later; `deviceStateKnown` is set by rooms that change kernels or routers.

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
  STOP_TIMEOUT: {
    exit: "failed",
    retryable: false,
    about: "A part of the process did not stop within its time; the process exits all the same.",
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
