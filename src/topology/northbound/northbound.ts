// The door: policies and POPs as YANG-JSON, and back into the messages that the rest of the service knows.

import type { TSchema } from "typebox";
import { SrwanError } from "../../base/errors.ts";
import { fieldText, misfit } from "../../base/misfit.ts";
import { PolicySpec } from "../../wire/policy.ts";
import { PopRecord } from "../../wire/pop.ts";
import { judged } from "./compiled.ts";
import { fromYang, type Table, toYang } from "./fields.ts";
import { POLICY, POP } from "./tables.ts";

type Tree = Readonly<Record<string, unknown>>;

/** The whole tree of srwan-policy. */
export const policiesToYang = (policies: readonly PolicySpec[]): Tree => ({
  "srwan-policy:policies": { policy: policies.map((one) => toYang(POLICY, one)) },
});

/** The whole tree of srwan-topology. */
export const popsToYang = (pops: readonly PopRecord[]): Tree => ({
  "srwan-topology:pops": { pop: pops.map((one) => toYang(POP, one)) },
});

export const policiesFromYang = (data: unknown): PolicySpec[] =>
  entriesOf(judged("srwan-policy", data), "srwan-policy:policies", "policy").map((one) =>
    fitting(PolicySpec, POLICY, one),
  );

export const popsFromYang = (data: unknown): PopRecord[] =>
  entriesOf(judged("srwan-topology", data), "srwan-topology:pops", "pop").map((one) => fitting(PopRecord, POP, one));

const entriesOf = (tree: Tree, container: string, list: string): readonly Tree[] =>
  ((tree[container] as Tree | undefined)?.[list] as readonly Tree[] | undefined) ?? [];

/** What the modules let pass and the message does not. */
function fitting<T extends TSchema>(schema: T, table: Table, entry: Tree) {
  const value = fromYang(table, entry);
  const wrong = misfit(schema, value, "See the modules in yang/.");
  if (wrong === undefined) return value as never;
  throw new SrwanError("YANG_DATA_INVALID", `${String(value.name)}: ${fieldText(wrong.path)} ${wrong.what}`, {
    remedy: wrong.remedy,
  });
}
