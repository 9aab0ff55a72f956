// A path below {+restconf} as what it means: a datastore, and a node of our modules in it (RFC 8040 section 3.5.3). Pure.

import { SrwanError } from "../../../base/errors.ts";

/** data: in force, and committed at once when it is written. */
export const STORES = ["data", "running", "candidate", "operational"] as const;
export type StoreName = (typeof STORES)[number];

export type Node =
  | { readonly kind: "root" }
  | { readonly kind: "policies" }
  | { readonly kind: "policy"; readonly name: string }
  | { readonly kind: "pops" }
  | { readonly kind: "pop"; readonly name: string }
  | { readonly kind: "library" }
  | { readonly kind: "monitoring"; readonly within: "capabilities" | undefined };

export type Target = { readonly store: StoreName; readonly node: Node };

const DATASTORE = "ietf-datastores:";

/** `path`: what stands behind "/restconf/", as it came. */
export function targetOf(path: string): Target {
  const [first = "", ...rest] = path.replace(/\/$/, "").split("/");
  if (first === "data") return { store: "data", node: nodeOf(rest) };
  const [named = "", ...steps] = rest;
  const store = STORES.find((one) => one !== "data" && `${DATASTORE}${one}` === named);
  if (first === "ds" && store !== undefined) return { store, node: nodeOf(steps) };
  throw notThere(path);
}

function nodeOf([first, second, ...more]: readonly string[]): Node {
  if (first === undefined) return { kind: "root" };
  if (more.length > 0) throw notThere([first, second, ...more].join("/"));
  if (first === "ietf-yang-library:yang-library" && second === undefined) return { kind: "library" };
  if (first === "ietf-restconf-monitoring:restconf-state" && (second === undefined || second === "capabilities")) {
    return { kind: "monitoring", within: second };
  }
  for (const { module, list, entry } of LISTS) {
    if (first !== `${module}:${list}`) continue;
    if (second === undefined) return { kind: list };
    const [, key] = /^(?:[\w-]+:)?[\w-]+=(.+)$/.exec(second) ?? [];
    const name = second.replace(/=.*$/, "").replace(`${module}:`, "");
    if (name === entry && key !== undefined) return { kind: entry, name: decoded(key) };
  }
  throw notThere([first, second].join("/"));
}

export const LISTS = [
  { module: "srwan-policy", list: "policies", entry: "policy" },
  { module: "srwan-topology", list: "pops", entry: "pop" },
] as const;

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    throw notThere(key);
  }
}

const notThere = (path: string): SrwanError =>
  new SrwanError("NOT_THERE", `${path} is no resource here`, {
    remedy:
      "Read /restconf/data/ietf-yang-library:yang-library and the modules it names; go down to an entry of a list.",
  });

/** As an error names it: an instance-identifier of RFC 7951. */
export function instancePath({ node }: Target): string | undefined {
  switch (node.kind) {
    case "root":
      return undefined;
    case "library":
      return "/ietf-yang-library:yang-library";
    case "monitoring":
      return "/ietf-restconf-monitoring:restconf-state";
    case "policies":
      return "/srwan-policy:policies";
    case "pops":
      return "/srwan-topology:pops";
    case "policy":
      return `/srwan-policy:policies/policy[name='${node.name}']`;
    case "pop":
      return `/srwan-topology:pops/pop[name='${node.name}']`;
  }
}
