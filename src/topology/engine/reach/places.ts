// Where things are and how long light takes between them, at the least and as it usually turns out.

export type Place = { readonly lat: number; readonly lon: number };

const EARTH_KM = 6_371;
/** Light in glass: 200 km in a millisecond. */
const US_PER_KM = 5;
/** Cables are longer than the great circle: half as much again, as a rule. */
const DETOUR = 1.5;

export function distanceKm(a: Place, b: Place): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const [dLat, dLon] = [rad(b.lat - a.lat), rad(b.lon - a.lon)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** One way; nothing is quicker. */
export const floorUs = (a: Place, b: Place): number => Math.round(distanceKm(a, b) * US_PER_KM);

/** One way, as a guess. */
export const estimateUs = (a: Place, b: Place): number => Math.round(distanceKm(a, b) * US_PER_KM * DETOUR);
