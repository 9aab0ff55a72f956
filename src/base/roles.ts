// The settings of each role, one schema a role. The validator, the TypeScript type, the environment names and the
// reference page all come from here. A room that adds a process adds its role.

import { Type } from "typebox";
import type { Role } from "./config.ts";

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

export const ROLES: readonly Role[] = [cliRole, agentRole];
