// Reads a containerlab file into a lab. Defaults, kinds and groups reach a node as containerlab merges them; what names
// something that is not there, or uses something twice, is refused with its line.

import { Errors } from "typebox/value";
import { LIMITS } from "../base/limits.ts";
import type { FieldPath } from "../base/misfit.ts";
import { nearest } from "../base/nearest.ts";
import { type Refuse, readYaml, refuseUnknown } from "../base/yaml-file.ts";
import { covers, formatIpv6, formatPrefix } from "../srv6/address.ts";
import { type Labels, readLinkLabels, readNodeLabels } from "./labels.ts";
import { endText, type Lab, type LabLink, type LabNode, type LinkEnd } from "./model.ts";
import { LinkEndFields, type LinkFields, type NodeFields, TopologyFile } from "./topology-schema.ts";

/** Containerlab's own rule for names of labs and nodes, and the length a host name may have. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._|-]{0,62}$/;
/** The kernel's rule; names of other systems' interfaces are their own affair. */
const INTERFACE = /^[^\s/:]{1,15}$/;
/** Brief ends that stand for the machine itself. */
const OUTSIDE = ["host", "mgmt-net", "macvlan"];

type Topology = TopologyFile["topology"];

export function readLab(text: string, file: string): Lab {
  const reference = "the containerlab manual on topology files, and labs/containerlab/README.md";
  const { value, refuse } = readYaml(TopologyFile, { text, file, code: "LAB_INVALID", reference });
  if (!NAME.test(value.name)) throw refuse(["name"], `= "${value.name}" is no name`, NAME_REMEDY);
  const names = Object.keys(value.topology.nodes);
  if (names.length > LIMITS.labNodesMax) {
    throw refuse(["topology", "nodes"], `has ${names.length} nodes`, `Give ${LIMITS.labNodesMax} or fewer.`);
  }
  const nodes = names.map((name) => readNode(name, value.topology, refuse));
  refuseSharedThings(nodes, refuse);
  const links: LabLink[] = [];
  const notBuilt: string[] = [];
  const usedBy = new Map<string, number>();
  for (const [i, given] of (value.topology.links ?? []).entries()) {
    const path: FieldPath = ["topology", "links", i];
    const link = readLink(given, path, nodes, refuse);
    if (typeof link === "string") {
      notBuilt.push(`link ${i + 1}: ${link}`);
      continue;
    }
    for (const [side, end] of [link.a, link.b].entries()) {
      const user = usedBy.get(endText(end));
      if (user !== undefined) {
        const what = `: ${endText(end)} is used by link ${user} already`;
        throw refuse([...path, "endpoints", side], what, "Give each link interfaces of its own.");
      }
      usedBy.set(endText(end), i + 1);
    }
    links.push(link);
  }
  return { name: value.name, nodes, links, notBuilt };
}

const NAME_REMEDY = "Begin with a letter or a digit; then letters, digits, dots, dashes and underscores, 63 at most.";

function readNode(name: string, topology: Topology, refuse: Refuse): LabNode {
  const path: FieldPath = ["topology", "nodes", name];
  if (!NAME.test(name)) throw refuse(path, "is no name of a node", NAME_REMEDY);
  const { layers, kind } = layersOf(name, topology);
  if (kind === undefined) throw refuse(path, "has no kind", "Add kind: linux, or give it to topology.defaults.");
  if (kind !== "linux" && nearest(kind, ["linux"])) throw refuse([...path, "kind"], `= ${kind}`, "Did you mean linux?");
  const labels = merged(layers.map((layer) => layer.fields.labels));
  const at = (label: string): FieldPath => {
    const layer = layers.findLast(({ fields }) => Object.hasOwn(fields.labels ?? {}, label));
    return [...(layer?.path ?? path), "labels", label];
  };
  const image = layers.findLast(({ fields }) => fields.image !== undefined)?.fields.image;
  return {
    name,
    kind,
    ...(image === undefined ? {} : { image }),
    sysctls: merged(layers.map((layer) => layer.fields.sysctls)),
    exec: [...new Set(layers.flatMap((layer) => layer.fields.exec ?? []))],
    env: merged(layers.map((layer) => layer.fields.env)),
    labels,
    ...readNodeLabels(labels, at, refuse),
  };
}

type Layer = { readonly path: FieldPath; readonly fields: NodeFields };

/** What makes up a node, weakest first: defaults, its kind, its group, itself (containerlab's order). */
function layersOf(name: string, topology: Topology): { readonly layers: Layer[]; readonly kind: string | undefined } {
  const { defaults, kinds = {}, groups = {}, nodes } = topology;
  const named = (
    where: string,
    table: Readonly<Record<string, NodeFields | null>>,
    key: string | undefined,
  ): Layer => ({
    path: ["topology", where, key ?? ""],
    fields: key === undefined || !Object.hasOwn(table, key) ? {} : (table[key] ?? {}),
  });
  const base: Layer = { path: ["topology", "defaults"], fields: defaults ?? {} };
  const own = named("nodes", nodes, name);
  const kind =
    own.fields.kind ??
    named("groups", groups, own.fields.group).fields.kind ??
    named("groups", groups, base.fields.group).fields.kind ??
    base.fields.kind;
  const ofKind = named("kinds", kinds, kind);
  const group = own.fields.group ?? ofKind.fields.group ?? base.fields.group;
  return { layers: [base, ofKind, named("groups", groups, group), own], kind };
}

const merged = (tables: readonly (Readonly<Record<string, unknown>> | undefined)[]): Labels =>
  Object.fromEntries(
    tables.flatMap((table) => Object.entries(table ?? {})).map(([key, value]) => [key, String(value)]),
  );

/** A link, or in words why none can be built from it here. */
function readLink(link: LinkFields, path: FieldPath, nodes: readonly LabNode[], refuse: Refuse): LabLink | string {
  const type = link.type ?? "veth";
  if (type !== "veth" && type !== "veth-stitch") return `type ${type} does not join two nodes`;
  const ends = link.endpoints ?? [];
  if (ends.length !== 2) {
    throw refuse([...path, "endpoints"], `has ${ends.length} ends, not 2`, 'Write endpoints: ["a:eth1", "b:eth1"].');
  }
  const [a, b] = ends.map((end, i) => readEnd(end, [...path, "endpoints", i], refuse)) as [LinkEnd, LinkEnd];
  const outside = [a, b].find((end) => OUTSIDE.includes(end.node));
  if (outside && link.type === undefined) return `${outside.node} is the machine itself`;
  for (const [i, end] of [a, b].entries()) checkEnd(end, [...path, "endpoints", i], nodes, refuse);
  if (a.node === b.node) {
    throw refuse(path, `joins ${a.node} to itself`, "Give it ends on two nodes.");
  }
  // The short form has vars where the long one has labels too; what is read here is the same.
  const labels = merged([link.vars, link.labels]);
  const at = (label: string): FieldPath => [
    ...path,
    Object.hasOwn(link.labels ?? {}, label) ? "labels" : "vars",
    label,
  ];
  const says = readLinkLabels(labels, at, refuse);
  for (const end of [a, b]) {
    const transits = nodes.find((node) => node.name === end.node)?.pop?.transits ?? [];
    if (says.transit === undefined || transits.length === 0 || transits.includes(says.transit)) continue;
    const near = nearest(says.transit, transits);
    throw refuse(
      at("srwan.transit"),
      `= ${says.transit} is no transit of ${end.node}`,
      near ? `Did you mean ${near}?` : `Use one of ${transits.join(", ")}, or add it to srwan.transits of ${end.node}.`,
    );
  }
  return { a, b, ...says, ...(link.mtu === undefined ? {} : { mtuOctets: link.mtu }) };
}

function readEnd(end: unknown, path: FieldPath, refuse: Refuse): LinkEnd {
  if (typeof end === "string") {
    const at = end.indexOf(":");
    if (at > 0 && at < end.length - 1) return { node: end.slice(0, at), interface: end.slice(at + 1) };
    throw refuse(path, `= "${end}" names no interface`, 'Write it as "node:eth1".');
  }
  const problem = Errors(LinkEndFields, end)[0];
  if (problem) throw refuse(path, problem.message, "Write node: and interface:.");
  const { node, interface: name } = end as LinkEnd;
  return { node, interface: name };
}

function checkEnd(end: LinkEnd, path: FieldPath, nodes: readonly LabNode[], refuse: Refuse): void {
  const node = nodes.find((candidate) => candidate.name === end.node);
  if (node === undefined) {
    const known = nodes.map((candidate) => candidate.name);
    throw refuseUnknown(refuse, path, end.node, { what: "node", known, remedy: "Add it under topology.nodes." });
  }
  if (node.kind !== "linux") return;
  if (end.interface.length > 15) {
    throw refuse(path, `: interface ${end.interface} has more than 15 characters`, "Give it a shorter name: eth1.");
  }
  if (!INTERFACE.test(end.interface) || ["lo", ".", ".."].includes(end.interface)) {
    throw refuse(path, `: "${end.interface}" is no name of a link's interface`, "Name it eth1, eth2 and so on.");
  }
}

/** Names, addresses and locators belong to one node each. */
function refuseSharedThings(nodes: readonly LabNode[], refuse: Refuse): void {
  const path: FieldPath = ["topology", "nodes"];
  const owners = new Map<string, string>();
  for (const { name, address, pop } of nodes) {
    const things = [
      ...(address === undefined ? [] : [`address ${formatIpv6(address)}`]),
      ...(pop === undefined ? [] : [`POP name ${pop.name}`]),
    ];
    for (const thing of things) {
      const owner = owners.get(thing);
      if (owner !== undefined) throw refuse([...path, name], `has the ${thing} of ${owner}`, "Give each its own.");
      owners.set(thing, name);
    }
    const other = nodes.find(
      (node) => node.name !== name && pop?.locator && node.pop?.locator && covers(node.pop.locator, pop.locator),
    );
    if (pop?.locator && other) {
      const what = `has the locator ${formatPrefix(pop.locator)}, which lies in that of ${other.name}`;
      throw refuse([...path, name], what, "Give each POP a locator of its own.");
    }
  }
}
