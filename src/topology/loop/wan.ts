// The WAN as a loop sees it: POPs with what the service gave them, what the engineer committed, and the SIDs of all.

import { formatIpv6, formatPrefix, type Ipv6, type Prefix } from "../../srv6/address.ts";
import { type Grant, grantLocator, grantSids, type Ledger, type Wanted } from "../../srv6/locator-plan.ts";
import { locatorOf, type Sid, splitSid } from "../../srv6/sid.ts";
import { type SegmentParts, segmentName } from "../../wire/parts.ts";
import type { WanConfig } from "../../wire/policy.ts";
import type { PopRecord, SegmentPort } from "../../wire/pop.ts";

export type WanPop = {
  readonly record: PopRecord;
  readonly group: string;
  /** Since when it is in the WAN, as who it is (0). */
  readonly joinedMs?: number;
  /** Why it is in quarantine: measured, used by nobody. */
  readonly quarantine?: string;
};

export type Wan = {
  readonly pops: readonly WanPop[];
  readonly config: WanConfig;
  /** Holds all that `grantAll` gives for these POPs and this configuration. */
  readonly ledger: Ledger;
  readonly pulse: { readonly intervalMs: number; readonly port: number; readonly reportMs: number };
};

/** What a POP's own traffic and that of no tenant is delivered by, a family each. */
const DELIVERY = { 4: "main4", 6: "main6" } as const;
/** Probe addresses: unique local, and not where SIDs live. "srwan" in the first octets after fd. */
const PROBES: Ipv6 = 0xfd73_7277_616e_0000_0000_0000_0000_0000n as Ipv6;

export const portName = ({ transit, to }: Pick<SegmentPort, "transit" | "to">): string => `${transit}.${to}`;

/** WireGuard carries it, ours or somebody else's. */
export const isEncrypted = ({ encrypted, wireguard }: SegmentPort): boolean => encrypted ?? wireguard !== undefined;

/** The ledger with every SID that the POPs and the configuration need; what was granted before stays. */
export function grantAll(ledger: Ledger, pops: readonly PopRecord[], config: WanConfig): Ledger {
  const located = pops.reduce((all, { name }) => grantLocator(all, name).ledger, ledger);
  const known = new Set(pops.map(({ name }) => name));
  const ofPops = pops.flatMap(({ name: pop, segments }): Wanted[] => [
    ...segments.map((port): Wanted => ({ pop, purpose: "transit", name: portName(port) })),
    ...Object.values(DELIVERY).map((name): Wanted => ({ pop, purpose: "tenant", name })),
  ]);
  const ofPolicies = config.policies.flatMap(({ name, from, to, tenant }): Wanted[] => [
    ...(known.has(from) ? [{ pop: from, purpose: "policy", name } as const] : []),
    ...(tenant !== undefined && known.has(to) ? [{ pop: to, purpose: "tenant", name: tenant } as const] : []),
  ]);
  return grantSids(located, [...ofPops, ...ofPolicies]);
}

/** SIDs by whose they are and what for. */
export class Sids {
  readonly #ledger: Ledger;
  readonly #held: ReadonlyMap<string, Sid>;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const standing = ledger.grants.filter(({ retired }) => !retired);
    this.#held = new Map(standing.map((grant) => [keyOf(grant), grant.sid]));
  }

  get block(): string {
    return formatPrefix(this.#ledger.block);
  }

  locator(pop: string): Prefix | undefined {
    const sid = this.#of({ pop, purpose: "locator", name: pop });
    return sid === undefined ? undefined : locatorOf(sid, this.#ledger.structure);
  }

  node(pop: string): Sid | undefined {
    return this.#of({ pop, purpose: "locator", name: pop });
  }

  port(pop: string, port: Pick<SegmentPort, "transit" | "to">): Sid | undefined {
    return this.#of({ pop, purpose: "transit", name: portName(port) });
  }

  delivery(pop: string, to: 4 | 6 | string): Sid | undefined {
    return this.#of({ pop, purpose: "tenant", name: typeof to === "number" ? DELIVERY[to] : to });
  }

  binding(pop: string, policy: string): Sid | undefined {
    return this.#of({ pop, purpose: "policy", name: policy });
  }

  /** Where a POP's probe addresses lie: a /64 by its node's number. */
  probes(pop: string): string | undefined {
    const sid = this.node(pop);
    if (sid === undefined) return undefined;
    const { node } = splitSid(sid, this.#ledger.structure);
    return `${formatIpv6((PROBES | (node << 64n)) as Ipv6)}/64`;
  }

  #of(grant: Pick<Grant, "pop" | "purpose" | "name">): Sid | undefined {
    return this.#held.get(keyOf(grant));
  }
}

const keyOf = ({ pop, purpose, name }: Pick<Grant, "pop" | "purpose" | "name">): string => `${pop} ${purpose} ${name}`;

/** A directed segment of the WAN: a port whose other end is a POP that joined. */
export type WanSegment = SegmentParts & { readonly name: string; readonly port: SegmentPort };

export function segmentsOf(pops: readonly WanPop[]): WanSegment[] {
  const known = new Set(pops.map(({ record }) => record.name));
  return pops.flatMap(({ record }) =>
    record.segments.flatMap((port): WanSegment[] => {
      if (!known.has(port.to) || port.to === record.name) return [];
      const parts = { from: record.name, transit: port.transit, to: port.to };
      return [{ ...parts, name: segmentName(parts), port }];
    }),
  );
}
