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

export const ROLES: readonly Role[] = [cliRole];
