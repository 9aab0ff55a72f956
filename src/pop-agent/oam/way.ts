// Which way a sounding takes: the SID list of a policy's path as the last document has it, or one that was typed. Pure.

import { SrwanError } from "../../base/errors.ts";
import { formatIpv6, type Ipv6, parseIpv6, parsePrefix } from "../../srv6/address.ts";
import type { EncapMode } from "../../srv6/behavior.ts";
import { probeSource } from "../../srv6/probe.ts";
import { parseSid, type Sid } from "../../srv6/sid.ts";
import type { PopDesired, WirePath, WirePolicy } from "../../wire/desired.ts";
import { segmentParts } from "../../wire/parts.ts";

export type Way = {
  /** A POP, or an address. */
  readonly to: string;
  /** POPs on the way, where a document names them. */
  readonly over: readonly string[];
  readonly policy: string | undefined;
  readonly path: string | undefined;
  readonly source: Ipv6;
  readonly target: Ipv6;
  readonly sids: readonly Sid[];
  readonly mode: EncapMode;
  /** Signs the list; undefined where POPs do not sign. */
  readonly key: HmacKey | undefined;
};

type HmacKey = PopDesired["hmacKeys"][number];

export type Asked = {
  readonly pop: string | undefined;
  readonly policy: string | undefined;
  readonly path: string | undefined;
  readonly sids: string | undefined;
  readonly address: string | undefined;
};

/** Without a policy named, the first one that leads there; without a path, its first. */
export function wayOf(document: PopDesired, asked: Asked): Way {
  const source = probeSource(parsePrefix(document.settings.near)).address as Ipv6;
  const target = asked.address === undefined ? undefined : parseIpv6(asked.address);
  const key = keyOf(document);
  const typed = asked.sids?.split(",").map((sid) => parseSid(sid.trim()));
  if (typed !== undefined && target !== undefined) {
    const to = asked.pop ?? formatIpv6(target);
    return { to, over: [], policy: undefined, path: undefined, source, target, sids: typed, mode: "encap.red", key };
  }
  const policy = policyTo(document.policies, asked);
  const far = target ?? (probeSource(parsePrefix(policy.far)).address as Ipv6);
  const common = { to: policy.to, source, target: far, key };
  if (typed !== undefined)
    return { ...common, over: [], policy: undefined, path: undefined, sids: typed, mode: "encap.red" };
  const path = pathNamed(policy, asked.path);
  return {
    ...common,
    over: [...path.segments.map((segment) => segmentParts(segment).from), policy.to],
    policy: policy.name,
    path: path.name,
    sids: (path.probeSids ?? path.sids).map(parseSid),
    mode: path.mode,
  };
}

/** What policies sign with; where they do not and all has to be signed, the newest key there is. */
function keyOf({ policies, hmacKeys, settings }: PopDesired): HmacKey | undefined {
  const used = policies.flatMap(({ paths }) => paths).find(({ hmacKey }) => hmacKey !== undefined)?.hmacKey;
  return hmacKeys.find(({ id }) => id === used) ?? (settings.requireHmac === true ? hmacKeys.at(-1) : undefined);
}

function policyTo(policies: readonly WirePolicy[], { pop, policy: name }: Asked): WirePolicy {
  if (pop === undefined && name === undefined) {
    throw new SrwanError("USAGE", "neither a POP, nor a policy, nor --sids with --address was given", {
      remedy: "Name the POP: `srwan ping fra`; or both: --sids A,B,C --address ADDRESS.",
    });
  }
  const probed = policies.filter(({ unprobed }) => unprobed !== true);
  const found = probed.find(
    (one) => (name === undefined || one.name === name) && (pop === undefined || one.to === pop),
  );
  if (found !== undefined) return found;
  const known = probed.map((one) => `${one.name} to ${one.to}`).join(", ");
  throw new SrwanError(
    "POP_UNKNOWN",
    `no policy of this POP${name === undefined ? "" : ` named ${name}`} leads to ${pop ?? "anywhere"}`,
    {
      remedy:
        known === ""
          ? "Give --sids and --address, or commit a policy first."
          : `There are ${known}; or give --sids and --address.`,
    },
  );
}

function pathNamed({ name, paths, backup }: WirePolicy, wanted: string | undefined): WirePath {
  const all = backup === undefined ? paths : [...paths, backup];
  const found = wanted === undefined ? all[0] : all.find((path) => path.name === wanted);
  if (found !== undefined) return found;
  throw new SrwanError("POP_UNKNOWN", `policy ${name} has no path ${wanted ?? "at all"}`, {
    remedy: `Use one of ${all.map((path) => path.name).join(", ")}.`,
  });
}
