// The devices file as it is written: one TypeBox schema, from which the validator, the published JSON schema and the
// reference come.

import { type Static, Type } from "typebox";
import { LIMITS } from "../base/limits.ts";

const closed = { additionalProperties: false } as const;
const path = (description: string) => Type.String({ minLength: 1, maxLength: 4_096, description });
const NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$";

export const DeviceEntry = Type.Object(
  {
    name: Type.String({ pattern: NAME, description: "Unique; what verbs and journals call it." }),
    host: Type.String({ minLength: 1, maxLength: 255, description: "A name or an address." }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: "Of NETCONF over SSH. [830]" })),
    user: Type.String({ minLength: 1, maxLength: 255, description: "Who logs in." }),
    family: Type.Optional(
      Type.Union([Type.Literal("iosxr"), Type.Literal("iosxe"), Type.Literal("junos")], {
        description: "Whose router it is, for what is rendered. [none: only what is given as XML]",
      }),
    ),
    hostKeys: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 16_384, description: "A key." }), {
        minItems: 1,
        maxItems: 8,
        description:
          "Pinned host keys: SHA256: fingerprints, or public keys as in a .pub file. [looked up in knownHosts]",
      }),
    ),
    knownHosts: Type.Optional(path("A known_hosts file. [~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts]")),
    identity: Type.Optional(path("A private key. [those of ~/.ssh that need no passphrase]")),
    agent: Type.Optional(path("The socket of an SSH agent. [SSH_AUTH_SOCK]")),
    passwordFile: Type.Optional(path("A file whose first line is the password. [none]")),
    jumps: Type.Optional(
      Type.Array(Type.String({ pattern: NAME, description: "A device." }), {
        maxItems: LIMITS.netconfJumps,
        description: "Entries of this file to go through, nearest first. [none]",
      }),
    ),
    inFlight: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.netconfRpcsInFlight,
        description: `Requests sent before the first is answered; 1 for devices that take no more. [${LIMITS.netconfRpcsInFlight}]`,
      }),
    ),
  },
  closed,
);
export type DeviceEntry = Static<typeof DeviceEntry>;

export const DevicesFile = Type.Object(
  {
    devices: Type.Array(DeviceEntry, {
      maxItems: LIMITS.netconfDevices,
      description: "Routers, and hosts on the way to them.",
    }),
  },
  { ...closed, title: "srwan devices file" },
);
export type DevicesFile = Static<typeof DevicesFile>;
