// The settings of each role, one schema a role. The validator, the TypeScript type, the environment names and the
// reference page all come from here. A room that adds a process adds its role.

import { Type } from "typebox";
import type { Role } from "./config.ts";
import { LIMITS } from "./limits.ts";

const choice = <const T extends readonly string[]>(values: T, options: { default: T[number]; description: string }) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    options,
  );

const log = Type.Object({
  level: choice(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
    default: "info",
    description: "Least severe level that is written.",
  }),
  format: choice(["auto", "json", "short"], {
    default: "auto",
    description: "json: an object a line; short: a line for people; auto: short on a terminal, else json.",
  }),
});

export const cliRole = {
  name: "cli",
  about: "Every `srwan` command at an engineer's prompt.",
  schema: Type.Object({
    output: choice(["table", "wide", "json", "yaml"], {
      default: "table",
      description: "How results are written when -o is not given.",
    }),
    service: Type.Object({
      url: Type.String({ default: "http://127.0.0.1:7177", description: "The topology service that verbs speak to." }),
      token: Type.Optional(Type.String({ secret: true, description: "To call it with." })),
      tokenFile: Type.String({
        default: "/var/lib/srwan/controller/operator.token",
        description: "A file that holds the token, where none is given.",
      }),
      authority: Type.Optional(
        Type.String({
          description: "A file with its authority's certificate, where it is none that everybody trusts.",
        }),
      ),
    }),
    log,
  }),
} satisfies Role;

const text = (description: string, more: { default?: string } = {}) => Type.String({ description, ...more });
const days = (description: string, value: number) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: value, description });

export const controllerRole = {
  name: "controller",
  about: "The topology service: `srwan controller`.",
  schema: Type.Object({
    folder: text("Where it keeps its store, its authority's key and the first operator's token.", {
      default: "/var/lib/srwan/controller",
    }),
    store: Type.Optional(
      Type.String({
        secret: true,
        description: "postgres://…, or the file of an embedded store (store.db in the folder).",
      }),
    ),
    listen: text("Address and port of the API and the agents; without TLS only loopback.", {
      default: "127.0.0.1:7177",
    }),
    socket: Type.Optional(
      text("A Unix socket for agents of this machine that have a network namespace of their own, as in a lab."),
    ),
    url: Type.Optional(text("How others reach it, where that is not the address it listens on.")),
    tls: Type.Object({
      certificate: Type.Optional(text("A file in PEM (one of its own authority).")),
      key: Type.Optional(text("Its key: a file in PEM.")),
      names: Type.Array(Type.String(), { default: [], description: "Names and addresses of its own certificate." }),
    }),
    sid: Type.Object({
      block: text("All SIDs of the WAN lie here; fixed once POPs joined.", { default: "fcbb:bb00::/32" }),
      nodeBits: Type.Integer({ minimum: 4, maximum: 64, default: 16, description: "Length of a POP's part." }),
      functionBits: Type.Integer({ minimum: 8, maximum: 64, default: 16, description: "Length of a SID's part." }),
    }),
    pulse: Type.Object({
      intervalMs: Type.Integer({
        minimum: 30,
        maximum: 60_000,
        default: 1_000,
        description: "Between two pulses over a segment; 100 for failover in half a second, 30 for a third.",
      }),
      port: Type.Integer({ minimum: 1, maximum: 65_535, default: 862, description: "UDP port of the reflectors." }),
      reportMs: Type.Integer({
        minimum: 100,
        maximum: 60_000,
        default: 1_000,
        description: "Between two reports of an agent, and between two decisions.",
      }),
    }),
    agents: Type.Object({
      heartbeatMs: Type.Integer({
        minimum: 200,
        maximum: 60_000,
        default: 3_000,
        description: "Whoever is silent for three of these is gone.",
      }),
      certificateDays: days("How long a POP's certificate is good; it is renewed before.", 90),
    }),
    keep: Type.Object({
      fullMinutes: Type.Integer({ minimum: 2, maximum: 525_600, default: 60, description: "Every report." }),
      minuteDays: days("Reports rolled up by minute.", 2),
      hourDays: days("By hour.", 60),
      dayDays: days("By day.", 1_100),
      eventDays: days("Events.", 90),
      journalDays: days("Decisions.", 30),
      auditDays: days("The audit log.", 400),
      counterDays: days("Totals at the end of each hour.", 400),
    }),
    api: Type.Object({
      requestsPerMinute: Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: 6_000,
        description: "Of one token, or of one address without a token.",
      }),
      metricsOpen: Type.Boolean({ default: false, description: "/metrics needs no token." }),
      docs: text("Where docs/ is published: the address that links to runbooks begin with.", { default: "docs/" }),
    }),
    settlement: Type.Object({
      store: Type.Optional(
        Type.String({
          secret: true,
          description:
            "Of a validator or of the workers of paid priority: postgres://…, or a file. Tickets, coins and orders are shown from it.",
        }),
      ),
      deployment: Type.Optional(
        text("Where the contracts stand: the file of `srwan chain deploy`. Orders and quotes are held to it."),
      ),
      chainUrl: Type.Optional(
        Type.String({ secret: true, description: "JSON-RPC of the chain; without it nothing is asked of a chain." }),
      ),
      quotes: Type.Optional(text("A folder of signed quotes, as `srwan market quote` writes them.")),
    }),
    log,
  }),
} satisfies Role;

const port = (otherwise: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: otherwise, description });

export const agentRole = {
  name: "agent",
  about: "`srwan agent`: the process on a POP that measures, holds and proves what the service desires.",
  schema: Type.Object({
    state: Type.String({
      default: "/var/lib/srwan/agent",
      description: "The folder of its identity, its last document, its counters and what it has not told yet.",
    }),
    record: Type.Optional(
      Type.String({ description: "The POP's record, told at each connection; without it as it was when it joined." }),
    ),
    control: Type.Optional(
      Type.String({
        description: "The socket that `srwan agent status` asks; without it agent.sock in the state folder.",
      }),
    ),
    management: Type.Array(Type.String(), {
      default: [],
      description: "Prefixes that no policy may take along: the way to the service and to operators.",
    }),
    pulse: Type.Object({
      port: port(862, "UDP port on which pulses of others are answered."),
      stamps: choice(["kernel", "handler"], {
        default: "kernel",
        description: "kernel: packets are stamped where they come in; handler: never ask for that.",
      }),
    }),
    probe: Type.Object({
      namespace: Type.Optional(
        Type.String({ description: "The network namespace that probes leave from; without it srwan-probe-NAME." }),
      ),
      device: Type.String({
        default: "srwan-probe",
        pattern: "^srwan-[A-Za-z0-9]{1,9}$",
        description: "The interface that leads there.",
      }),
      port: port(862, "UDP port of probes, here and on every other POP."),
    }),
    wireguard: Type.Object({
      rotateMs: Type.Integer({
        minimum: 10_000,
        maximum: 2_592_000_000,
        default: 3_600_000,
        description: "How old this POP's half of the shared keys of its WireGuard segments may become.",
      }),
    }),
    router: Type.Object({
      device: Type.Optional(
        Type.String({
          description:
            "Of a POP whose platform is a router: a name of the devices file, or ssh://user@host:port; without it the POP's name.",
        }),
      ),
      devices: Type.Optional(
        Type.String({ description: "The devices file; without it, where `srwan netconf` looks." }),
      ),
      proof: choice(["probes", "state"], {
        default: "probes",
        description:
          "What proves a path on a router: this machine's probes, led through it, or what the router says of the path itself.",
      }),
    }),
    metrics: Type.Object({
      port: Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: 0,
        description: "Serves Prometheus on this port of 127.0.0.1; 0: not at all.",
      }),
    }),
    log,
  }),
} satisfies Role;

export const validatorRole = {
  name: "validator",
  about: "A validator of the settlement, or one of its workers: `srwan validator`.",
  schema: Type.Object({
    store: Type.String({
      default: "/var/lib/srwan/validator/settlement.db",
      secret: true,
      description: "postgres://…, or the file of an embedded store; all workers of one validator share it.",
    }),
    listen: text("Address and port of its doors; none for a worker without any.", { default: "127.0.0.1:7178" }),
    deployment: text("Where the contracts stand: the file of `srwan chain deploy`.", { default: "srwan-chain.json" }),
    keystore: Type.Optional(text("The encrypted key that signs batches and pays for bringing them.")),
    passwordFile: Type.Optional(text("Its password, in a file that nobody else can read.")),
    peers: Type.Array(Type.String(), { default: [], description: "URLs of the other validators." }),
    chain: Type.Object({
      url: Type.String({ default: "http://127.0.0.1:8545", secret: true, description: "JSON-RPC of the chain." }),
      finalityBlocks: Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: 12,
        description: "A block under so many others is taken for final.",
      }),
      staleMs: Type.Integer({
        minimum: 1_000,
        maximum: 86_400_000,
        default: LIMITS.chainStaleMs,
        description: "A chain whose last block is older is not acted on, in milliseconds.",
      }),
    }),
    turnSeconds: Type.Integer({
      minimum: 0,
      maximum: 86_400,
      default: 60,
      description: "How long a validator waits for each that comes before it in an epoch's order.",
    }),
    feePpm: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 250_000, description: "Millionths of a payment (as deployed)." }),
    ),
    infrastructure: Type.Object({
      account: Type.Optional(text("Who gets the share of what all paths use; registered as a provider.")),
      ppm: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: "Of what the fee leaves." }),
    }),
    requestsPerMinute: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 6_000,
      description: "From one address.",
    }),
    metrics: Type.Object({
      port: Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: 0,
        description: "Serves Prometheus on this port of 127.0.0.1; 0: not at all.",
      }),
    }),
    log,
  }),
} satisfies Role;

export const ROLES: readonly Role[] = [cliRole, controllerRole, agentRole, validatorRole];
