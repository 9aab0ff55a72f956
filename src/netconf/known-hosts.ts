// Whether a device's host key is the one it must be: pinned, or in a known_hosts file of OpenSSH. There is no third way.

import { createHash, createHmac } from "node:crypto";
import { SrwanError } from "../base/errors.ts";
import { readFile } from "../base/file.ts";
import { LIMITS } from "../base/limits.ts";

export type HostKeyTrust =
  /** "SHA256:…" as `ssh-keygen -l` prints it, or a public key as it stands in a .pub file. */
  | { readonly kind: "pins"; readonly pins: readonly string[] }
  | { readonly kind: "known-hosts"; readonly files: readonly string[] };

export type HostKeyCheck = {
  /** Which of its keys the host is asked for; undefined where any may be. */
  readonly algorithms: readonly string[] | undefined;
  /** Why this key will not do; undefined where it does. */
  readonly refusal: (key: Buffer) => SrwanError | undefined;
};

export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

const keyType = (key: Buffer): string => key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");

/** RSA keys sign in three ways. */
const signatures = (type: string): string[] =>
  type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type];

export function hostKeyCheck(trust: HostKeyTrust, host: string, port: number): HostKeyCheck {
  return trust.kind === "pins" ? pinned(trust.pins, host) : known(trust.files, host, port);
}

function pinned(pins: readonly string[], host: string): HostKeyCheck {
  if (pins.length === 0) throw refused(`no host key is pinned for ${host}`, "Pin one: `ssh-keyscan` shows it.");
  const keys = pins.map(readPin);
  const types = keys.map(({ type }) => type);
  return {
    algorithms: types.every((type) => type !== undefined) ? types.flatMap(signatures) : undefined,
    refusal: (key) => {
      if (keys.some((pin) => pin.fingerprint === fingerprint(key))) return undefined;
      const wanted = keys.map((pin) => pin.fingerprint).join(" or ");
      const remedy =
        "If the device got a new key, check it out of band and pin it; if not, somebody else answers for it.";
      return refused(`${host} shows the ${keyType(key)} key ${fingerprint(key)}, and ${wanted} is pinned`, remedy);
    },
  };
}

function readPin(pin: string): { fingerprint: string; type: string | undefined } {
  const text = pin.trim();
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return { fingerprint: text, type: undefined };
  const [, type, base64 = ""] = /^(ssh-[a-z0-9-]+|ecdsa-sha2-\w+) ([A-Za-z0-9+/]+=*)( .*)?$/.exec(text) ?? [];
  const key = Buffer.from(base64, "base64");
  if (type !== undefined && key.length > 4 && keyType(key) === type) return { fingerprint: fingerprint(key), type };
  throw new SrwanError("VALUE_INVALID", `"${text.slice(0, 60)}" is no fingerprint and no public key`, {
    remedy: "Give SHA256: and 43 characters, as `ssh-keygen -lf FILE` prints, or a line of a .pub file.",
  });
}

type KnownKey = { readonly key: Buffer; readonly revoked: boolean };

function known(files: readonly string[], host: string, port: number): HostKeyCheck {
  const keys = files.flatMap((file) => knownKeys(readKnownHosts(file), host, port));
  const where = files.join(", ") || "no known_hosts file";
  const good = keys.filter(({ revoked }) => !revoked);
  const name = port === 22 ? host : `[${host}]:${port}`;
  return {
    algorithms: good.length > 0 ? [...new Set(good.flatMap(({ key }) => signatures(keyType(key))))] : undefined,
    refusal: (key) => {
      const shown = `the ${keyType(key)} key ${fingerprint(key)}`;
      if (keys.some((one) => one.revoked && one.key.equals(key))) {
        return refused(`${name} shows ${shown}, which is revoked in ${where}`, "Somebody else may answer for it.");
      }
      if (good.some((one) => one.key.equals(key))) return undefined;
      if (good.length === 0) {
        const remedy = `Check that key out of band, then: ssh-keyscan -p ${port} ${host} >> ${files[0] ?? "~/.ssh/known_hosts"}`;
        return refused(`${name} is not in ${where}; it shows ${shown}`, remedy);
      }
      const remedy =
        "If the device got a new key, check it out of band and put it in; if not, somebody else answers for it.";
      return refused(`${name} shows ${shown}, and ${where} has another`, remedy);
    },
  };
}

/** A file that is not there knows nobody. */
function readKnownHosts(file: string): string {
  try {
    return readFile(file, LIMITS.knownHostsMaxOctets).toString("utf8");
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return "";
    throw error;
  }
}

/** The keys that lines of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) give a host. Lines for certificates are passed over. */
export function knownKeys(text: string, host: string, port: number): KnownKey[] {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
    const [hosts = "", type = "", base64 = ""] = words;
    if (hosts === "" || hosts.startsWith("#") || marker === "@cert-authority" || !names(hosts, name)) return [];
    const key = Buffer.from(base64, "base64");
    if (key.length < 5 || keyType(key) !== type) return [];
    return [{ key, revoked: marker === "@revoked" }];
  });
}

function names(patterns: string, name: string): boolean {
  if (patterns.startsWith("|1|")) {
    const [salt = "", hash = ""] = patterns.slice(3).split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  let found = false;
  for (const pattern of patterns.toLowerCase().split(",")) {
    const isNot = pattern.startsWith("!");
    if (!glob(isNot ? pattern.slice(1) : pattern, name)) continue;
    if (isNot) return false;
    found = true;
  }
  return found;
}

const glob = (pattern: string, name: string): boolean => {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`).test(name);
};

const refused = (message: string, remedy: string): SrwanError =>
  new SrwanError("NETCONF_HOST_KEY", message, { remedy, deviceStateKnown: true });
