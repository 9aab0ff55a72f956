// Names of what a lab makes in the machine: all begin alike, so that a person sees whose they are.

import type { Lab } from "../model.ts";

/** The namespace that carries the links' VXLAN devices. */
export const carrierNamespace = (lab: string): string => `srwan-${lab}`;

export const nodeNamespace = (lab: string, node: string): string => `srwan-${lab}-${node}`;

/** Where an agent's probes leave from; made by the agent, known here so that `down` takes it too. */
export const probeNamespace = (namespace: string): string => `${namespace}-probe`;

export const namespacesOf = (lab: Lab): string[] => [
  carrierNamespace(lab.name),
  ...lab.nodes.map((node) => nodeNamespace(lab.name, node.name)),
];

/** Where `ip netns` keeps its handles. */
export const NETNS = "/run/netns";

/** Every process of a lab carries this, so that `down` finds it wherever it went. */
export const FOLDER_VARIABLE = "SRWAN_LAB_FOLDER";
