// What a lab's keeper is asked on its control socket and what it answers: one JSON line each way.

import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type Static, Type } from "typebox";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { BitsPerSecond } from "../../base/units.ts";
import type { WireCounters } from "../link/driver.ts";
import type { Impairment } from "../model.ts";
import { isAlive, type LabFolder, type LabRecord } from "./folder.ts";

const closed = { additionalProperties: false } as const;
const whole = (maximum: number) => Type.Optional(Type.Integer({ minimum: 0, maximum }));
const ends = Type.Array(Type.String({ maxLength: 128 }), { maxItems: 2 * LIMITS.labLinksMax });

const rate = Type.Unsafe<BitsPerSecond | "none">(Type.Union([Type.Integer({ minimum: 1_000 }), Type.Literal("none")]));

export const ControlRequest = Type.Union([
  Type.Object(
    {
      ask: Type.Literal("impair"),
      ends,
      change: Type.Object(
        {
          delayUs: whole(LIMITS.labDelayMaxUs),
          jitterUs: whole(LIMITS.labDelayMaxUs),
          lossPpm: whole(1_000_000),
          rateBps: Type.Optional(rate),
        },
        closed,
      ),
      /** Ends by itself, whatever becomes of who asked. */
      forMs: whole(LIMITS.labPassingMaxMs),
    },
    closed,
  ),
  Type.Object({ ask: Type.Literal("reset"), ends }, closed),
  Type.Object({ ask: Type.Literal("reseed"), seed: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }) }, closed),
  Type.Object({ ask: Type.Literal("inspect") }, closed),
]);
export type ControlRequest = Static<typeof ControlRequest>;

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
      createInterface({ input: socket }).once("line", (line) => resolve(JSON.parse(line)));
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
