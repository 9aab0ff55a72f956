// The difference of two versions of a POP's document, and its way back to the newer one. Pure.

import { Equal } from "typebox/value";
import { SrwanError } from "../base/errors.ts";
import type { PopDelta, PopDesired } from "./desired.ts";

/** What names an entry within its list. */
const KEYS = {
  tenants: (one: PopDesired["tenants"][number]) => one.name,
  hmacKeys: (one: PopDesired["hmacKeys"][number]) => String(one.id),
  localSids: (one: PopDesired["localSids"][number]) => one.sid,
  policies: (one: PopDesired["policies"][number]) => one.name,
  peers: (one: PopDesired["peers"][number]) => one.segment,
} as const;
type List = keyof typeof KEYS;
const LISTS = Object.keys(KEYS) as List[];

type Entry = PopDesired[List][number];
const keyOf = (list: List, entry: Entry): string => (KEYS[list] as (one: Entry) => string)(entry);
const entries = (document: PopDesired, list: List): readonly Entry[] => document[list];

export function deltaOf(from: PopDesired, to: PopDesired): PopDelta {
  const set: Partial<Record<List, Entry[]>> = {};
  const remove: Partial<Record<List, string[]>> = {};
  for (const list of LISTS) {
    const before = new Map(entries(from, list).map((one) => [keyOf(list, one), one]));
    const changed: Entry[] = [];
    for (const one of entries(to, list)) {
      const key = keyOf(list, one);
      if (!Equal(before.get(key), one)) changed.push(one);
      before.delete(key);
    }
    if (changed.length > 0) set[list] = changed;
    if (before.size > 0) remove[list] = [...before.keys()];
  }
  const same = Equal(from.settings, to.settings);
  const lists = { set, remove } as Pick<PopDelta, "set" | "remove">;
  return { base: from.version, version: to.version, ...(same ? {} : { settings: to.settings }), ...lists };
}

/** The newer version; entries keep their order, and new ones come last. */
export function applyDelta(document: PopDesired, delta: PopDelta): PopDesired {
  if (delta.base !== document.version) {
    throw new SrwanError("WIRE_OUT_OF_STEP", `a change from version ${delta.base} met version ${document.version}`, {
      remedy: "The agent asks for the whole document; nothing is to be done.",
    });
  }
  const lists = Object.fromEntries(
    LISTS.map((list) => {
      const gone = new Set<string>(delta.remove[list]);
      const kept = entries(document, list).filter((one) => !gone.has(keyOf(list, one)));
      const all = new Map(kept.map((one) => [keyOf(list, one), one]));
      for (const one of (delta.set[list] ?? []) as Entry[]) all.set(keyOf(list, one), one);
      return [list, [...all.values()]];
    }),
  ) as Pick<PopDesired, List>;
  return { version: delta.version, settings: delta.settings ?? document.settings, ...lists };
}
