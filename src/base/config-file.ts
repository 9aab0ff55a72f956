// The edge of configuration: reads the files that `config.ts` is given as text. A secret comes from none that others may read.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TObject } from "typebox";
import { type Config, type ConfigSources, envName, leaves, loadConfig, type Role } from "./config.ts";
import { findConfigFile, LAUNCH_VARIABLES } from "./config-find.ts";
import { SrwanError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { refuseExposed } from "./private.ts";
import { isSecretKey } from "./redact.ts";
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
  const config = loadConfig(role, {
    ...(where.flags ? { flags: where.flags } : {}),
    env: where.env,
    credentials: credentialsOf(role, where.env),
    ...(path === undefined ? {} : { file: { path, text: readText(path) } }),
    otherEnv: [...LAUNCH_VARIABLES, ...ROLES.flatMap((r) => leaves(r.schema).map((leaf) => envName(leaf.key)))],
  });
  for (const { key, value, origin, secret } of config.settings) {
    if (secret && origin.from === "file" && holdsSecret(key, value)) refuseExposed(origin.file, key);
  }
  return config;
}

/** What systemd hands to a unit (LoadCredential=, LoadCredentialEncrypted=), in a folder that the unit alone can read. */
function credentialsOf(
  role: Role,
  { CREDENTIALS_DIRECTORY: folder }: NodeJS.ProcessEnv,
): NonNullable<ConfigSources["credentials"]> {
  if (folder === undefined || folder === "") return new Map();
  const secrets = leaves(role.schema).filter(({ schema }) => schema.secret === true);
  const named = secrets.map(({ key }) => [key, join(folder, `${role.name}.${key}`)] as const);
  return new Map(
    named.filter(([, path]) => existsSync(path)).map(([key, path]) => [key, { path, text: readText(path) }]),
  );
}

/** An address may hold a password, or the key of whoever serves a chain; the path of a store is none. */
function holdsSecret(key: string, value: unknown): boolean {
  if (isSecretKey(key)) return true;
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) return false;
  return url.password !== "" || (/^(https?|wss?):$/.test(url.protocol) && url.pathname + url.search !== "/");
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
