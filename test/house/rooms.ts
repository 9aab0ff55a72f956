// Rules 1 and 2 of ARCHITECTURE.md as data: which room may use which, and which files are pure.

/** Each room with the rooms it may import. What is not listed is not allowed. "srv6/linux" is a room inside srv6. */
export const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  base: [],
  srv6: ["base"],
  "srv6/linux": ["base", "srv6"],
  pulse: ["base"],
  wire: ["base"],
  netconf: ["base"],
  "netconf/devices": ["base", "wire", "srv6", "netconf"],
  doctor: ["base"],
  database: ["base"],
  topology: ["base", "wire", "database", "srv6"],
  "pop-agent": ["base", "wire", "srv6", "srv6/linux", "pulse", "netconf", "netconf/devices"],
  settlement: ["base", "wire", "database"],
  lab: [
    "base",
    "wire",
    "srv6",
    "srv6/linux",
    "pulse",
    "netconf",
    "netconf/devices",
    "doctor",
    "database",
    "topology",
    "pop-agent",
    "settlement",
  ],
  cli: [
    "base",
    "wire",
    "srv6",
    "srv6/linux",
    "pulse",
    "netconf",
    "netconf/devices",
    "doctor",
    "database",
    "topology",
    "pop-agent",
    "settlement",
    "lab",
  ],
};

/** Files without I/O, clock or randomness. A folder ends in "/"; all that is in it is pure. */
export const PURE: readonly string[] = [
  "src/base/brand.ts",
  "src/base/config.ts",
  "src/base/errors.ts",
  "src/base/limits.ts",
  "src/base/misfit.ts",
  "src/base/nearest.ts",
  "src/base/octets.ts",
  "src/base/redact.ts",
  "src/base/canonical.ts",
  "src/base/rng.ts",
  "src/base/roles.ts",
  "src/base/units.ts",
  "src/base/yaml-tree.ts",
  "src/base/yaml-file.ts",
  "src/cli/abbreviate.ts",
  "src/cli/complete.ts",
  "src/cli/help-topics.ts",
  "src/cli/output.ts",
  "src/cli/pages.ts",
  ...["packet", "plan", "stats"].map((name) => `src/lab/flow/${name}.ts`),
  ...[
    "capabilities",
    "carve",
    "devices-schema",
    "filter",
    "flow",
    "frame",
    "hello",
    "inbound",
    "names",
    "notification",
    "operations",
    "pipe",
    "reply",
  ].map((name) => `src/netconf/${name}.ts`),
  "src/netconf/xml/",
  ...["change", "expect", "record"].map((name) => `src/netconf/transaction/${name}.ts`),
  ...["body", "events", "path"].map((name) => `src/netconf/restconf/${name}.ts`),
  "src/lab/graph.ts",
  "src/lab/graph-html.ts",
  "src/lab/labels.ts",
  ...["delay-queue", "driver", "netem-commands", "offload-codec", "relay-commands", "standing", "wire"].map(
    (name) => `src/lab/link/${name}.ts`,
  ),
  "src/lab/model.ts",
  ...["addresses", "control-schema", "keeper-lines", "names", "node-script", "routes", "words"].map(
    (name) => `src/lab/net/${name}.ts`,
  ),
  "src/lab/scenario.ts",
  "src/lab/scenario-schema.ts",
  "src/lab/timeline.ts",
  "src/lab/topology.ts",
  "src/lab/topology-schema.ts",
  "src/lab/verdict.ts",
  ...[
    "applied",
    "cells",
    "closer-look",
    "count",
    "cut-watch",
    "document",
    "edge/forge",
    "wireguard/plan",
    "wireguard/seen",
    "failed",
    "goal",
    "lane",
    "proof",
    "oam/packet",
    "oam/way",
    "refusals",
    "session",
    "stage",
    "status",
  ].map((name) => `src/pop-agent/${name}.ts`),
  ...["observe", "pop-table", "ranges", "too-big"].map((name) => `src/pop-agent/linux/${name}.ts`),
  ...["intents", "standing"].map((name) => `src/pop-agent/netconf/${name}.ts`),
  "src/lab/wan.ts",
  "src/pulse/",
  "src/srv6/",
  "src/topology/engine/",
  ...["pack", "rollup", "tables"].map((name) => `src/topology/store/${name}.ts`),
  ...["change-check", "change-diff", "conditions", "group-matrix", "policy-history"].map(
    (name) => `src/topology/service/${name}.ts`,
  ),
  "src/topology/loop/",
  "src/topology/service/restconf/target.ts",
  ...["fields", "tables"].map((name) => `src/topology/northbound/${name}.ts`),
  "src/settlement/ledger/",
  "src/settlement/service/settled.ts",
  "src/wire/",
  "src/netconf/devices/",
  "src/settlement/typed.ts",
  ...["decide", "devices", "proof", "terms"].map((name) => `src/settlement/qos/${name}.ts`),
];

/** Files inside a pure folder that touch the world: the edges. */
export const EDGES: readonly string[] = [
  ...["socket", "settings", "nft", "journal", "apply", "probe-namespace"].map((name) => `src/srv6/linux/${name}.ts`),
  "src/topology/engine/crew.ts",
  "src/netconf/devices/change.ts",
  ...[
    "address",
    "dgram-socket",
    "group/control",
    "group/group",
    "group/member",
    "kernel-socket",
    "libc",
    "loop",
    "mac",
    "neighbours",
    "pulse",
    "reflector",
    "wall-clock",
    "worker",
  ].map((name) => `src/pulse/${name}.ts`),
];

/** Packages that compute and do nothing else. */
export const PURE_PACKAGES: readonly string[] = ["saxes", "typebox", "typebox/compile", "typebox/value", "yaml"];

export function isPure(path: string): boolean {
  const under = (entries: readonly string[]) =>
    entries.some((e) => (e.endsWith("/") ? path.startsWith(e) : path === e));
  return under(PURE) && !under(EDGES);
}

/** "src/srv6/linux/plan.ts" → "srv6/linux"; "src/cli/main.ts" → "cli". */
export function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts[0] !== "src" || parts.length < 3) return undefined;
  const nested = `${parts[1]}/${parts[2]}`;
  return nested in MAY_USE ? nested : parts[1];
}
