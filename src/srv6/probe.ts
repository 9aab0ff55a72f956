// Proof of a path before traffic moves onto it: each candidate path gets an address of its own at the far end, and what is
// sent there goes over that path and no other. Pure: the addresses, and what has to be added to a desired state.

import { SrwanError } from "../base/errors.ts";
import { BITS, formatPrefix, type Prefix } from "./address.ts";
import type { CandidatePath, Desired, Policy, Steering } from "./model.ts";

/** Which policy's paths are probed, and where the far end's probe addresses lie. */
export type ProbeTarget = { readonly policy: string; readonly far: Prefix };

export type Probe = {
  readonly policy: string;
  readonly path: string;
  /** A host of the far prefix. */
  readonly address: Prefix;
};

/** Probe addresses stay away from everything that a person would number by hand: the first and the last of a prefix. */
const [MARGIN, LEAST_HOST_BITS] = [16n, 6];
const MAIN_TABLE = 254;
const METRIC = 64;
/** Of policies that carry probes and nothing else; a dot separates, as names may hold one only inside. */
export const PROBE_POLICY = "probe.";

/**
 * A host for each name, the same for the same names on every machine: the far end computes the address that we probe
 * from, and nothing is stored. Names that meet at one host are told apart in their order.
 */
export function probeAddresses(prefix: Prefix, names: readonly string[]): ReadonlyMap<string, Prefix> {
  const hostBits = BITS[prefix.family] - prefix.length;
  if (hostBits < LEAST_HOST_BITS) {
    throw new SrwanError("VALUE_INVALID", `${formatPrefix(prefix)} is too small for probe addresses`, {
      remedy: `Give a prefix with at least ${LEAST_HOST_BITS} bits left, for example a /64 or a /24.`,
    });
  }
  const room = (1n << BigInt(Math.min(hostBits, 64))) - 2n * MARGIN;
  const taken = new Set<bigint>();
  const placed = names.toSorted().map((name): [string, Prefix] => {
    let host = hash(name) % room;
    while (taken.has(host)) host = (host + 1n) % room;
    taken.add(host);
    return [name, { family: prefix.family, address: prefix.address | (host + MARGIN), length: BITS[prefix.family] }];
  });
  return new Map(placed);
}

/** All probes of a POP leave from one address of its own: answers are told apart by their sessions. */
export const probeSource = (near: Prefix): Prefix => probeAddresses(near, ["source"]).get("source") as Prefix;

/** FNV-1a of 64 bits. */
function hash(name: string): bigint {
  let value = 0xcbf29ce484222325n;
  for (const octet of new TextEncoder().encode(name)) {
    value = BigInt.asUintN(64, (value ^ BigInt(octet)) * 0x100000001b3n);
  }
  return value;
}

/** Paths of a policy that a probe can take, those that carry nothing too: they most need proof before they are used. */
export const pathsOf = ({ paths, backup, spare = [] }: Policy): readonly CandidatePath[] =>
  backup === undefined ? [...paths, ...spare] : [...paths, backup, ...spare];

/** The desired state with a way for every probe, and the probes. What is probed is the very SID list, mode and key. */
export function withProbes(
  desired: Desired,
  targets: readonly ProbeTarget[],
): { readonly desired: Desired; readonly probes: readonly Probe[] } {
  const added = targets.flatMap(({ policy: name, far }) => {
    const policy = desired.policies.find((one) => one.name === name);
    if (policy === undefined) {
      throw new SrwanError("VALUE_INVALID", `there is no policy ${name} to probe`, {
        remedy: `Name one of ${desired.policies.map((one) => one.name).join(", ") || "none: the file has no policies"}.`,
      });
    }
    const paths = pathsOf(policy);
    const addresses = probeAddresses(
      far,
      paths.map((path) => path.name),
    );
    return paths.flatMap((path) => {
      const address = addresses.get(path.name);
      return address === undefined ? [] : [{ policy: name, path, address }];
    });
  });
  const nameOf = (policy: string, path: string): string => `${PROBE_POLICY}${policy}.${path}`;
  const policies = added.map(
    ({ policy, path }): Policy => ({
      name: nameOf(policy, path.name),
      paths: [{ ...path, weight: 1 }],
      active: "paths",
    }),
  );
  const steering = added.map(
    ({ policy, path, address }): Steering => ({
      policy: nameOf(policy, path.name),
      prefixes: [address],
      table: MAIN_TABLE,
      metric: METRIC,
      classes: [],
    }),
  );
  return {
    desired: {
      ...desired,
      policies: [...desired.policies, ...policies],
      steering: [...desired.steering, ...steering],
    },
    probes: added.map(({ policy, path, address }) => ({ policy, path: path.name, address })),
  };
}
