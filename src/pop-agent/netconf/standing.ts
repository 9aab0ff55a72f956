// What a router holds of ours, read back: which lists carry a lane, which stand ready, and by what colors the router knows
// its policies. Pure.

import { formatIpv6 } from "../../srv6/address.ts";
import type { CandidatePath } from "../../srv6/model.ts";
import { PROBE_POLICY } from "../../srv6/probe.ts";
import { parseSid } from "../../srv6/sid.ts";
import type { DeviceIntent, IntentOf } from "../../wire/intent.ts";
import { allPaths, keyOf, type Lane, pathKey } from "../lane.ts";

export type Standing = { readonly policies: ReadonlyMap<string, IntentOf<"policy">> };

export const standingOf = (intents: readonly DeviceIntent[]): Standing => ({
  policies: new Map(intents.flatMap((one) => (one.kind === "policy" ? [[one.name, one] as const] : []))),
});

/** The policy that a list is tried as. */
export const trialName = (key: string): string => `${PROBE_POLICY}${key}`;
/** The list that is tried so. */
export const trialOf = (policy: string): string | undefined =>
  policy.startsWith(PROBE_POLICY) ? policy.slice(PROBE_POLICY.length) : undefined;

export type RouterLanes = {
  readonly carried: ReadonlyMap<string, readonly CandidatePath[]>;
  /** "lane key" of each list that stands as it should. */
  readonly installed: ReadonlySet<string>;
};

export function lanesOn(standing: Standing, lanes: readonly Lane[]): RouterLanes {
  const carried = new Map<string, readonly CandidatePath[]>();
  const installed = new Set<string>();
  for (const lane of lanes) {
    const lists = new Map(allPaths(lane).map((path) => [keyOf(path), path.list]));
    const stands = standing.policies.get(lane.policy)?.paths ?? [];
    carried.set(
      lane.policy,
      stands.flatMap(({ name, sids, weight }) => {
        const list = lists.get(name) ?? orphanOf(name, sids);
        return list !== undefined && says(list, sids) ? [{ ...list, weight }] : [];
      }),
    );
    for (const path of allPaths(lane)) {
      const isThere = (lane.probed ? [path.list, path.probe] : [path.list]).every((list) => {
        const trial = standing.policies.get(trialName(list.name))?.paths[0];
        return trial !== undefined && says(list, trial.sids);
      });
      if (isThere) installed.add(`${lane.policy} ${keyOf(path)}`);
    }
  }
  return { carried, installed };
}

const says = ({ segments }: CandidatePath, sids: readonly string[]): boolean =>
  segments.length === sids.length && segments.every((segment, i) => formatIpv6(segment) === sids[i]);

/** A list that no document names any more is known by its key, which is made of what it says. */
export function orphanOf(key: string, sids: readonly string[]): CandidatePath | undefined {
  const segments = sids.map(parseSid);
  for (const mode of ["encap.red", "encap"] as const) {
    if (pathKey({ mode, segments }) === key) return { name: key, segments, mode, weight: 1 };
  }
  return undefined;
}

/** A router tells policies apart by color and end; each of ours has a color of its own, and keeps it while it stands. */
export class Colors {
  readonly #standing: Standing;
  readonly #used: Set<number>;

  constructor(standing: Standing) {
    this.#standing = standing;
    this.#used = new Set([...standing.policies.values()].map(({ color }) => color));
  }

  of(policy: string, end: string): { readonly color: number; readonly endpoint: string } {
    const stands = this.#standing.policies.get(policy);
    if (stands !== undefined) return { color: stands.color, endpoint: stands.endpoint };
    let color = hash(policy);
    while (color === 0 || this.#used.has(color)) color = (color + 1) >>> 0;
    this.#used.add(color);
    return { color, endpoint: end };
  }
}

/** FNV-1a of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(text)) value = Math.imul(value ^ octet, 0x01000193) >>> 0;
  return value;
}
