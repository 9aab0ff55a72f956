// A member's socket: whoever may open it asks for the matrix and gets it as one JSON line. One socket file for each
// member, in a folder of its group; nothing listens on a network.

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { runFolder } from "../../base/run-folder.ts";
import { onLine } from "../../base/socket-lines.ts";
import type { HeldMatrix } from "./held.ts";

export type MemberSocket = { readonly group: string; readonly member: string; readonly path: string };

const ASK = JSON.stringify({ ask: "matrix" });
const ENDING = ".sock";
/** struct sockaddr_un. */
const PATH_OCTETS_MAX = 107;

/** Members in a lab leave their sockets in its folder: several labs on one machine have members of one name. */
const membersFolder = (env: NodeJS.ProcessEnv): string =>
  env.SRWAN_LAB_FOLDER ? join(env.SRWAN_LAB_FOLDER, "pulse") : runFolder(env, "pulse");

/** Answers from now on; gives back what ends it. */
export async function serveMatrix(
  env: NodeJS.ProcessEnv,
  group: string,
  member: string,
  matrix: () => HeldMatrix,
): Promise<() => void> {
  const path = join(membersFolder(env), group, `${member}${ENDING}`);
  if (Buffer.byteLength(path) > PATH_OCTETS_MAX) {
    throw new SrwanError("VALUE_INVALID", `the socket's path ${path} is longer than ${PATH_OCTETS_MAX} octets`, {
      remedy: "Give the group or the member a shorter name.",
    });
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) await clear(path, `${group}/${member}`);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onLine(socket, LIMITS.memberControlMaxOctets, (line) => {
      socket.end(`${line === ASK ? JSON.stringify(matrix()) : JSON.stringify({ error: "not known" })}\n`);
    });
  });
  server.maxConnections = LIMITS.memberControlConnections;
  const umask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

/** A socket that nobody answers on was left by a process that was killed. */
async function clear(path: string, name: string): Promise<void> {
  const socket = connect(path);
  const answers = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  if (!answers) return rmSync(path, { force: true });
  throw new SrwanError("MEMBER_RUNS", `${name} runs already`, { remedy: "End it first, or join as another member." });
}

/** The one that is meant by "sea", by "core/sea", or by nothing where only one runs here. */
export function findMember(env: NodeJS.ProcessEnv, named: string | undefined): MemberSocket {
  const all = memberSockets(env);
  const names = all.map(({ group, member }) => `${group}/${member}`);
  const wanted = named ?? (all.length > 1 ? env.SRWAN_LAB_NODE : undefined);
  const fit = all.filter((one, i) => wanted === undefined || one.member === wanted || names[i] === wanted);
  const [first] = fit;
  if (first !== undefined && fit.length === 1) return first;
  const what =
    all.length === 0
      ? "no member of a group runs on this machine for this user"
      : fit.length === 0
        ? `no member ${wanted} runs on this machine`
        : `${fit.length} members run on this machine`;
  throw new SrwanError("MEMBER_NOT_FOUND", what, {
    remedy:
      all.length === 0 ? "Start one: `srwan pulse join GROUP.yaml`." : `Give --member one of ${names.join(", ")}.`,
  });
}

function memberSockets(env: NodeJS.ProcessEnv): MemberSocket[] {
  const folder = membersFolder(env);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((group) =>
    readdirSync(join(folder, group))
      .filter((file) => file.endsWith(ENDING))
      .map((file) => ({ group, member: file.slice(0, -ENDING.length), path: join(folder, group, file) })),
  );
}

export async function askMatrix({ group, member, path }: MemberSocket): Promise<HeldMatrix> {
  const socket = connect(path);
  socket.setTimeout(LIMITS.memberControlTimeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    return await new Promise<HeldMatrix>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("it hung up")));
      onLine(socket, LIMITS.memberControlMaxOctets, (line) => resolve(JSON.parse(line)));
      socket.write(`${ASK}\n`);
    });
  } catch (error) {
    throw new SrwanError("MEMBER_SILENT", `${group}/${member} does not answer: ${(error as Error).message}`, {
      remedy: "It was killed or is stuck: start it again with `srwan pulse join`.",
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}
