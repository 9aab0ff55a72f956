// Devices by name: read from a file, and made into what a connection needs. Or one device by its URL.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { SrwanError } from "../base/errors.ts";
import { readFile } from "../base/file.ts";
import { LIMITS } from "../base/limits.ts";
import { nearest } from "../base/nearest.ts";
import { refuseExposed } from "../base/private.ts";
import { readYaml, refuseRepeats, refuseUnknown } from "../base/yaml-file.ts";
import { type DeviceEntry, DevicesFile } from "./devices-schema.ts";
import type { HostKeyTrust } from "./known-hosts.ts";
import { NETCONF_PORT, type SshHost, type SshTarget } from "./ssh.ts";
import { readKey, type SshAuth } from "./ssh-auth.ts";

/** What a command line or a caller says instead of the file. */
export type Overrides = {
  readonly hostKey?: string;
  readonly knownHosts?: string;
  readonly identity?: string;
  readonly passwordFile?: string;
};

export type Devices = {
  readonly entries: readonly DeviceEntry[];
  /** Keys and passwords are read now: a file that is missing is told before anybody is connected to. */
  target(name: string, overrides?: Overrides): SshTarget;
  entry(name: string): DeviceEntry;
};

type Env = Readonly<Record<string, string | undefined>>;

export function readDevices(file: string, env: Env): Devices {
  const text = readFile(file, LIMITS.devicesFileMaxOctets).toString("utf8");
  const reference = "docs/reference/devices-file.md";
  const { value, refuse } = readYaml(DevicesFile, { text, file, code: "DEVICES_FILE_INVALID", reference });
  const entries = value.devices;
  refuseRepeats(refuse, ["devices"], entries, ({ name }) => name, "name");
  const names = new Map(entries.map((entry) => [entry.name, entry]));
  for (const [i, { jumps = [] }] of entries.entries()) {
    for (const [j, jump] of jumps.entries()) {
      const sought = { what: "device", known: names.keys(), remedy: "Name an entry of this file." };
      if (!names.has(jump)) throw refuseUnknown(refuse, ["devices", i, "jumps", j], jump, sought);
    }
  }
  const entry = (name: string): DeviceEntry => {
    const found = names.get(name);
    if (found) return found;
    const near = nearest(name, names.keys());
    throw new SrwanError("ROUTER_UNKNOWN", `${file} has no device "${name}"`, {
      remedy: near ? `Did you mean ${near}?` : "Give a name of the file, or a URL: ssh://user@host:830.",
    });
  };
  return {
    entries,
    entry,
    target: (name, overrides = {}) => {
      const device = entry(name);
      const jumps = (device.jumps ?? []).map((jump) => hostOf({ port: 22, ...entry(jump) }, {}, env));
      return { ...hostOf(device, overrides, env), jumps };
    },
  };
}

/** ssh://user@host:port; the port of NETCONF where none is given. */
export function urlTarget(url: string, overrides: Overrides, env: Env): SshTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "ssh:" || parsed.hostname === "" || !["", "/"].includes(parsed.pathname)) {
    throw new SrwanError("VALUE_INVALID", `"${url}" is no ssh://user@host:port`, {
      remedy: "Write ssh://admin@192.0.2.1:830.",
    });
  }
  if (parsed.password !== "") {
    throw new SrwanError("VALUE_INVALID", "a URL with a password can be read by every user of this machine", {
      remedy: "Use a key or an agent, or put the password into a file and name that.",
    });
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const user = decodeURIComponent(parsed.username) || env.USER || "root";
  const port = parsed.port === "" ? NETCONF_PORT : Number(parsed.port);
  return hostOf({ host, port, user }, overrides, env);
}

export const isUrl = (device: string): boolean => /^[a-z]+:\/\//.test(device);

function hostOf(
  entry: Omit<DeviceEntry, "name">,
  { hostKey, knownHosts, identity, passwordFile }: Overrides,
  env: Env,
): SshHost {
  const { host, user, port = NETCONF_PORT } = entry;
  const given = { identity: identity ?? entry.identity, passwordFile: passwordFile ?? entry.passwordFile };
  const pins = hostKey === undefined ? (knownHosts === undefined ? entry.hostKeys : undefined) : [hostKey];
  const files = knownHosts ?? entry.knownHosts;
  const trust: HostKeyTrust =
    pins === undefined
      ? { kind: "known-hosts", files: files === undefined ? usualKnownHosts() : [files] }
      : { kind: "pins", pins };
  return { host, port, user, trust, auth: authOf(given, entry.agent ?? env.SSH_AUTH_SOCK) };
}

const usualKnownHosts = (): string[] => [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];

type Given = { readonly identity: string | undefined; readonly passwordFile: string | undefined };

function authOf({ identity, passwordFile }: Given, agent: string | undefined): SshAuth {
  const keys = identity === undefined ? ownKeys() : [namedKey(identity)];
  const password = passwordFile === undefined ? undefined : firstLine(passwordFile);
  return {
    keys,
    ...(agent !== undefined && agent !== "" && { agent }),
    ...(password !== undefined && { password }),
  };
}

function namedKey(path: string): ReturnType<typeof readKey> {
  const key = readKey(path);
  refuseExposed(path, "the key to log in to a router with");
  return key;
}

/** As ssh does: whatever of the usual keys can be used without asking for a passphrase. */
function ownKeys(): NonNullable<SshAuth["keys"]> {
  const paths = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(homedir(), ".ssh", name)).filter(existsSync);
  return paths.flatMap((path) => {
    try {
      return [readKey(path)];
    } catch (error) {
      if (error instanceof SrwanError) return [];
      throw error;
    }
  });
}

const PASSWORD_FILE_MAX_OCTETS = 4_096;

function firstLine(path: string): string {
  const [line = ""] = readFile(path, PASSWORD_FILE_MAX_OCTETS).toString("utf8").split(/\r?\n/);
  refuseExposed(path, "the password of a router");
  return line;
}

/** Where a devices file is looked for when none is named, first match wins. */
export const devicesPaths = (env: Env): string[] => [
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "srwan", "devices.yaml"),
  "/etc/srwan/devices.yaml",
];
