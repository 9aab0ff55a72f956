// A lab as values: nodes, links between their interfaces, and what each direction of a link does to packets. Read from a
// containerlab file by topology.ts, built by net/, drawn by graph.ts. Pure.

import type { BitsPerSecond } from "../base/units.ts";
import type { Ipv6, Prefix } from "../srv6/address.ts";

/** What happens to packets that leave one interface. The plain wire is all zeros and no rate. */
export type Impairment = {
  readonly delayUs: number;
  /** Each packet is held for the delay plus or minus up to this. */
  readonly jitterUs: number;
  /** Lost packets in a million sent, 0 to 1,000,000, each lost or not on its own. */
  readonly lossPpm: number;
  /** Undefined is as fast as the machine. */
  readonly rateBps?: BitsPerSecond;
};

export const PLAIN_WIRE: Impairment = { delayUs: 0, jitterUs: 0, lossPpm: 0 };

/** Something new for one direction while the lab runs: what is not named stays, `rateBps: "none"` lifts the limit. */
export type ImpairmentChange = {
  readonly delayUs?: number;
  readonly jitterUs?: number;
  readonly lossPpm?: number;
  readonly rateBps?: BitsPerSecond | "none";
};

export type LinkEnd = { readonly node: string; readonly interface: string };

export type LabLink = {
  readonly a: LinkEnd;
  readonly b: LinkEnd;
  /** For packets that leave `a`. */
  readonly aToB: Impairment;
  /** For packets that leave `b`. */
  readonly bToA: Impairment;
  readonly mtuOctets?: number;
  /** The provider that carries it. */
  readonly transit?: string;
};

/** What makes a node a POP: where it is and what it answers for. */
export type Pop = {
  readonly name: string;
  readonly city?: string;
  /** Degrees, north and east positive. */
  readonly place?: { readonly latitude: number; readonly longitude: number };
  readonly asn?: number;
  /** POPs that are measured and decided for together; a domain of its own. */
  readonly group?: string;
  /** The SID block's part that belongs to this POP. */
  readonly locator?: Prefix;
  readonly transits: readonly string[];
};

/** How a node's clock differs from the machine's: offset + drift × time since the lab came up. */
export type ClockSkew = { readonly offsetUs: number; readonly driftPpm: number };

export const TRUE_CLOCK: ClockSkew = { offsetUs: 0, driftPpm: 0 };

export type LabNode = {
  readonly name: string;
  /** containerlab's word for what runs there; only "linux" runs in a namespace. */
  readonly kind: string;
  readonly image?: string;
  /** Set before the links are there, so that `default` reaches every interface. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Commands, run in order once all links are up; containerlab runs them without a shell. */
  readonly exec: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Where traffic for this node itself is sent; one of its exec commands gives it the address. */
  readonly address?: Ipv6;
  readonly pop?: Pop;
  readonly clock: ClockSkew;
};

export type Lab = {
  readonly name: string;
  readonly nodes: readonly LabNode[];
  readonly links: readonly LabLink[];
  /** Links to the machine itself, bridges and tunnels, one line each: no namespace can hold their other end. */
  readonly notBuilt: readonly string[];
};

/** "sea:eth1", as containerlab, the command line and scenarios write an end, and the direction that leaves it. */
export const endText = (end: LinkEnd): string => `${end.node}:${end.interface}`;

export type Direction = {
  readonly link: LabLink;
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  readonly does: Impairment;
};

/** Every link in both directions, in file order. */
export const directions = (lab: Lab): Direction[] =>
  lab.links.flatMap((link) => [
    { link, from: link.a, to: link.b, does: link.aToB },
    { link, from: link.b, to: link.a, does: link.bToA },
  ]);

/** The direction that leaves "sea:eth1". */
export const directionFrom = (lab: Lab, end: string): Direction | undefined =>
  directions(lab).find((direction) => endText(direction.from) === end);

export function changed(now: Impairment, change: ImpairmentChange): Impairment {
  const { rateBps, ...rest } = { ...now, ...change };
  return rateBps === undefined || rateBps === "none" ? rest : { ...rest, rateBps };
}

/** The lab without nodes of other kinds and the links that lose an end, and what was left out. */
export function onlyKinds(
  lab: Lab,
  kinds: readonly string[],
): { readonly lab: Lab; readonly leftOut: readonly LabNode[] } {
  const leftOut = lab.nodes.filter((node) => !kinds.includes(node.kind));
  const gone = new Set(leftOut.map((node) => node.name));
  const nodes = lab.nodes.filter((node) => !gone.has(node.name));
  const links = lab.links.filter((link) => !gone.has(link.a.node) && !gone.has(link.b.node));
  return { lab: { ...lab, nodes, links }, leftOut };
}
