// What a POP of the world is to hold: its tenants, the SIDs that lead into them, and the way to the other POP's.

import { parsePrefix } from "../../src/srv6/address.ts";
import type { Behavior } from "../../src/srv6/behavior.ts";
import type { Desired, LocalSid } from "../../src/srv6/model.ts";
import type { Sid } from "../../src/srv6/sid.ts";
import { IDLE, other, type Pop, sidAt, sitePrefix, TABLE, TENANTS, type Tenant } from "./world.ts";

/** The behavior that takes a tenant's packets of a family out of their tunnel. */
export type Ways = Readonly<Record<4 | 6, "End.DT4" | "End.DT6" | "End.DT46">>;
export const ONE_SID: Ways = { 4: "End.DT46", 6: "End.DT46" };
export const TWO_SIDS: Ways = { 4: "End.DT4", 6: "End.DT6" };

const FAMILIES = [4, 6] as const;
const NUMBER = { "End.DT46": 0, "End.DT4": 4, "End.DT6": 6 } as const;

export const tenantSid = (pop: Pop, tenant: Tenant, action: Ways[4 | 6]): Sid =>
  sidAt(pop, 16 * (TENANTS.indexOf(tenant) + 1) + NUMBER[action]);

export type Tables = Readonly<Partial<Record<Tenant, number>>>;

/** Red's packets carry a routing header, blue's an outer header alone. */
export function desired(pop: Pop, ways: Ways, tables: Tables = TABLE): Desired {
  const tenants = TENANTS.flatMap((name) => {
    const table = tables[name];
    return table === undefined ? [] : [{ name, table }];
  });
  const pairs = tenants.flatMap((tenant) => FAMILIES.map((family) => ({ ...tenant, family, action: ways[family] })));
  return {
    ...IDLE,
    tenants,
    localSids: tenants.flatMap(({ name, table }) =>
      [...new Set(Object.values(ways))].map((action) => localSid(tenantSid(pop, name, action), action, table)),
    ),
    policies: pairs.map(({ name, family, action }) => ({
      name: `${name}-${family}`,
      active: "paths",
      paths: [
        {
          name: "only",
          segments: [tenantSid(other(pop), name, action)],
          weight: 1,
          mode: name === "red" ? "encap" : "encap.red",
        },
      ],
    })),
    steering: pairs.map(({ name, table, family }) => ({
      policy: `${name}-${family}`,
      prefixes: [parsePrefix(sitePrefix(other(pop), family))],
      table,
      metric: 64,
      classes: [],
    })),
  };
}

const localSid = (address: Sid, action: Ways[4 | 6], vrfTable: number): LocalSid => ({
  prefix: { family: 6, address, length: 128 },
  behavior: { action, vrfTable } as Behavior,
  counted: true,
});
