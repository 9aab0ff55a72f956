// A local SID of the desired file as its behavior: what each needs it must have, and what it does not take is refused
// rather than passed over.

import type { FieldPath } from "../base/misfit.ts";
import { type Refuse, readAt, refuseUnknown } from "../base/yaml-file.ts";
import { formatPrefix, type Prefix, parseIpv4, parseIpv6 } from "./address.ts";
import type { Behavior, BehaviorAction, Flavors } from "./behavior.ts";
import type { DesiredFile } from "./desired-schema.ts";
import { parseSid } from "./sid.ts";

type Given = NonNullable<DesiredFile["localSids"]>[number];
type Field = Exclude<keyof Given, "sid" | "behavior" | "counted">;

const TAKES: Readonly<Record<BehaviorAction, readonly Field[]>> = {
  End: ["psp", "nextCsid"],
  "End.X": ["nexthop", "device", "psp", "nextCsid"],
  "End.T": ["table"],
  "End.DX2": ["device"],
  "End.DX4": ["nexthop"],
  "End.DX6": ["nexthop"],
  "End.DT4": ["tenant"],
  "End.DT6": ["table", "tenant"],
  "End.DT46": ["tenant"],
  "End.B6.Encaps": ["segments"],
};
const FIELDS = [...new Set(Object.values(TAKES).flat())];

export function readBehavior(
  given: Given,
  place: Prefix,
  path: FieldPath,
  tableOf: ReadonlyMap<string, number>,
  refuse: Refuse,
): Behavior {
  const action = given.behavior as BehaviorAction;
  const needless = FIELDS.find((field) => given[field] !== undefined && !TAKES[action].includes(field));
  if (needless !== undefined) {
    const takers = Object.entries(TAKES).flatMap(([name, fields]) => (fields.includes(needless) ? [name] : []));
    throw refuse([...path, needless], `is not for ${action}`, `Remove it; it is for ${takers.join(", ")}.`);
  }
  const need = <F extends Field>(field: F, name: string = field): NonNullable<Given[F]> => {
    const value = given[field];
    if (value === undefined) throw refuse(path, `: ${action} needs ${name}`, `Add ${name}.`);
    return value as NonNullable<Given[F]>;
  };
  const at = <T>(field: Field, read: () => T): T => readAt(refuse, [...path, field], read);
  const tenantTable = (): number => {
    const name = need("tenant");
    const table = tableOf.get(name);
    if (table !== undefined) return table;
    const sought = { what: "tenant", known: tableOf.keys(), remedy: "Add it under tenants." };
    throw refuseUnknown(refuse, [...path, "tenant"], name, sought);
  };
  switch (action) {
    case "End":
      return { action, ...flavorsOf(given, place, path, refuse) };
    case "End.X": {
      const nexthop = need("nexthop");
      const through = given.device === undefined ? {} : { device: given.device };
      const flavors = flavorsOf(given, place, path, refuse);
      return { action, nexthop: at("nexthop", () => parseIpv6(nexthop)), ...through, ...flavors };
    }
    case "End.T":
      return { action, table: need("table") };
    case "End.DX2":
      return { action, device: need("device") };
    case "End.DX4": {
      const nexthop = need("nexthop");
      return { action, nexthop: at("nexthop", () => parseIpv4(nexthop)) };
    }
    case "End.DX6": {
      const nexthop = need("nexthop");
      return { action, nexthop: at("nexthop", () => parseIpv6(nexthop)) };
    }
    case "End.DT4":
    case "End.DT46":
      return { action, vrfTable: tenantTable() };
    case "End.DT6":
      if (given.table !== undefined && given.tenant !== undefined) {
        throw refuse([...path, "table"], "and tenant are both there", "Give one of the two.");
      }
      return given.tenant === undefined
        ? { action, table: need("table", "table or tenant") }
        : { action, vrfTable: tenantTable() };
    case "End.B6.Encaps": {
      const segments = need("segments");
      return {
        action,
        segments: segments.map((text, i) => readAt(refuse, [...path, "segments", i], () => parseSid(text))),
      };
    }
  }
}

/** RFC 9800 §4.1: a NEXT-CSID SID is met with anything after its CSID, so it is a prefix of block and CSID. */
function flavorsOf(
  { psp, nextCsid }: Given,
  place: Prefix,
  path: FieldPath,
  refuse: Refuse,
): { readonly flavors?: Flavors } {
  if (nextCsid) {
    const bits = nextCsid.blockBits + nextCsid.nodeFunctionBits;
    if (bits !== place.length) {
      throw refuse(
        [...path, "nextCsid"],
        `: block and CSID are ${bits} bits, and the SID is ${formatPrefix(place)}`,
        bits < 128 ? `Write the SID as a prefix of ${bits} bits, or correct the lengths.` : "Give shorter lengths.",
      );
    }
  }
  const flavors = { ...(psp ? { psp } : {}), ...(nextCsid ? { nextCsid } : {}) };
  return Object.keys(flavors).length ? { flavors } : {};
}
