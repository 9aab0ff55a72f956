// What a lab's keeper is asked on its control socket and what it answers: one JSON line each way.

import { connect } from "node:net";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { onLine } from "../../base/socket-lines.ts";
import type { WireCounters } from "../link/driver.ts";
import type { Impairment } from "../model.ts";
import type { ControlRequest } from "./control-schema.ts";
import { isAlive, type LabFolder, type LabRecord } from "./folder.ts";

/** One direction of a link as it is now. */
export type DirectionState = {
  readonly end: string;
  readonly does: Impairment;
  /** Whether a change that passes is laid over it. */
  readonly passing: boolean;
  readonly counters: WireCounters;
};

export type ControlAnswer =
  | { readonly directions: readonly DirectionState[]; readonly ownLoss: number }
  | { readonly error: string };

export async function askKeeper(
  folder: LabFolder,
  record: LabRecord,
  request: ControlRequest,
): Promise<Exclude<ControlAnswer, { error: string }>> {
  const gone = (why: string): SrwanError =>
    new SrwanError("LAB_KEEPER_SILENT", `lab ${folder.name}: its keeper does not answer: ${why}`, {
      remedy: `Take it down and up again: \`srwan lab down ${folder.name}\`.`,
    });
  if (!isAlive(record.keeper)) throw gone("its process is gone");
  const socket = connect(folder.control);
  socket.setTimeout(LIMITS.labControlTimeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    const answer = await new Promise<ControlAnswer>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("it hung up")));
      onLine(socket, LIMITS.labControlMaxOctets, (line) => resolve(JSON.parse(line)));
      socket.write(`${JSON.stringify(request)}\n`);
    });
    if ("error" in answer) throw gone(answer.error);
    return answer;
  } catch (error) {
    throw error instanceof SrwanError ? error : gone((error as Error).message);
  } finally {
    socket.destroy();
  }
}
