// Short ways to say desired states of the world's nodes.

import { hostPrefix, type Prefix, parseIpv6, parsePrefix } from "../../src/srv6/address.ts";
import type { Behavior, EncapMode } from "../../src/srv6/behavior.ts";
import type { CandidatePath, Desired, LocalSid, Policy, Steering, TrafficClass } from "../../src/srv6/model.ts";
import type { Sid } from "../../src/srv6/sid.ts";
import { BLOCK, BLOCK_BITS, CSID_BITS } from "./world.ts";

export const MAIN_TABLE = 254;

/** A node of the domain with nothing wanted of it. */
export const IDLE: Desired = {
  domain: {
    blocks: [parsePrefix(BLOCK)],
    segments: ["core1", "upper", "lower", "core2"],
    management: [],
    requireHmac: false,
  },
  hmacKeys: [],
  tenants: [],
  localSids: [],
  policies: [],
  steering: [],
};

export const NEXT_CSID = { nextCsid: { blockBits: BLOCK_BITS, nodeFunctionBits: CSID_BITS } } as const;

/** A SID that shifts answers for every address that begins with it. */
export function local(sid: Sid, behavior: Behavior): LocalSid {
  const shifts = "flavors" in behavior && behavior.flavors?.nextCsid !== undefined;
  const length = shifts ? BLOCK_BITS + CSID_BITS : 128;
  return { prefix: { family: 6, address: sid, length }, behavior, counted: true };
}

export const path = (name: string, segments: readonly Sid[], weight = 1, mode: EncapMode = "encap"): CandidatePath => ({
  name,
  segments,
  weight,
  mode,
});

export const policy = (name: string, paths: readonly CandidatePath[], more: Partial<Policy> = {}): Policy => ({
  name,
  paths,
  active: "paths",
  ...more,
});

/** What leads to a policy: addresses, and classes. */
export const steer = (to: string, addresses: readonly string[], classes: readonly TrafficClass[] = []): Steering => ({
  policy: to,
  prefixes: addresses.map(destination),
  table: MAIN_TABLE,
  metric: 64,
  classes,
});

const destination = (address: string): Prefix =>
  address.includes(":") && !address.includes("/") ? hostPrefix(parseIpv6(address)) : parsePrefix(address);
