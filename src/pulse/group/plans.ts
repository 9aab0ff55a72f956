// What a member tells its pulse loop: whom to pulse, where to answer, as plain values. Pure.

import type { PeerId } from "../model.ts";
import type { NeighbourPlan, ReflectorPlan } from "../plan.ts";
import type { AddressOctets } from "../stamp-extensions.ts";
import type { Group, GroupMember } from "./model.ts";

/** Where a member's sockets are. */
export type MemberSockets = {
  /** Where they are bound, when that is not its address in the group: behind a translator of addresses. */
  readonly listen?: AddressOctets | undefined;
  readonly namespace?: string | undefined;
  /** The namespace that probes of paths leave from and are answered in. */
  readonly probes?: { readonly namespace: string; readonly port: number } | undefined;
};

/** A candidate path under proof: pulses to `address` take it (src/srv6/probe.ts makes that so). */
export type PathProbe = {
  readonly path: string;
  /** The member at its far end. */
  readonly peer: PeerId;
  readonly address: AddressOctets;
  /** Where this POP's own pulses on it come from. */
  readonly from: AddressOctets;
  readonly port: number;
  readonly intervalMs: number;
};

/** Ids of probes beside those of members: no name of a member holds a space. */
const PATH = "path ";
export const probeId = (path: string): PeerId => `${PATH}${path}` as PeerId;
export const pathOfId = (id: PeerId): string | undefined => (id.startsWith(PATH) ? id.slice(PATH.length) : undefined);

export function neighbourPlan(
  group: Group,
  self: GroupMember,
  { id, address, port }: GroupMember,
  intervalMs: number,
  { listen, namespace }: MemberSockets,
): NeighbourPlan {
  return { ...pulsing(group), id, address, port, intervalMs, from: listen ?? self.address, namespace, greets: true };
}

/** Of its own thread's statistics only: a path's pulses carry no row. */
export const probePlan = (group: Group, probe: PathProbe, { probes }: MemberSockets): NeighbourPlan => ({
  ...pulsing(group),
  id: probeId(probe.path),
  address: probe.address,
  port: probe.port,
  intervalMs: probe.intervalMs,
  from: probe.from,
  namespace: probes?.namespace,
  greets: false,
});

/** In its probe namespace it answers in both families, at all addresses of its prefixes. */
export function reflectorPlans(
  group: Group,
  { address, port }: GroupMember,
  { listen, namespace, probes }: MemberSockets,
): ReflectorPlan[] {
  const own = { ...answering(group), address: listen ?? address, port, namespace };
  if (probes === undefined) return [own];
  const anywhere = [4, 16].map((octets) => ({ ...answering(group), ...probes, address: new Uint8Array(octets) }));
  return [own, ...anywhere];
}

const secured = ({ key }: Group) => ({
  mode: key === undefined ? ("open" as const) : ("authenticated" as const),
  key,
  format: "ntp" as const,
});

const pulsing = (group: Group) => ({
  ...secured(group),
  extensions: [],
  countsDirectly: false,
  watchesLiveness: true,
  reflectorIsStateful: true,
});

const answering = (group: Group) => ({
  ...secured(group),
  stateful: true,
  sources: "neighbours" as const,
  returnAddresses: [],
  steersReplies: false,
});
