// Amounts as the service tells them, for people; without what the settlement takes to load.

const COIN = 10n ** 18n;
const PLACES = 6;

/** "1.25 SEG" out of units of 10^-18: six places at most, and never nothing where there is something. */
export function coinsText(units: string): string {
  const all = BigInt(units);
  const small = (all * 10n ** BigInt(PLACES)) / COIN;
  if (small === 0n && all > 0n) return "<0.000001 SEG";
  const decimals = (small % 10n ** BigInt(PLACES)).toString().padStart(PLACES, "0").replace(/0+$/, "");
  return `${small / 10n ** BigInt(PLACES)}${decimals === "" ? "" : `.${decimals}`} SEG`;
}
