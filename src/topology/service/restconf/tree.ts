// What is read at a node of a datastore, as YANG-JSON, with the number that stands for its state.

import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import type { PolicySpec } from "../../../wire/policy.ts";
import type { PopRecord } from "../../../wire/pop.ts";
import { policiesToYang, popsToYang } from "../../northbound/northbound.ts";
import { candidate, running } from "../../store/commits.ts";
import { popsOf } from "../../store/pops.ts";
import type { Store } from "../../store/store.ts";
import { capabilities, yangLibrary } from "./discovery.ts";
import type { StoreName, Target } from "./target.ts";

export type Tree = Readonly<Record<string, unknown>>;
export type Shown = { readonly body: Tree; readonly etag: number | undefined };

/** `content`: policies are configuration, POPs and the library are state. */
export async function shown(
  store: Store,
  { store: name, node }: Target,
  content: "config" | "nonconfig" | "all",
): Promise<Shown> {
  const [isConfig, isState] = [
    content !== "nonconfig",
    content !== "config" && name !== "candidate" && name !== "running",
  ];
  switch (node.kind) {
    case "library":
      return { body: isState ? yangLibrary() : {}, etag: undefined };
    case "monitoring":
      return { body: isState ? capabilities(node.within) : {}, etag: undefined };
    case "pops":
      return { body: isState ? popsToYang(await records(store)) : {}, etag: undefined };
    case "pop": {
      const record = (await records(store)).find((one) => one.name === node.name);
      if (record === undefined || !isState) throw missing(`POP ${node.name}`);
      return {
        body: { "srwan-topology:pop": entriesOf(popsToYang([record]), "srwan-topology:pops", "pop") },
        etag: undefined,
      };
    }
    case "policies": {
      const { policies, etag } = await configuration(store, name);
      return { body: isConfig ? policiesToYang(policies) : {}, etag };
    }
    case "policy": {
      const { policies, etag } = await configuration(store, name);
      const policy = policies.find((one) => one.name === node.name);
      if (policy === undefined || !isConfig) throw missing(`policy ${node.name}`);
      return {
        body: { "srwan-policy:policy": entriesOf(policiesToYang([policy]), "srwan-policy:policies", "policy") },
        etag,
      };
    }
    case "root": {
      const { policies, etag } = await configuration(store, name);
      const state = isState
        ? { ...popsToYang(await records(store)), ...yangLibrary(), ...capabilities(undefined) }
        : {};
      return { body: { "ietf-restconf:data": { ...(isConfig ? policiesToYang(policies) : {}), ...state } }, etag };
    }
  }
}

const entriesOf = (tree: Tree, container: string, list: string): unknown => (tree[container] as Tree)[list];

async function configuration(
  store: Store,
  name: StoreName,
): Promise<{ readonly policies: readonly PolicySpec[]; readonly etag: number }> {
  if (name === "candidate") {
    const { config, etag } = await store.read((db) => candidate(db));
    return { policies: config.policies, etag };
  }
  const { config, id } = await store.read((db) => running(db));
  return { policies: config.policies, etag: id };
}

export const records = async (store: Store): Promise<readonly PopRecord[]> =>
  (await popsOf(store, { limit: LIMITS.popsMax })).map(({ record }) => record);

export const missing = (what: string): SrwanError =>
  new SrwanError("NOT_THERE", `there is no ${what} here`, { remedy: "Read the list it would stand in." });
