// The least one-way delay between two places: along the great circle, at the speed of light in glass.

export type Place = { readonly latitude: number; readonly longitude: number };

const EARTH_KM = 6_371;
const GLASS_KM_PER_MS = 200;
const RADIANS = Math.PI / 180;

export function leastDelayUs(a: Place, b: Place): number {
  const half = (degrees: number): number => Math.sin((degrees * RADIANS) / 2) ** 2;
  const chord =
    half(b.latitude - a.latitude) +
    Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * half(b.longitude - a.longitude);
  const km = 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
  return Math.floor((km / GLASS_KM_PER_MS) * 1_000);
}
