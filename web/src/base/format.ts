// Numbers with their units, times, and segments as people write them.

export const ms = (us: number | null | undefined, digits = 1): string =>
  us === null || us === undefined ? "–" : (us / 1_000).toFixed(digits);

export const msUnit = (us: number | null | undefined, digits = 1): string =>
  us === null || us === undefined ? "–" : `${ms(us, digits)} ms`;

export function percent(ppm: number | null | undefined): string {
  if (ppm === null || ppm === undefined) return "–";
  const share = ppm / 10_000;
  return `${share === 0 ? "0" : share < 0.1 ? share.toFixed(2) : share.toFixed(1)} %`;
}

const STEPS = ["", "k", "M", "G", "T", "P", "E"] as const;

function scaled(value: number, unit: string): string {
  let step = 0;
  let rest = value;
  while (rest >= 1_000 && step < STEPS.length - 1) {
    rest /= 1_000;
    step++;
  }
  return `${step === 0 ? rest : rest.toFixed(rest < 10 ? 2 : rest < 100 ? 1 : 0)} ${STEPS[step]}${unit}`;
}

export const octets = (count: bigint | number): string => scaled(Number(count), "B");
export const bits = (bps: number): string => scaled(bps, "bit/s");
export const count = (value: bigint | number): string => value.toLocaleString("en").replaceAll(",", "\u202f");

const COIN = 10n ** 18n;
const PLACES = 6n;

/** "1.25 SEG" out of units of 10^-18: six places at most, and never nothing where there is something. */
export function coins(units: string | bigint | null | undefined): string {
  if (units === null || units === undefined) return "–";
  const all = BigInt(units);
  const small = (all * 10n ** PLACES) / COIN;
  if (small === 0n && all > 0n) return "< 0.000001 SEG";
  const decimals = (small % 10n ** PLACES).toString().padStart(Number(PLACES), "0").replace(/0+$/, "");
  return `${count(small / 10n ** PLACES)}${decimals === "" ? "" : `.${decimals}`} SEG`;
}

/** An account as people tell them apart. */
export const shortAccount = (account: string): string => `${account.slice(0, 6)}…${account.slice(-4)}`;

export const clock = (atMs: number): string =>
  new Date(atMs).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const dateTime = (atMs: number): string => {
  const at = new Date(atMs);
  return `${at.toLocaleDateString("en-CA")} ${clock(atMs)}`;
};

/** Today only the time. */
export const when = (atMs: number): string =>
  new Date(atMs).toDateString() === new Date().toDateString() ? clock(atMs) : dateTime(atMs);

/** To the minute. */
export const hour = (atMs: number): string => dateTime(atMs).slice(0, 16);

/** A window of hours: the day is said again only where it is another. */
export function hours(fromMs: number, toMs: number): string {
  const [from, to] = [hour(fromMs), hour(toMs)];
  return `${from} – ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`;
}

export function span(forMs: number): string {
  const seconds = Math.max(0, Math.round(forMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export type Segment = { readonly from: string; readonly transit: string; readonly to: string };

export function segmentOf(name: string): Segment {
  const [from = "", rest = ""] = name.split("/");
  const [transit = "", to = ""] = rest.split(">");
  return { from, transit, to };
}

/** sea → chi → fra. */
export const popsOf = (segments: readonly string[]): string[] =>
  segments.length === 0 ? [] : [segmentOf(segments[0] ?? "").from, ...segments.map((one) => segmentOf(one).to)];
