// What a keeper may be asked, as one TypeBox schema. Apart from control.ts, so that asking need not load it.

import { type Static, Type } from "typebox";
import { LIMITS } from "../../base/limits.ts";
import type { BitsPerSecond } from "../../base/units.ts";

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
