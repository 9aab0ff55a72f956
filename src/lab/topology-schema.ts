// The part of a containerlab file that a lab is made of, as one TypeBox schema. A node may carry every other field that
// containerlab knows; it is not read here.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";

const closed = { additionalProperties: false } as const;
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: "Text or a number." });
const scalars = (description: string) => Type.Optional(Type.Record(Type.String(), scalar, { description }));

const nodeFields = Type.Object({
  kind: Type.Optional(Type.String({ description: "What runs there; only linux runs in a namespace." })),
  group: Type.Optional(Type.String({ description: "A name under topology.groups." })),
  image: Type.Optional(Type.String({ description: "The image that containerlab starts." })),
  exec: Type.Optional(Type.Array(Type.String(), { description: "Commands to run once the links are up." })),
  env: scalars("Variables of the node's processes."),
  sysctls: scalars("Kernel settings of the node."),
  labels: scalars("Labels; those that begin with srwan. are read here."),
});
export type NodeFields = Static<typeof nodeFields>;

/** `a:` with nothing behind it is a node too. */
const node = Type.Unsafe<NodeFields | null>({ ...nodeFields, type: ["object", "null"] });
const nodes = Type.Record(Type.String(), node, { description: "Nodes by name." });

const link = Type.Object({
  type: Type.Optional(Type.String({ description: "veth, where both ends are nodes." })),
  endpoints: Type.Optional(
    Type.Array(Type.Unknown(), { description: 'Two ends: "node:interface", or node: and interface: each.' }),
  ),
  mtu: Type.Optional(Type.Integer({ minimum: 1_280, maximum: 65_535, description: "Octets; IPv6 needs 1280." })),
  labels: scalars("Labels; those that begin with srwan. are read here."),
  vars: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: "As labels, for links in the short form." }),
  ),
});
export type LinkFields = Static<typeof link>;

export const LinkEndFields = Type.Object(
  {
    node: Type.String({ description: "A node's name." }),
    interface: Type.String({ description: "An interface of it, such as eth1." }),
    mac: Type.Optional(Type.Unknown()),
    ipv4: Type.Optional(Type.Unknown()),
    ipv6: Type.Optional(Type.Unknown()),
    vars: Type.Optional(Type.Unknown()),
  },
  closed,
);

export const TopologyFile = Type.Object(
  {
    name: Type.String({ description: "The lab's name." }),
    prefix: Type.Optional(Type.Unknown()),
    mgmt: Type.Optional(Type.Unknown()),
    settings: Type.Optional(Type.Unknown()),
    debug: Type.Optional(Type.Unknown()),
    topology: Type.Object(
      {
        defaults: Type.Optional(node),
        kinds: Type.Optional(nodes),
        groups: Type.Optional(nodes),
        nodes,
        links: Type.Optional(Type.Array(link, { maxItems: LIMITS.labLinksMax, description: "Links between nodes." })),
      },
      { ...closed, description: "Nodes and links." },
    ),
  },
  closed,
);
export type TopologyFile = Static<typeof TopologyFile>;
