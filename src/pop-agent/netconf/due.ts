// What has to be done so that a router holds what it is to hold, and what it counted.

import type { Driver as Family } from "../../netconf/devices/driver.ts";
import { keyOf } from "../../netconf/devices/intent-file.ts";
import { type DeviceCapabilities, lacking } from "../../netconf/devices/modules.ts";
import { onBox } from "../../netconf/devices/names.ts";
import type { Session } from "../../netconf/session.ts";
import type { XmlElement } from "../../netconf/xml/element.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import type { Reading } from "../count.ts";
import type { Wanted } from "./intents.ts";
import { stateOf } from "./router.ts";
import { trialOf } from "./standing.ts";

/** Something wanted that does not stand as it should, and how it differs. */
export type Due = Wanted & { readonly why: string };

type Read = { readonly config: readonly XmlElement[]; readonly intents: readonly DeviceIntent[] };

export function differencesOf(
  family: Family,
  wanted: readonly Wanted[],
  { config, intents }: Read,
  owned: ReadonlySet<string>,
): { readonly set: readonly Due[]; readonly gone: readonly DeviceIntent[] } {
  const keys = new Set(wanted.map(({ intent }) => keyOf(intent)));
  const gone = intents.filter((one) => owned.has(keyOf(one)) && !keys.has(keyOf(one)));
  const all = wanted.map(({ intent }) => intent);
  if (all.length === 0 || family.expected(...all).compare(config).length === 0) return { set: [], gone };
  const set = wanted.flatMap((one) => {
    const [why] = family.expected(one.intent).compare(config);
    return why === undefined ? [] : [{ ...one, why }];
  });
  return { set, gone };
}

/** What goes together, in the order of what leans on what: a policy with its routes. */
export const unitsOf = (set: readonly Due[]): readonly (readonly Due[])[] => [
  ...Map.groupBy(set, ({ unit }) => unit).values(),
];

/** Of policies alone: what an interface counts there is not what is counted elsewhere. */
export async function readingsOf(
  family: Family,
  capabilities: DeviceCapabilities,
  session: Session,
  intents: readonly DeviceIntent[],
): Promise<readonly Reading[]> {
  const source = family.counters.find(({ what }) => what === "policy");
  if (source === undefined || capabilities.modules.size === 0) return [];
  if (lacking(source.modules, capabilities).length > 0) return [];
  const names = new Map(
    intents.flatMap((one) => {
      if (one.kind !== "policy" || trialOf(one.name) !== undefined) return [];
      return [onBox(one.name), `srte_c_${one.color}_ep_${one.endpoint}`].map((name) => [name, one.name] as const);
    }),
  );
  return source.read(await stateOf(session, source.filter)).flatMap(({ name, packets, octets }) => {
    const policy = names.get(name);
    return policy === undefined ? [] : [{ what: "policy" as const, name: policy, packets, octets }];
  });
}
