// What the machine is to hold at this stage: every lane with what carries and what stands ready, and a way for each probe.
// Pure.

import { formatPrefix, type Prefix } from "../srv6/address.ts";
import type { CandidatePath, Desired, Policy, Steering } from "../srv6/model.ts";
import { probeAddresses } from "../srv6/probe.ts";
import type { Sid } from "../srv6/sid.ts";
import type { ReadDocument } from "./document.ts";
import { type Lane, type LanePath, overheadOctets } from "./lane.ts";
import type { LaneStage } from "./stage.ts";

/** A path under probe; the same list to the same POP is probed once, whoever uses it. */
export type PathProbe = {
  readonly to: string;
  readonly list: CandidatePath;
  readonly address: Prefix;
  readonly intervalMs: number;
  /** The ways that answers are asked to take; undefined: as the underlay leads them. */
  readonly backs: readonly (readonly Sid[] | undefined)[];
};

export type Goal = {
  readonly desired: Desired;
  readonly probes: readonly PathProbe[];
  /** What fits into a policy that something is steered into, whichever of its paths carries. */
  readonly mtus: ReadonlyMap<string, number>;
};

export type Staged = { readonly lane: Lane; readonly stage: Pick<LaneStage, "carry" | "spare"> };

const [MAIN_TABLE, METRIC, LEAST_MTU] = [254, 64, 1_280];

export const probeKey = (to: string, list: string): string => `${to} ${list}`;

/** `narrowest` of a segment: what its interface takes. The document knows of the path's others. */
export function goalOf(
  document: ReadDocument,
  staged: readonly Staged[],
  narrowest: (segment: string) => number | undefined,
): Goal {
  const probes = probesOf(staged);
  const policies = staged.map(policyOf);
  const steering = staged.flatMap(steeringOf);
  const mtus = staged.flatMap(({ lane, stage }) => {
    const octets = mtuOf([...stage.carry, ...stage.spare], narrowest);
    return octets === undefined ? [] : [[lane.policy, octets] as const];
  });
  return {
    probes,
    mtus: new Map(mtus),
    desired: {
      domain: document.domain,
      tunnelSource: document.tunnelSource as NonNullable<Desired["tunnelSource"]>,
      hmacKeys: document.hmacKeys,
      tenants: document.tenants,
      localSids: document.localSids,
      policies: [
        ...policies,
        ...probes.map(({ to, list }): Policy => ({ name: probePolicy(to, list.name), paths: [list], active: "paths" })),
      ],
      steering: [
        ...steering,
        ...probes.map(
          ({ to, list, address }): Steering => ({
            policy: probePolicy(to, list.name),
            prefixes: [address],
            table: MAIN_TABLE,
            metric: METRIC,
            classes: [],
          }),
        ),
      ],
    },
  };
}

/** No policy's name holds a slash. */
export const PROBE = "probe/";
const probePolicy = (to: string, list: string): string => `${PROBE}${to} ${list}`;

const policyOf = ({ lane, stage: { carry, spare } }: Staged): Policy => ({
  name: lane.policy,
  paths: carry.map(({ list }) => list),
  spare: spare.map(({ list }) => list),
  active: "paths",
  ...(lane.bindingSid === undefined || carry.length === 0 ? {} : { bindingSid: lane.bindingSid }),
  ...(lane.resilientBuckets === undefined ? {} : { resilientBuckets: lane.resilientBuckets }),
});

/** Nothing is steered into a policy that has nothing proved: its packets go as they went before. */
function steeringOf({ lane, stage }: Staged): Steering[] {
  if (stage.carry.length === 0) return [];
  const { prefixes, classes, table, family } = lane;
  return [
    {
      policy: lane.policy,
      prefixes,
      table,
      metric: METRIC,
      classes,
      ...(family === undefined ? {} : { family }),
    },
  ];
}

/** What passes over any of the paths, so that a shift from one to another changes no route. */
export function mtuOf(
  paths: readonly LanePath[],
  narrowest: (segment: string) => number | undefined,
): number | undefined {
  const each = paths.flatMap(({ list, first, mtuOctets }) => {
    const known = [mtuOctets, first === undefined ? undefined : narrowest(first)].filter((one) => one !== undefined);
    return known.length === 0 ? [] : [Math.max(LEAST_MTU, Math.min(...known) - overheadOctets(list))];
  });
  return each.length === 0 ? undefined : Math.min(...each);
}

function probesOf(staged: readonly Staged[]): PathProbe[] {
  const found = new Map<string, { lane: Lane; path: LanePath; intervalMs: number }>();
  for (const { lane, stage } of staged) {
    if (!lane.probed) continue;
    for (const path of [...stage.carry, ...stage.spare]) {
      const key = probeKey(lane.to, path.probe.name);
      const known = found.get(key);
      const intervalMs = Math.min(lane.probeMs, known?.intervalMs ?? lane.probeMs);
      found.set(key, { lane, path: known?.path.back === undefined ? path : known.path, intervalMs });
    }
  }
  const all = [...found.values()];
  const byFar = Map.groupBy(all, ({ lane }) => formatPrefix(lane.far));
  const addresses = new Map(
    [...byFar.values()]
      .map((group) => {
        const lists = group.map(({ path }) => path.probe.name);
        return [group[0]?.lane.far, probeAddresses(group[0]?.lane.far as Prefix, lists)] as const;
      })
      .map(([far, hosts]) => [formatPrefix(far as Prefix), hosts]),
  );
  return all.flatMap(({ lane, path, intervalMs }) => {
    const address = addresses.get(formatPrefix(lane.far))?.get(path.probe.name);
    if (address === undefined) return [];
    const others = all.filter((one) => one.lane.to === lane.to && one.path !== path).map((one) => one.path.back);
    const probe = { to: lane.to, list: path.probe, address, intervalMs, backs: waysBack(path.back, others) };
    return [probe];
  });
}

/**
 * The path's own way back, and another beside it: when only the first is silent it is the way back that is dead, and not
 * the path.
 */
function waysBack(
  own: readonly Sid[] | undefined,
  others: readonly (readonly Sid[] | undefined)[],
): readonly (readonly Sid[] | undefined)[] {
  if (own === undefined) return [undefined];
  const other = others.find((back) => back !== undefined && back.join() !== own.join());
  return [own, other];
}
