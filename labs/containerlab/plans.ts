// The Linux labs as plans: cities, who they buy transit from, and which links stand. generate.ts makes the files of them.

export type City = {
  readonly node: string;
  readonly city: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Written into every address of the POP: 2001:db8:NUMBER::/48 and BLOCK:NUMBER::/48. */
  readonly number: number;
};

export type Transit = {
  readonly name: string;
  /** What its routers and last miles add to each link, one way. */
  readonly fixedMs: number;
  /** How much a link of it may be longer than the road between the cities, at most. */
  readonly detour: number;
  /** Jitter as a share of the delay. */
  readonly jitterShare: number;
};

export type Domain = {
  readonly group: string;
  readonly asn: number;
  readonly block: string;
  readonly cities: readonly City[];
};

export type Road = {
  readonly from: string;
  readonly to: string;
  readonly transit: string;
  /** Instead of the length of the road: "A→B/B→A". */
  readonly delay?: string;
};

/** A customer behind a POP: its packets are forwarded there, as everybody's are. */
export type Office = { readonly node: string; readonly at: string };

export type Plan = {
  readonly name: string;
  readonly about: string;
  readonly seed: number;
  readonly transits: readonly Transit[];
  readonly domains: readonly Domain[];
  readonly roads: readonly Road[];
  readonly offices?: readonly Office[];
};

const alder: Transit = { name: "alder", fixedMs: 0.4, detour: 0.12, jitterShare: 0 };
const birch: Transit = { name: "birch", fixedMs: 0.7, detour: 0.3, jitterShare: 0.02 };

const SEATTLE: City = { node: "sea", city: "Seattle", latitude: 47.61, longitude: -122.33, number: 1 };
const BAY_AREA: City = { node: "sfo", city: "Bay Area", latitude: 37.37, longitude: -121.92, number: 2 };
const LOS_ANGELES: City = { node: "lax", city: "Los Angeles", latitude: 34.05, longitude: -118.24, number: 3 };
const CHICAGO: City = { node: "chi", city: "Chicago", latitude: 41.88, longitude: -87.63, number: 4 };
const DALLAS: City = { node: "dal", city: "Dallas", latitude: 32.78, longitude: -96.8, number: 5 };
const ASHBURN: City = { node: "ash", city: "Ashburn", latitude: 39.04, longitude: -77.49, number: 6 };
const NEWARK: City = { node: "ewr", city: "Newark", latitude: 40.74, longitude: -74.17, number: 7 };
const ATLANTA: City = { node: "atl", city: "Atlanta", latitude: 33.75, longitude: -84.39, number: 8 };
const LONDON: City = { node: "lon", city: "London", latitude: 51.51, longitude: -0.13, number: 9 };
const AMSTERDAM: City = { node: "ams", city: "Amsterdam", latitude: 52.37, longitude: 4.9, number: 10 };
const FRANKFURT: City = { node: "fra", city: "Frankfurt", latitude: 50.11, longitude: 8.68, number: 11 };
const PARIS: City = { node: "par", city: "Paris", latitude: 48.86, longitude: 2.35, number: 12 };

/** "sea: sfo lax" is a road from sea to each of them. */
const roads = (transit: string, lines: readonly string[]): Road[] =>
  lines.flatMap((line) => {
    const [from = "", tos = ""] = line.split(": ");
    return tos.split(" ").map((to) => ({ from, to, transit }));
  });

export const PLANS: readonly Plan[] = [
  {
    name: "triangle",
    about: "Three POPs. The direct road from Amsterdam to Frankfurt is the slow one: through Paris is quicker.",
    seed: 1,
    transits: [alder, birch],
    domains: [{ group: "core", asn: 64512, block: "fcbb:bb00", cities: [AMSTERDAM, FRANKFURT, PARIS] }],
    roads: [
      { from: "ams", to: "fra", transit: "birch", delay: "35ms/41ms" },
      { from: "ams", to: "par", transit: "alder", delay: "6ms/7ms" },
      { from: "par", to: "fra", transit: "alder", delay: "5ms/5ms" },
    ],
  },
  {
    name: "transatlantic",
    about:
      "Eight POPs in the United States and four in Europe, two transits each, one-way delays from geography; a customer at either end.",
    offices: [
      { node: "sea-office", at: "sea" },
      { node: "fra-office", at: "fra" },
    ],
    seed: 12,
    transits: [alder, birch],
    domains: [
      {
        group: "core",
        asn: 64512,
        block: "fcbb:bb00",
        cities: [
          SEATTLE,
          BAY_AREA,
          LOS_ANGELES,
          CHICAGO,
          DALLAS,
          ASHBURN,
          NEWARK,
          ATLANTA,
          LONDON,
          AMSTERDAM,
          FRANKFURT,
          PARIS,
        ],
      },
    ],
    roads: [
      ...roads("alder", [
        "sea: sfo lax chi",
        "sfo: lax chi dal",
        "lax: dal",
        "chi: dal ash ewr",
        "dal: atl ash",
        "atl: ash ewr",
        "ash: ewr par",
        "ewr: lon ams",
        "lon: ams fra par",
        "ams: fra",
        "fra: par",
      ]),
      ...roads("birch", [
        "sea: sfo chi dal",
        "sfo: lax dal",
        "lax: dal atl",
        "chi: dal ash ewr",
        "dal: atl",
        "atl: ash",
        "ash: ewr lon",
        "ewr: lon par",
        "lon: ams fra par",
        "ams: fra par",
        "fra: par",
      ]),
    ],
  },
  {
    name: "two-as",
    about: "Two domains with controllers and SID blocks of their own, joined at their gateways Chicago and Newark.",
    seed: 2,
    transits: [alder, birch],
    domains: [
      { group: "west", asn: 64601, block: "fcbb:aa00", cities: [SEATTLE, LOS_ANGELES, CHICAGO] },
      { group: "east", asn: 64602, block: "fcbb:bb00", cities: [NEWARK, LONDON, FRANKFURT] },
    ],
    roads: [
      ...roads("alder", ["sea: lax chi", "lax: chi", "chi: ewr", "ewr: lon", "lon: fra"]),
      ...roads("birch", ["sea: chi", "lax: chi", "chi: ewr", "ewr: lon fra", "lon: fra"]),
    ],
  },
];
