// A group of members as values. group.ts reads it from its file.

import type { PeerId } from "../model.ts";
import type { AddressOctets } from "../stamp-extensions.ts";
import { leastDelayUs, type Place } from "./place.ts";

export type GroupMember = {
  readonly id: PeerId;
  readonly address: AddressOctets;
  readonly port: number;
  readonly place: Place | undefined;
};

export type Group = {
  readonly name: string;
  readonly intervalMs: number;
  readonly fastIntervalMs: number;
  /** All members' clocks follow UTC within this; undefined: no clock is believed. */
  readonly clocksWithinUs: number | undefined;
  /** Every pulse is signed with it. */
  readonly key: Uint8Array | undefined;
  /** In the order that all members know. */
  readonly members: readonly GroupMember[];
};

export const idsOf = ({ members }: Group): readonly PeerId[] => members.map(({ id }) => id);

/** What light needs at least between two members; 0 where one of them does not say where it stands. */
export function floorsOf({ members }: Group): (from: PeerId, to: PeerId) => number {
  const places = new Map(members.map(({ id, place }) => [id, place]));
  return (from, to) => {
    const [a, b] = [places.get(from), places.get(to)];
    return a === undefined || b === undefined ? 0 : leastDelayUs(a, b);
  };
}

export const sameMember = (a: GroupMember, b: GroupMember): boolean =>
  a.port === b.port && sameOctets(a.address, b.address);

/** What a member's sockets and packets are made of: with another of these it has to be started anew. */
export const sameFootings = (a: Group, b: Group): boolean =>
  sameOctets(a.key, b.key) && (a.clocksWithinUs === undefined) === (b.clocksWithinUs === undefined);

export function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
