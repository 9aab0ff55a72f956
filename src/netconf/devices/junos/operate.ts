// What Junos says of itself in operation, as far as its state models could be checked: octets and packets of interfaces.

import { inNamespace, textAt } from "../../xml/element.ts";
import type { CounterSource } from "../family.ts";
import { counterAt, every } from "../find.ts";

const state = inNamespace("http://yang.juniper.net/junos/state");
const interfaces = inNamespace("http://yang.juniper.net/junos/state/interfaces");

export const counters: readonly CounterSource[] = [
  {
    what: "interface",
    modules: [{ name: "junos-state-interfaces" }],
    filter: [
      state("state", interfaces("interfaces", interfaces("interface", interfaces("name"), interfaces("counters")))),
    ],
    read: (data) =>
      every(data, "state", "interfaces", "interface").map((one) => ({
        what: "interface",
        name: textAt(one, "name") ?? "",
        packets: counterAt(one, "counters", "ipv4", "out-pkts") + counterAt(one, "counters", "ipv6", "out-pkts"),
        octets: counterAt(one, "counters", "ipv4", "out-bytes") + counterAt(one, "counters", "ipv6", "out-bytes"),
      })),
  },
];
