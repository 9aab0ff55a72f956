// What each POP is to hold, as documents without a version: its SIDs, its policies with the path that carries and the one
// that stands ready, whom to pulse. From the WAN and the standing choices alone, so that the same of these gives the same
// documents on every controller.

import { formatIpv6 } from "../../srv6/address.ts";
import type { Sid } from "../../srv6/sid.ts";
import type { PopDesired, WirePath, WirePeer, WirePolicy, WireSid, WireTunnel } from "../../wire/desired.ts";
import type { PolicySpec } from "../../wire/policy.ts";
import type { SegmentId } from "../engine/matrix.ts";
import { floorUs } from "../engine/reach/places.ts";
import type { Ground } from "./ground.ts";
import type { Sids, Wan, WanPop, WanSegment } from "./wan.ts";
import { reversed } from "./ways-back.ts";

export type DocumentBody = Omit<PopDesired, "version">;

/** What carries a policy now, and what stands ready. */
export type Choice = {
  readonly spec: PolicySpec;
  readonly active: readonly SegmentId[];
  readonly backup: readonly SegmentId[] | undefined;
  /** Called back after its POP had left it by itself. */
  readonly word?: number;
};

/** The way back that answers to probes take; no policy of anybody's. */
export type WayBack = { readonly at: string; readonly to: string; readonly paths: readonly (readonly SegmentId[])[] };

/** What keys are, their numbers alone say here; who sends the document to the POP puts the key in. */
export const KEPT_SECRET = "-";

const RETURN = "back.";
const FIRST_TENANT_TABLE = 1_000;
const MAIN_TABLE = 254;

export class Documents {
  readonly #wan: Wan;
  readonly #ground: Ground;
  readonly #sids: Sids;
  readonly #tables: ReadonlyMap<string, number>;
  /** When each POP joined. */
  readonly #since: ReadonlyMap<string, number>;

  constructor(wan: Wan, ground: Ground, sids: Sids) {
    this.#wan = wan;
    this.#ground = ground;
    this.#sids = sids;
    this.#since = new Map(wan.pops.map(({ record, joinedMs = 0 }) => [record.name, joinedMs]));
    const tenants = [...new Set(wan.config.policies.flatMap(({ tenant }) => tenant ?? []))].sort();
    this.#tables = new Map(tenants.map((tenant, i) => [tenant, FIRST_TENANT_TABLE + i]));
  }

  of(pop: WanPop, choices: readonly Choice[], back: readonly WayBack[]): DocumentBody | undefined {
    const { record, group } = pop;
    const near = this.#sids.probes(record.name);
    if (near === undefined) return undefined;
    const tenants = this.#tenantsAt(record.name);
    // A router neither signs nor looks at signatures.
    const signing = (record.platform === "linux" ? this.#wan.config.signing : undefined) ?? { keys: [] };
    return {
      settings: {
        pop: record.name,
        group,
        blocks: [this.#sids.block],
        segments: [...new Set(record.segments.map(({ device }) => device))],
        tunnelSource: record.address,
        near,
        reportMs: this.#wan.pulse.reportMs,
        ...this.#tunnels(record.name),
        ...(signing.require === true ? { requireHmac: true } : {}),
        drained: this.#wan.config.maintenance.some((one) => one.pop === record.name && one.segments === undefined),
      },
      tenants: tenants.map((name) => ({ name, table: this.#tables.get(name) ?? 0 })),
      hmacKeys: signing.keys.map((id) => ({ id, algorithm: "sha256", secret: KEPT_SECRET })),
      localSids: this.#localSids(record.name, tenants),
      policies: [
        ...choices.filter(({ spec }) => spec.from === record.name).flatMap((choice) => this.#policies(choice)),
        ...back.filter(({ at }) => at === record.name).flatMap((one) => this.#wayBack(one)),
      ].map((policy) => signed(policy, signing.sign)),
      peers: this.#peers(pop),
    };
  }

  path(
    spec: Pick<PolicySpec, "to" | "tenant">,
    segments: readonly SegmentId[],
    family: 4 | 6 = 6,
  ): WirePath | undefined {
    const last = this.#sids.delivery(spec.to, spec.tenant ?? family);
    const sids = this.#portSids(segments);
    if (last === undefined || sids === undefined) return undefined;
    return {
      name: pathName(segments.map((id) => this.#ground.segment(id))),
      segments: segments.map((id) => this.#ground.segment(id).name),
      sids: [...sids, last].map(formatIpv6),
      ...this.#probing(spec, segments, sids, last),
      ...this.#narrowest(segments),
      weight: 1,
      mode: "encap.red",
    };
  }

  /** How the path is probed: to a SID that takes IPv6 out of no tenant's table, and back over its own segments. */
  #probing(
    { to }: Pick<PolicySpec, "to">,
    segments: readonly SegmentId[],
    sids: readonly Sid[],
    last: Sid,
  ): Pick<WirePath, "probeSids" | "back"> {
    const plain = this.#sids.delivery(to, 6);
    // A list that the sender of an answer chose is signed by nobody; without it answers take this POP's own policies.
    const isSigned = this.#wan.config.signing?.sign !== undefined;
    const back = isSigned ? undefined : reversed(segments, this.#ground).map((home) => this.#portSids(home))[0];
    return {
      ...(plain === undefined || plain === last ? {} : { probeSids: [...sids, plain].map(formatIpv6) }),
      ...(back === undefined ? {} : { back: back.map(formatIpv6) }),
    };
  }

  #portSids(segments: readonly SegmentId[]): Sid[] | undefined {
    const sids = segments.map((id) => {
      const { from, port } = this.#ground.segment(id);
      return this.#sids.port(from, port);
    });
    return sids.every((sid) => sid !== undefined) ? sids : undefined;
  }

  /** Of those that say what fits: one that says nothing is as wide as its interface, which its POP alone knows. */
  #narrowest(segments: readonly SegmentId[]): Pick<WirePath, "mtuOctets"> {
    const known = segments.flatMap((id) => this.#ground.segment(id).port.mtuOctets ?? []);
    return known.length > 0 ? { mtuOctets: Math.min(...known) } : {};
  }

  /** Each family has a SID of its own to be delivered by; a tenant's takes both. */
  #policies({ spec, active, backup, word }: Choice): WirePolicy[] {
    const far = this.#sids.probes(spec.to);
    if (far === undefined) return [];
    const prefixes = spec.prefixes ?? [];
    const isOf4 = (prefix: string): boolean => !prefix.includes(":");
    const both = spec.tenant !== undefined;
    const four = both ? [] : prefixes.filter(isOf4);
    const six = both ? prefixes : prefixes.filter((prefix) => !isOf4(prefix));
    const make = (
      family: 4 | 6,
      name: string,
      destinations: string[],
      classes: PolicySpec["classes"],
    ): WirePolicy[] => {
      const path = this.path(spec, active, family);
      const spare = backup && this.path(spec, backup, family);
      if (path === undefined) return [];
      const binding = family === 6 ? this.#sids.binding(spec.from, spec.name) : undefined;
      return [
        {
          name,
          to: spec.to,
          far,
          paths: [path],
          ...(spare === undefined ? {} : { backup: spare }),
          ...(binding === undefined ? {} : { bindingSid: formatIpv6(binding) }),
          prefixes: destinations,
          classes: classes ?? [],
          ...(spec.tenant === undefined ? {} : { tenant: spec.tenant }),
          ...(word === undefined ? {} : { word }),
        },
      ];
    };
    return [
      ...(six.length > 0 || four.length === 0 ? make(6, spec.name, six, spec.classes) : []),
      ...(four.length > 0
        ? make(4, six.length > 0 ? `${spec.name}.v4` : spec.name, four, six.length > 0 ? [] : spec.classes)
        : []),
    ];
  }

  #wayBack({ to, paths }: WayBack): WirePolicy[] {
    const far = this.#sids.probes(to);
    const [path, backup] = paths.map((segments) => this.path({ to }, segments));
    if (far === undefined || path === undefined) return [];
    const spare = backup === undefined ? {} : { backup };
    return [{ name: `${RETURN}${to}`, to, far, paths: [path], ...spare, prefixes: [far], classes: [], unprobed: true }];
  }

  #tenantsAt(pop: string): string[] {
    const here = this.#wan.config.policies.filter(({ from, to }) => from === pop || to === pop);
    return [...new Set(here.flatMap(({ tenant }) => tenant ?? []))].sort();
  }

  #localSids(pop: string, tenants: readonly string[]): WireSid[] {
    const all: (WireSid | undefined)[] = [
      sidOf(this.#sids.node(pop), { behavior: "End" }),
      ...this.#ground.segments
        .filter(({ from }) => from === pop)
        .map(({ port }) =>
          sidOf(this.#sids.port(pop, port), { behavior: "End.X", device: port.device, nexthop: port.nexthop }),
        ),
      sidOf(this.#sids.delivery(pop, 6), { behavior: "End.DT6", table: MAIN_TABLE }),
      sidOf(this.#sids.delivery(pop, 4), { behavior: "End.DT4", table: MAIN_TABLE }),
      ...tenants.map((tenant) => sidOf(this.#sids.delivery(pop, tenant), { behavior: "End.DT46", tenant })),
    ];
    return all.filter((one) => one !== undefined);
  }

  /** The other ends of segments inside WireGuard, once their agents have told who they are. */
  #tunnels(pop: string): Pick<PopDesired["settings"], "tunnels"> {
    const own = this.#ground.segments.filter(({ from, port }) => from === pop && port.wireguard !== undefined);
    if (own.length === 0) return {};
    return {
      tunnels: own.flatMap(({ name, to, port: { device } }): WireTunnel[] => {
        const back = this.#ground.backOf(this.#ground.id(name) ?? -1);
        const other = back === undefined ? undefined : this.#ground.segment(back).port.wireguard;
        if (other?.publicKey === undefined) return [];
        const { publicKey, fresh, endpoint, port } = other;
        return [{ device, to, publicKey, ...(fresh === undefined ? {} : { fresh }), endpoint, port }];
      }),
    };
  }

  #peers({ record }: WanPop): WirePeer[] {
    const places = new Map(this.#wan.pops.map((pop) => [pop.record.name, placeOf(pop)]));
    return this.#ground.segments
      .filter(({ from }) => from === record.name)
      .map(({ name, port }) => {
        const [here, there] = [places.get(record.name), places.get(port.to)];
        return {
          segment: name,
          address: port.nexthop,
          from: port.local,
          port: this.#wan.pulse.port,
          intervalMs: this.#wan.pulse.intervalMs,
          floorUs: here && there ? floorUs(here, there) : 0,
          ...this.#signed(record.name, port.to),
        };
      });
  }

  /** Keys of each pair's own: whoever was removed knows none of the others', and none that it would get again. */
  #signed(...ends: readonly [string, string]): Pick<WirePeer, "signed"> {
    const { signing } = this.#wan.config;
    if (signing === undefined) return {};
    const pair = ends.toSorted().map((pop) => `${pop} ${this.#since.get(pop) ?? 0}`);
    const keys = signing.keys.map((id) => ({ id, secret: KEPT_SECRET }));
    const { sign, require } = signing;
    const more = { ...(sign === undefined ? {} : { sign }), ...(require === true ? { require } : {}) };
    return { signed: { pair: pair.join(" "), keys, ...more } };
  }
}

/** The same segments have the same name on every controller and at every time; 8 hexadecimal digits of FNV-1a. */
export function pathName(segments: readonly Pick<WanSegment, "name">[]): string {
  let hash = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(segments.map(({ name }) => name).join(" "))) {
    hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  }
  return `p${hash.toString(16).padStart(8, "0")}`;
}

function signed(policy: WirePolicy, hmacKey: number | undefined): WirePolicy {
  if (hmacKey === undefined) return policy;
  const { backup } = policy;
  const paths = policy.paths.map((path) => ({ ...path, hmacKey }));
  return { ...policy, paths, ...(backup === undefined ? {} : { backup: { ...backup, hmacKey } }) };
}

const sidOf = (sid: Sid | undefined, rest: Omit<WireSid, "sid">): WireSid | undefined =>
  sid === undefined ? undefined : { sid: formatIpv6(sid), ...rest };

const placeOf = ({ record: { latitude, longitude } }: WanPop) =>
  latitude === undefined || longitude === undefined ? undefined : { lat: latitude, lon: longitude };
