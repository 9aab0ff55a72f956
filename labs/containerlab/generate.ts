// Makes the containerlab files of the Linux labs from plans.ts: `node labs/containerlab/generate.ts`. The same plan and
// seed give the same file on every machine.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Rng, SeededRng, unit } from "../../src/base/rng.ts";
import { type City, type Domain, type Office, PLANS, type Plan, type Road } from "./plans.ts";

/** Fibre does not run along great circles, and light in it goes 200 km in a millisecond. */
const ROUTE_FACTOR = 1.4;
const KM_PER_MS = 200;
const EARTH_RADIUS_KM = 6_371;

export function greatCircleKm(a: City, b: City): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)];
  const sinLat = Math.sin((lat2 - lat1) / 2);
  const sinLon = Math.sin(radians(b.longitude - a.longitude) / 2);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(sinLat ** 2 + Math.cos(lat1) * Math.cos(lat2) * sinLon ** 2));
}

type Link = {
  readonly number: number;
  readonly transit: string;
  readonly a: { readonly node: string; readonly interface: string };
  readonly b: { readonly node: string; readonly interface: string };
  readonly delay: string;
  readonly jitter: string | undefined;
};

function linksOf(plan: Plan): Link[] {
  const rng = new SeededRng(plan.seed);
  const cities = new Map(plan.domains.flatMap((domain) => domain.cities).map((city) => [city.node, city]));
  const used = new Map<string, number>();
  const end = (node: string) => {
    const count = (used.get(node) ?? 0) + 1;
    used.set(node, count);
    return { node, interface: `eth${count}` };
  };
  return plan.roads.map((road, i) => {
    const [from, to] = [cities.get(road.from), cities.get(road.to)];
    if (!from || !to) throw new Error(`plan ${plan.name} has a road ${road.from}–${road.to} to nowhere`);
    const cost = delaysOf(plan, road, greatCircleKm(from, to), rng);
    return { number: i + 1, transit: road.transit, a: end(road.from), b: end(road.to), ...cost };
  });
}

/** The two directions of a road take different routes: each has a detour of its own. */
function delaysOf(plan: Plan, road: Road, km: number, rng: Rng): Pick<Link, "delay" | "jitter"> {
  const transit = plan.transits.find((candidate) => candidate.name === road.transit);
  if (!transit) throw new Error(`plan ${plan.name} has no transit ${road.transit}`);
  const oneWay = (): number => (km * ROUTE_FACTOR * (1 + transit.detour * unit(rng))) / KM_PER_MS + transit.fixedMs;
  const [there, back] = [oneWay(), oneWay()];
  const jitterMs = transit.jitterShare * Math.min(there, back);
  const text = (ms: number): string => `${ms.toFixed(1)}ms`;
  return {
    delay: road.delay ?? `${text(there)}/${text(back)}`,
    jitter: jitterMs > 0 && road.delay === undefined ? `${Math.round(jitterMs * 1_000)}us` : undefined,
  };
}

const addressOf = (city: City): string => `2001:db8:${city.number.toString(16)}::1`;
const locatorOf = (domain: Domain, city: City): string => `${domain.block}:${city.number.toString(16)}::/48`;
const farSide = (link: Link, node: string) => (link.a.node === node ? link.b.node : link.a.node);
const linkPrefix = (link: Link): string => `2001:db8:ff${link.number.toString(16).padStart(2, "0")}`;

/**
 * The default path, as BGP chooses: fewest hops whatever they take, the first link of equals. Inside a domain it leads to
 * addresses and locators; the SIDs of another domain are nobody else's business.
 */
function routesOf(plan: Plan, links: readonly Link[], domain: Domain, city: City): Map<Link, string[]> {
  const found = new Map<Link, string[]>();
  for (const other of plan.domains) {
    for (const goal of other.cities) {
      if (goal.node === city.node) continue;
      const link = firstLink(links, city.node, goal.node);
      const prefixes = [`2001:db8:${goal.number.toString(16)}::/48`];
      if (other === domain) prefixes.push(locatorOf(other, goal));
      found.set(link, [...(found.get(link) ?? []), ...prefixes]);
    }
  }
  return new Map([...found].sort(([a], [b]) => a.number - b.number));
}

function firstLink(links: readonly Link[], from: string, goal: string): Link {
  const hops = new Map([[goal, 0]]);
  const queue = [goal];
  for (const node of queue) {
    for (const link of links.filter((candidate) => [candidate.a.node, candidate.b.node].includes(node))) {
      const next = farSide(link, node);
      if (hops.has(next)) continue;
      hops.set(next, (hops.get(node) ?? 0) + 1);
      queue.push(next);
    }
  }
  const here = hops.get(from);
  const own = links.filter((link) => link.a.node === from || link.b.node === from);
  const best = own.find((link) => hops.get(farSide(link, from)) === (here ?? 0) - 1);
  if (!best) throw new Error(`no road leads from ${from} to ${goal}`);
  return best;
}

function commandsOf(plan: Plan, links: readonly Link[], domain: Domain, city: City): string[] {
  const addresses = links.flatMap((link) => {
    const side = link.a.node === city.node ? 1 : link.b.node === city.node ? 2 : undefined;
    if (side === undefined) return [];
    const name = side === 1 ? link.a.interface : link.b.interface;
    return [`ip address add ${linkPrefix(link)}::${side}/64 dev ${name}`];
  });
  const routes = [...routesOf(plan, links, domain, city)].map(([link, prefixes]) => {
    const via = `${linkPrefix(link)}::${link.a.node === city.node ? 2 : 1}`;
    const line = `route add %s via ${via} src ${addressOf(city)}\\n`;
    return `sh -c 'printf "${line}" ${prefixes.join(" ")} | ip -6 -batch -'`;
  });
  const office = plan.offices?.find(({ at }) => at === city.node);
  const customer = office ? [`ip address add ${officePrefix(city)}::1/64 dev ${officePort(links, office)}`] : [];
  return [`ip address add ${addressOf(city)}/128 dev lo`, ...addresses, ...customer, ...routes];
}

function nodeLines(plan: Plan, links: readonly Link[], domain: Domain, city: City): string[] {
  return [
    `    ${city.node}:`,
    "      labels:",
    `        srwan.pop: ${city.node}`,
    `        srwan.city: ${city.city}`,
    `        srwan.lat: "${city.latitude}"`,
    `        srwan.lon: "${city.longitude}"`,
    `        srwan.group: ${domain.group}`,
    `        srwan.asn: ${domain.asn}`,
    `        srwan.locator: ${locatorOf(domain, city)}`,
    `        srwan.address: ${addressOf(city)}`,
    "      exec:",
    ...commandsOf(plan, links, domain, city).map((command) => `        - ${command}`),
  ];
}

const linkLines = (link: Link): string[] => [
  `    - endpoints: ["${link.a.node}:${link.a.interface}", "${link.b.node}:${link.b.interface}"]`,
  `      mtu: 1500`,
  `      vars: {srwan.transit: ${link.transit}, srwan.delay: ${link.delay}${link.jitter ? `, srwan.jitter: ${link.jitter}` : ""}}`,
];

/** The POP's side of an office's link comes after all its others. */
const officePort = (links: readonly Link[], { at }: Office): string =>
  `eth${links.filter(({ a, b }) => a.node === at || b.node === at).length + 1}`;

const officePrefix = (city: City): string => `2001:db8:${city.number.toString(16)}:c`;

function officeLines(plan: Plan, office: Office): string[] {
  const city = plan.domains.flatMap(({ cities }) => cities).find(({ node }) => node === office.at);
  if (!city) throw new Error(`plan ${plan.name} has an office at ${office.at}, which is no POP`);
  return [
    `    ${office.node}:`,
    "      exec:",
    `        - ip address add ${officePrefix(city)}::2/64 dev eth1`,
    `        - ip -6 route add default via ${officePrefix(city)}::1`,
  ];
}

const officeLinkLines = (links: readonly Link[], office: Office): string[] => [
  `    - endpoints: ["${office.node}:eth1", "${office.at}:${officePort(links, office)}"]`,
  "      mtu: 1500",
];

export function labFile(plan: Plan): string {
  const links = linksOf(plan);
  const lines = [
    `# ${plan.about}`,
    "# Made by labs/containerlab/generate.ts from plans.ts; change those. Labels and vars that begin with srwan. mean",
    "# nothing to containerlab: ../README.md says what they mean to srwan.",
    `name: ${plan.name}`,
    "topology:",
    "  defaults:",
    "    kind: linux",
    "    image: srwan",
    "    entrypoint: sleep",
    "    cmd: infinity",
    "    sysctls:",
    ...["forwarding: 1", "seg6_enabled: 1", "accept_dad: 0"].flatMap((setting) =>
      ["all", "default"].map((which) => `      net.ipv6.conf.${which}.${setting}`),
    ),
    "    labels:",
    `      srwan.transits: ${plan.transits.map((transit) => transit.name).join(",")}`,
    "  nodes:",
    ...plan.domains.flatMap((domain) => domain.cities.flatMap((city) => nodeLines(plan, links, domain, city))),
    ...(plan.offices ?? []).flatMap((office) => officeLines(plan, office)),
    "  links:",
    ...links.flatMap(linkLines),
    ...(plan.offices ?? []).flatMap((office) => officeLinkLines(links, office)),
  ];
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) {
  for (const plan of PLANS) {
    const path = join(import.meta.dirname, plan.name, `${plan.name}.clab.yml`);
    writeFileSync(path, labFile(plan));
    process.stdout.write(`${path}\n`);
  }
}
