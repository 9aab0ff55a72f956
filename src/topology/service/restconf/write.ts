// What is changed: policies alone, one or all. To `data` it is committed at once; to the candidate it is an edit like any.

import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import type { PolicySpec, WanConfig } from "../../../wire/policy.ts";
import { policiesFromYang, policiesToYang } from "../../northbound/northbound.ts";
import { commitEdit, editCandidate } from "../../store/commits.ts";
import type { Store } from "../../store/store.ts";
import { checkConfig } from "../change-check.ts";
import { tidy } from "../change-diff.ts";
import { Unacceptable } from "./answers.ts";
import type { Target } from "./target.ts";
import { missing, records, type Tree } from "./tree.ts";

export const CHANGES = ["POST", "PUT", "PATCH", "DELETE"] as const;
export type Change = (typeof CHANGES)[number];

export type Written = { readonly created: string | undefined; readonly etag: number };

export async function written(
  store: Store,
  target: Target,
  method: Change,
  body: unknown,
  who: { readonly by: string; readonly ifMatch: number | undefined },
): Promise<Written> {
  let created: string | undefined;
  const change = changeOf(target, method, body);
  const edit = (before: WanConfig): WanConfig => {
    const after = change(before.policies);
    created = after.created;
    if (after.policies.length <= LIMITS.policiesMax) return tidy({ ...before, policies: [...after.policies] });
    throw new SrwanError("CHANGE_INVALID", `${after.policies.length} policies are more than ${LIMITS.policiesMax}`, {
      remedy: "Remove some first, or begin another WAN.",
    });
  };
  if (target.store === "candidate") {
    const { etag } = await editCandidate(store, who.by, who.ifMatch, edit);
    return { created, etag };
  }
  const known = new Map((await records(store)).map((record) => [record.name, record]));
  const { id } = await commitEdit(store, {
    by: who.by,
    why: `RESTCONF ${method}`,
    edit,
    check: (config) => checkConfig(config, known),
    ...(who.ifMatch === undefined ? {} : { seen: who.ifMatch }),
  });
  return { created, etag: id };
}

type Result = { readonly policies: readonly PolicySpec[]; readonly created?: string };

/** From the policies before to those after; all that the body says wrong is said here. */
function changeOf({ store, node }: Target, method: Change, body: unknown): (policies: readonly PolicySpec[]) => Result {
  const isWritable = store === "data" || store === "candidate";
  if (!isWritable || (node.kind !== "policies" && node.kind !== "policy")) {
    throw new Unacceptable(405, "this can be read and not written");
  }
  if (node.kind === "policies") {
    if (method === "DELETE") return () => ({ policies: [] });
    if (method === "POST") return inserted(onlyOf(body));
    const all = policiesFromYang(rootless(body, "srwan-policy:policies"));
    return method === "PUT" ? () => ({ policies: all }) : (policies) => all.reduce<Result>(put, { policies });
  }
  const { name } = node;
  if (method === "POST") throw new Unacceptable(405, "a policy has nothing below it that is made by itself");
  if (method === "DELETE") {
    return (policies) => ({ policies: without(policies, name) });
  }
  if (method === "PUT") {
    const one = named(onlyOf(body), name);
    return (policies) => put({ policies }, one);
  }
  return (policies) => {
    const before = policies.find((one) => one.name === name);
    if (before === undefined) throw missing(`policy ${name}`);
    return put({ policies }, named(merged(before, body), name));
  };
}

const inserted =
  (one: PolicySpec) =>
  (policies: readonly PolicySpec[]): Result => {
    if (!policies.some(({ name }) => name === one.name)) return put({ policies }, one);
    throw new SrwanError("ALREADY_THERE", `there is a policy ${one.name}`, { remedy: "PUT replaces it." });
  };

function put({ policies }: Result, one: PolicySpec): Result {
  const isThere = policies.some(({ name }) => name === one.name);
  if (!isThere) return { policies: [...policies, one], created: one.name };
  return { policies: policies.map((other) => (other.name === one.name ? one : other)) };
}

function without(policies: readonly PolicySpec[], name: string): readonly PolicySpec[] {
  const left = policies.filter((one) => one.name !== name);
  if (left.length < policies.length) return left;
  throw missing(`policy ${name}`);
}

/** Plain patch (RFC 8040 section 4.6.1): what is named is set, the rest stays. */
function merged(before: PolicySpec, body: unknown): PolicySpec {
  const [stands] = (policiesToYang([before])["srwan-policy:policies"] as { policy: readonly Tree[] }).policy;
  const [given] = entriesOf(body);
  return onlyOf({ "srwan-policy:policy": [{ ...stands, ...(given as Tree) }] });
}

function named(one: PolicySpec, name: string): PolicySpec {
  if (one.name === name) return one;
  throw new SrwanError("YANG_DATA_INVALID", `the policy is ${one.name}, and the address says ${name}`, {
    remedy: "Give it the name that its address has.",
  });
}

/** A body that is one policy: {"srwan-policy:policy": [ … ]}. */
function onlyOf(body: unknown): PolicySpec {
  const entries = entriesOf(body);
  const [one, ...more] = policiesFromYang({ "srwan-policy:policies": { policy: entries } });
  if (one !== undefined && more.length === 0) return one;
  throw oneWanted();
}

function entriesOf(body: unknown): readonly unknown[] {
  const { "srwan-policy:policy": given, ...others } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const entries = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (entries.length === 1 && Object.keys(others).length === 0) return entries;
  throw oneWanted();
}

const oneWanted = (): SrwanError =>
  new SrwanError("YANG_DATA_INVALID", "the body is not one policy", {
    remedy: 'Send {"srwan-policy:policy": [ … ]} with one entry.',
  });

function rootless(body: unknown, root: string): unknown {
  if (typeof body === "object" && body !== null && root in body) return body;
  throw new SrwanError("YANG_DATA_INVALID", `the body has no ${root}`, { remedy: `Send {"${root}": { … }}.` });
}
