// Amounts of SEG as people type and read them; inside they are whole units.

import { SrwanError } from "../../base/errors.ts";
import { COIN } from "./parameters.ts";

const DECIMALS = 18;

/** "12.5 SEG": as many decimals as there are, and no more. */
export function formatCoins(units: bigint): string {
  const decimals = (units % COIN).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  return `${units / COIN}${decimals === "" ? "" : `.${decimals}`} SEG`;
}

/** "12.5" or "12.5 SEG"; never through a floating-point number. */
export function parseCoins(text: string): bigint {
  const [, whole, decimals = ""] = /^(\d{1,10})(?:\.(\d{1,18}))?(?: ?SEG)?$/i.exec(text.trim()) ?? [];
  if (whole !== undefined) return BigInt(whole) * COIN + BigInt(decimals.padEnd(DECIMALS, "0"));
  throw new SrwanError("VALUE_INVALID", `amount "${text}" cannot be read`, {
    remedy: "Write coins, with up to 18 decimals: 5, 12.5 or 0.001.",
    details: { what: "amount", value: text },
  });
}
