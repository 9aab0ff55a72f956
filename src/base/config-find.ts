// Finds the configuration file of a role. Apart from its reader, so that a command with no configuration at all need not
// load schemas to learn that.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Read by the launcher and by the finder of files, not by any role's schema. */
export const LAUNCH_VARIABLES: readonly string[] = [
  "SRWAN_NODE",
  "SRWAN_CONFIG",
  "SRWAN_RELAUNCHED",
  // What processes inside a lab are told of it.
  "SRWAN_LAB_FOLDER",
  "SRWAN_LAB_NODE",
  "SRWAN_CLOCK_OFFSET_US",
  "SRWAN_CLOCK_DRIFT_PPM",
  "SRWAN_CLOCK_SINCE_US",
];

/** Where a role's file is looked for when none is named, first match wins. */
export const configPaths = (role: string, env: NodeJS.ProcessEnv): string[] => [
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "srwan", `${role}.yaml`),
  `/etc/srwan/${role}.yaml`,
];

/** The file named by --config or SRWAN_CONFIG, else the user's, else the machine's, else none. */
export const findConfigFile = (role: string, named: string | undefined, env: NodeJS.ProcessEnv): string | undefined =>
  (named ?? env.SRWAN_CONFIG) || configPaths(role, env).find((path) => existsSync(path));

/** Whether anything but defaults can be in force. */
export const isConfigured = (role: string, named: string | undefined, env: NodeJS.ProcessEnv): boolean =>
  findConfigFile(role, named, env) !== undefined ||
  Object.keys(env).some((name) => name.startsWith("SRWAN_") && !LAUNCH_VARIABLES.includes(name));
