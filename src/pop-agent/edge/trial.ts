// The trial of a POP's edge: what is forged at which of its SIDs, what the edge counted, what got past it.

import { RealClock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatIpv6, type Ipv6, type Prefix, parseIpv6 } from "../../srv6/address.ts";
import type { RefusedKind } from "../../srv6/linux/edge.ts";
import { refusedPackets } from "../../srv6/linux/nft.ts";
import type { KernelObject, Seg6Local } from "../../srv6/linux/objects.ts";
import { FORGED, FORGED_KINDS, type ForgedKind, forge, honest, type Targets } from "./forge.ts";
import { OutsidePort, type PortAddresses } from "./port.ts";

/** What is known of the POP: SIDs in its kernel, where SIDs live, and the source of its tunnels where one is set. */
export type Pop = {
  readonly ours: readonly KernelObject[];
  readonly blocks: readonly Prefix[];
  readonly source: Ipv6 | undefined;
};

export type Tried = {
  readonly kind: ForgedKind;
  readonly about: string;
  readonly target: string;
  /** There is none of this kind here: an address of the block stood for it. */
  readonly made: boolean;
  readonly sent: number;
  /** By the edge, under `countedAs`; others may send such packets meanwhile. */
  readonly refused: number;
  readonly countedAs: RefusedKind;
  readonly passed: number;
  readonly verdict: "refused" | "passed" | "uncounted" | "unsent";
};

export type Trial = {
  readonly honest: { readonly sent: number; readonly passed: number };
  readonly tried: readonly Tried[];
};

/** Unique local addresses (RFC 4193) that are this trial's alone, and nobody's route. */
const addressesOf = (pid: number): PortAddresses => {
  const [pop, us, back] = ["1", "2", "3"].map((host) =>
    parseIpv6(`fd5e:d0c:ed9e:${(pid & 0xffff).toString(16)}::${host}`),
  );
  return { pop, us, back } as PortAddresses;
};

export async function tryEdge(pop: Pop, perKind: number): Promise<Trial> {
  if (refusedPackets() === undefined) {
    throw new SrwanError("EDGE_ABSENT", "no edge stands here: there is no nftables table inet srwan", {
      remedy: "Start the agent, or `srwan route apply`; then try again.",
    });
  }
  const addresses = addressesOf(process.pid);
  const { targets, made } = targetsIn(pop, addresses);
  const port = await OutsidePort.open(addresses);
  try {
    const control = await send(port, perKind, (i) => honest(targets, i));
    const tried: Tried[] = [];
    for (const kind of FORGED_KINDS) {
      const before = countOf(kind);
      const { sent, arrived, passed } = await send(port, perKind, (i) => forge(kind, targets, i));
      const refused = Math.max(0, Number(countOf(kind) - before));
      tried.push({
        kind,
        about: FORGED[kind].about,
        target: formatIpv6(FORGED[kind].target(targets)),
        made: made.has(kind),
        sent,
        refused,
        countedAs: FORGED[kind].counts,
        passed,
        verdict: passed > 0 ? "passed" : arrived < perKind ? "unsent" : refused < sent ? "uncounted" : "refused",
      });
    }
    return { honest: { sent: control.sent, passed: control.passed }, tried };
  } finally {
    await port.close();
  }
}

const countOf = (kind: ForgedKind): bigint => refusedPackets()?.get(FORGED[kind].counts) ?? 0n;

async function send(port: OutsidePort, count: number, packet: (number: number) => Uint8Array) {
  const before = port.counts();
  const packets = function* () {
    for (let i = 0; i < count; i++) yield packet(i);
  };
  const sent = port.send(packets());
  const clock = new RealClock();
  let now = port.counts();
  for (let i = 0; i < LIMITS.edgeTrialLooks && now.arrived - before.arrived < sent; i++) {
    await clock.sleepMs(LIMITS.edgeTrialLookMs);
    now = port.counts();
  }
  return { sent, arrived: now.arrived - before.arrived, passed: now.passed - before.passed };
}

/** Real SIDs where there are any: an address that nobody answers for would prove little. */
export function targetsIn(
  { ours, blocks, source }: Pop,
  addresses: PortAddresses,
): { readonly targets: Targets; readonly made: ReadonlySet<ForgedKind> } {
  const sids = ours.flatMap((object): { readonly prefix: Prefix; readonly local: Seg6Local }[] => {
    if (object.kind !== "route" || object.prefix.family !== 6 || object.target.kind !== "hops") return [];
    const { prefix } = object;
    return object.target.hops.flatMap(({ encap }) => (encap?.kind === "seg6local" ? [{ prefix, local: encap }] : []));
  });
  const find = (fits: (local: Seg6Local) => boolean): Ipv6 | undefined =>
    sids.find(({ local }) => fits(local))?.prefix.address as Ipv6 | undefined;
  const [block] = blocks;
  const some = (host: bigint): Ipv6 => (((block?.address ?? 0n) | host) & ((1n << 128n) - 1n)) as Ipv6;
  const found = {
    sid: find(({ behavior }) => behavior.action === "End") ?? find(({ behavior }) => behavior.action === "End.X"),
    binding: bindingSid(ours) ?? find(({ behavior }) => behavior.action === "End.B6.Encaps"),
    exit: find(({ behavior }) => /^End\.D[TX]/.test(behavior.action)),
    carrier: undefined as Ipv6 | undefined,
  };
  found.carrier = carrierOf(sids, found.exit ?? 0n);
  const targets: Targets = {
    ...addresses,
    sid: found.sid ?? some(0xe1n),
    binding: found.binding ?? some(0xb6n),
    exit: found.exit ?? some(0xd6n),
    carrier: found.carrier ?? some(0xc1n),
    source: source ?? some(0x50n),
  };
  const real = new Set<Ipv6>([...Object.values(found), source, addresses.pop].filter((one) => one !== undefined));
  return { targets, made: new Set(FORGED_KINDS.filter((kind) => !real.has(FORGED[kind].target(targets)))) };
}

/** A compressed SID of ours, and behind it what the exit has after the block: the next one (RFC 9800 §4.1). */
function carrierOf(
  sids: readonly { readonly prefix: Prefix; readonly local: Seg6Local }[],
  exit: bigint,
): Ipv6 | undefined {
  for (const { prefix, local } of sids) {
    const csid = "flavors" in local.behavior ? local.behavior.flavors?.nextCsid : undefined;
    if (csid === undefined) continue;
    const after = exit & ((1n << BigInt(128 - csid.blockBits)) - 1n);
    return (prefix.address | (after >> BigInt(csid.nodeFunctionBits))) as Ipv6;
  }
  return undefined;
}

/** A policy's SID leads to a group of nexthop objects that wrap. */
function bindingSid(ours: readonly KernelObject[]): Ipv6 | undefined {
  const wraps = new Set(
    ours.flatMap((one) => (one.kind === "nexthop" && one.hop.encap?.kind === "seg6local" ? [one.id] : [])),
  );
  const groups = new Set(
    ours.flatMap((one) => (one.kind === "group" && one.members.some(({ id }) => wraps.has(id)) ? [one.id] : [])),
  );
  for (const one of ours) {
    if (one.kind === "route" && one.target.kind === "nexthop" && groups.has(one.target.id))
      return one.prefix.address as Ipv6;
  }
  return undefined;
}
