// What IOS-XE says of itself in operation, as far as its operational models could be checked: interfaces and their queues.

import type { DeviceIntent } from "../../../wire/intent.ts";
import { inNamespace, textAt, type XmlElement } from "../../xml/element.ts";
import type { Check, CounterSource } from "../family.ts";
import { below, counterAt, every } from "../find.ts";
import { onBox } from "../names.ts";

const oper = inNamespace("http://cisco.com/ns/yang/Cisco-IOS-XE-interfaces-oper");

export function checks(intent: DeviceIntent): readonly Check[] {
  if (intent.kind !== "queue") return [];
  const { device, name } = intent;
  return [
    {
      what: `queue ${onBox(name)} is active on ${device}`,
      filter: [oper("interfaces", oper("interface", oper("name", device), oper("diffserv-info")))],
      judge: (data) => {
        const found = queues(data).find((one) => one.device === device && one.policy === onBox(name));
        if (!found) return { state: "not-yet", why: `${device} shows no output policy ${onBox(name)} yet` };
        return { state: "holds", facts: {} };
      },
    },
  ];
}

const queues = (data: readonly XmlElement[]) =>
  every(data, "interfaces", "interface").flatMap((one) =>
    below(one, "diffserv-info")
      .filter((info) => textAt(info, "direction") === "qos-outbound")
      .map((info) => ({ device: textAt(one, "name") ?? "", policy: textAt(info, "policy-name") ?? "", info })),
  );

const MODULES = [{ name: "Cisco-IOS-XE-interfaces-oper" }];

export const counters: readonly CounterSource[] = [
  {
    what: "interface",
    modules: MODULES,
    filter: [oper("interfaces", oper("interface", oper("name"), oper("statistics")))],
    read: (data) =>
      every(data, "interfaces", "interface").map((one) => ({
        what: "interface",
        name: textAt(one, "name") ?? "",
        packets: counterAt(one, "statistics", "out-unicast-pkts"),
        // out-octets has 32 bits here and turns over within a second of a fast port.
        octets: counterAt(one, "statistics", "out-octets-64"),
        droppedPackets: counterAt(one, "statistics", "out-discards"),
      })),
  },
  {
    what: "queue",
    modules: MODULES,
    filter: [oper("interfaces", oper("interface", oper("name"), oper("diffserv-info")))],
    read: (data) =>
      queues(data).flatMap(({ device, info }) =>
        below(info, "diffserv-target-classifier-stats").map((one) => ({
          what: "queue",
          name: `${device} ${textAt(one, "classifier-entry-name") ?? ""}`,
          packets: counterAt(one, "queuing-stats", "output-pkts"),
          octets: counterAt(one, "queuing-stats", "output-bytes"),
          droppedPackets: counterAt(one, "queuing-stats", "drop-pkts"),
        })),
      ),
  },
];
