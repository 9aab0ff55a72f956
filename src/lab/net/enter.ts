// Commands from outside a lab that run inside it, and what every process in a node finds in its environment.

import type { Lab, LabNode } from "../model.ts";
import type { LabFolder, LabRecord } from "./folder.ts";
import { FOLDER_VARIABLE, nodeNamespace, probeNamespace } from "./names.ts";
import { inNamespace } from "./run.ts";

/** Into the user namespace that the keeper holds, where the lab has one. */
export const intoLab = ({ rootless, keeper }: LabRecord): string[] =>
  rootless && keeper
    ? ["nsenter", `--target=${keeper.pid}`, "--user", "--mount", "--net", "--preserve-credentials", "--"]
    : [];

/** With the lab's names in /etc/hosts, for the process alone; where that cannot be, without. */
const WITH_HOSTS = `cd "$1"; mount --bind "$2" /etc/hosts 2>/dev/null; shift 2; exec "$@"`;

export const intoNode = (folder: LabFolder, record: LabRecord, node: string): string[] => [
  ...intoLab(record),
  ...inNamespace(nodeNamespace(record.name, node)),
  ...["unshare", "--mount", "sh", "-c", WITH_HOSTS, "sh", process.cwd(), folder.hosts],
];

/** The clock variables are what an agent's clock source takes: offset + drift × time since the lab came up. */
export const nodeEnv = (folder: LabFolder, record: LabRecord, node: LabNode): NodeJS.ProcessEnv => ({
  ...node.env,
  [FOLDER_VARIABLE]: folder.path,
  SRWAN_LAB_NODE: node.name,
  SRWAN_PROBE_NAMESPACE: probeNamespace(nodeNamespace(record.name, node.name)),
  SRWAN_CLOCK_OFFSET_US: String(node.clock.offsetUs),
  SRWAN_CLOCK_DRIFT_PPM: String(node.clock.driftPpm),
  SRWAN_CLOCK_SINCE_US: String(record.sinceUs),
});

/** A node by its name or by its POP's. */
export const nodeNamed = (lab: Lab, name: string): LabNode | undefined =>
  lab.nodes.find((node) => node.name === name) ?? lab.nodes.find((node) => node.pop?.name === name);
