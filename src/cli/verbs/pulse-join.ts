// `srwan pulse join`: one member of a group, standing alone.

import type { Verb } from "../verb.ts";

export const pulseJoin: Verb = {
  name: "pulse join",
  summary: "be a member of a group, and hold its whole matrix",
  about:
    "Every member of the group runs this with the same file. Each pulse carries its sender's latest row, so that every " +
    "member holds the full matrix without a controller; `srwan matrix` on the same machine prints it. Other senders than " +
    "the group's are not answered. Changes of liveness are logged at once. SIGHUP reads the file again. In a lab the " +
    "variables SRWAN_CLOCK_OFFSET_US, SRWAN_CLOCK_DRIFT_PPM and SRWAN_CLOCK_SINCE_US make the member's clock go wrong. The " +
    "file's format is docs/reference/schemas/group.schema.json.",
  arguments: [{ name: "group", about: "the group file, YAML or JSON" }],
  flags: [
    { name: "--as", value: "name", about: "which member this is (default: the one whose address this machine has)" },
    { name: "--listen", value: "address", about: "bind here instead of the member's address: behind NAT" },
    { name: "--fast", value: "members", about: "pulse these at the fast interval: ways that carry traffic" },
    {
      name: "--stamps",
      value: "source",
      about: "kernel, or handler: never ask for the kernel's stamps (default kernel)",
      choices: ["kernel", "handler"],
    },
  ],
  examples: [
    { command: "srwan pulse join /etc/srwan/core.yaml", about: "as the member that this machine is" },
    { command: "srwan pulse join core.yaml --as sea --fast chi,lon", about: "with two ways in use" },
  ],
  run: async (context, input) => {
    const { join } = await import("../pulse/join.ts");
    const left = await join(context, input);
    return { data: left, text: () => `${left.member} has left the group ${left.group}.` };
  },
};
