// The edge of configuration: finds and reads the files that `config.ts` is given as text.

import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TObject } from "typebox";
import { type Config, type ConfigSources, envName, leaves, loadConfig, type Role } from "./config.ts";
import { SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { ROLES } from "./roles.ts";

/** Read by the launcher and by the finder of files, not by any role's schema. */
export const LAUNCH_VARIABLES = ["SRWAN_NODE", "SRWAN_CONFIG"] as const;

export type Where = {
  /** --config; an explicit file must exist. */
  readonly file?: string | undefined;
  readonly flags?: ConfigSources["flags"];
  readonly env: NodeJS.ProcessEnv;
};

/** Reads a role's configuration: the named file, else the user's, else the machine's, else none. */
export function readConfig<S extends TObject>(role: Role<S>, where: Where): Config<S> {
  const file = findFile(role.name, where);
  return loadConfig(role, {
    ...(where.flags ? { flags: where.flags } : {}),
    env: where.env,
    ...(file ? { file } : {}),
    otherEnv: [...LAUNCH_VARIABLES, ...ROLES.flatMap((r) => leaves(r.schema).map((leaf) => envName(leaf.key)))],
  });
}

/** Where a role's file is looked for when none is named, first match wins. */
export const configPaths = (role: string, env: NodeJS.ProcessEnv): string[] => [
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "srwan", `${role}.yaml`),
  `/etc/srwan/${role}.yaml`,
];

function findFile(role: string, where: Where): ConfigSources["file"] {
  const named = where.file ?? (where.env.SRWAN_CONFIG || undefined);
  if (named !== undefined) return readOne(named);
  for (const path of configPaths(role, where.env)) {
    if (existsSync(path)) return readOne(path);
  }
  return undefined;
}

function readOne(path: string): { path: string; text: string } {
  const refuse = (why: string, remedy: string, cause?: unknown) =>
    new SrwanError("CONFIG_FILE_UNREADABLE", `${path}: ${why}`, { remedy, cause, details: { file: path } });
  try {
    const { size } = statSync(path);
    if (size > LIMITS.configFileMaxOctets) {
      throw refuse(`${size} octets, more than ${LIMITS.configFileMaxOctets}`, "Name a configuration file, not data.");
    }
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    if (error instanceof SrwanError) throw error;
    throw refuse((error as Error).message, "Check the path and its permissions.", error);
  }
}
