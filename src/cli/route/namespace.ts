// Entering a named network namespace: this process becomes the same command inside it, so that its id, its streams and
// its signals stay the caller's.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { findProgram, withTools } from "../../base/program.ts";

const NAMED = "/run/netns";

/** Does not return: the command begins anew inside the namespace, without the flag. */
export function enterNamespace(name: string): never {
  if (!existsSync(join(NAMED, name))) {
    const near = nearest(name, namespaces());
    throw new SrwanError("NAMESPACE_UNKNOWN", `--netns ${name}: there is no such network namespace`, {
      remedy: near ? `Did you mean ${near}?` : "`ip netns` lists those that have a name.",
      details: { flag: "--netns", value: name },
    });
  }
  const env = withTools(process.env);
  const ip = findProgram("ip", env.PATH);
  if (ip === undefined || !process.execve) {
    throw new SrwanError("USAGE", `--netns ${name}: the program ip is not installed`, {
      remedy: "Install iproute2, or enter the namespace yourself.",
    });
  }
  const [, ...words] = process.argv;
  const rest = words.filter((word, i) => {
    return word !== "--netns" && words[i - 1] !== "--netns" && !word.startsWith("--netns=");
  });
  return process.execve(ip, ["ip", "netns", "exec", name, process.execPath, ...process.execArgv, ...rest], env);
}

/** The name of the namespace this process is in, "" for the machine's own, undefined for one without a name. */
export function namespaceName(): string | undefined {
  const here = inode("/proc/self/ns/net");
  if (here === inode("/proc/1/ns/net")) return "";
  return namespaces().find((name) => inode(join(NAMED, name)) === here);
}

/** What tells namespaces apart that have no name. */
export const namespaceNumber = (): number => inode("/proc/self/ns/net") ?? 0;

const namespaces = (): string[] => (existsSync(NAMED) ? readdirSync(NAMED) : []);

function inode(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
