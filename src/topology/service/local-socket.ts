// The same API and the same agents' door on a Unix socket: what has a network namespace of its own shares files with us.

import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { SrwanError } from "../../base/errors.ts";

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Gives what closes it. Only who may write the file may connect. */
export async function listenOnSocket(
  app: FastifyInstance,
  path: string,
  upgrade: Upgrade,
): Promise<() => Promise<void>> {
  // One that is left from before nobody listens on.
  rmSync(path, { force: true });
  const server = createServer((request, response) => app.routing(request, response));
  server.on("upgrade", upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new SrwanError("FILE_UNUSABLE", `${path}: ${error.message}`, {
          remedy: "Give socket a path of at most 107 characters in a folder that this user may write.",
          cause: error,
        }),
      ),
    );
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
