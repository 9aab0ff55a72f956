// How times, delays, shares and ages are said in tables of the WAN. Pure.

export const time = (ms: number | null | undefined): string =>
  ms === null || ms === undefined || ms === 0 ? "-" : new Date(ms).toISOString().replace(".000Z", "Z");

export const delay = (us: number | null | undefined): string =>
  us === null || us === undefined ? "-" : `${(us / 1_000).toFixed(1)} ms`;

export const share = (ppm: number | null | undefined): string =>
  ppm === null || ppm === undefined ? "-" : `${ppm / 10_000}%`;

/** "12 s", "3 min", "5 h", "12 d". */
export function age(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "-";
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function rate(bitsPerSecond: number | null): string {
  if (bitsPerSecond === null) return "-";
  const steps = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
  let at = 0;
  let value = bitsPerSecond;
  for (; value >= 1_000 && at < steps.length - 1; at++) value /= 1_000;
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.round(value)} ${steps[at]}`;
}
