// The edge of configuration: reads the file that `config.ts` is given as text.

import { readFileSync, statSync } from "node:fs";
import type { TObject } from "typebox";
import { type Config, type ConfigSources, envName, leaves, loadConfig, type Role } from "./config.ts";
import { findConfigFile, LAUNCH_VARIABLES } from "./config-find.ts";
import { SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { ROLES } from "./roles.ts";

export type Where = {
  /** --config; an explicit file must exist. */
  readonly file?: string | undefined;
  readonly flags?: ConfigSources["flags"];
  readonly env: NodeJS.ProcessEnv;
};

/** Reads a role's configuration from wherever it is set. */
export function readConfig<S extends TObject>(role: Role<S>, where: Where): Config<S> {
  const path = findConfigFile(role.name, where.file, where.env);
  return loadConfig(role, {
    ...(where.flags ? { flags: where.flags } : {}),
    env: where.env,
    ...(path === undefined ? {} : { file: { path, text: readText(path) } }),
    otherEnv: [...LAUNCH_VARIABLES, ...ROLES.flatMap((r) => leaves(r.schema).map((leaf) => envName(leaf.key)))],
  });
}

function readText(path: string): string {
  const refuse = (why: string, remedy: string, cause?: unknown) =>
    new SrwanError("CONFIG_FILE_UNREADABLE", `${path}: ${why}`, { remedy, cause, details: { file: path } });
  try {
    const { size } = statSync(path);
    if (size <= LIMITS.configFileMaxOctets) return readFileSync(path, "utf8");
    throw refuse(`${size} octets, more than ${LIMITS.configFileMaxOctets}`, "Name a configuration file, not data.");
  } catch (error) {
    if (error instanceof SrwanError) throw error;
    throw refuse((error as Error).message, "Check the path and its permissions.", error);
  }
}
