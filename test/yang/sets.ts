// Which modules judge which family, and what must stand on a box for an edit to be whole.

import type { FamilyName } from "../../src/netconf/devices/family.ts";
import type { ModuleSet } from "./yanglint.ts";

export const CONFIG: Readonly<Record<FamilyName, ModuleSet>> = {
  iosxr: {
    set: "iosxr",
    modules: [
      "Cisco-IOS-XR-segment-routing-ms-cfg",
      "Cisco-IOS-XR-segment-routing-srv6-cfg",
      "Cisco-IOS-XR-infra-xtc-agent-cfg",
      "Cisco-IOS-XR-um-router-static-cfg",
      "Cisco-IOS-XR-um-policymap-classmap-cfg",
      "Cisco-IOS-XR-um-interface-cfg",
      "Cisco-IOS-XR-um-if-service-policy-qos-cfg",
    ],
    features: {
      "Cisco-IOS-XR-um-policymap-classmap-cfg": ["pmap-type-qos", "cmap-type-qos", "match-dscp"],
      "Cisco-IOS-XR-um-if-service-policy-qos-cfg": ["service-policy", "egress"],
    },
  },
  iosxe: {
    set: "iosxe",
    modules: ["Cisco-IOS-XE-native", "Cisco-IOS-XE-segment-routing", "Cisco-IOS-XE-policy"],
  },
  junos: {
    set: "junos",
    modules: [
      "junos-conf-root",
      "junos-conf-routing-options",
      "junos-conf-protocols",
      "patched/junos-conf-class-of-service",
      "junos-conf-interfaces",
    ],
  },
};

export const STATE: Readonly<Record<FamilyName, ModuleSet>> = {
  iosxr: {
    set: "iosxr",
    modules: [
      "Cisco-IOS-XR-infra-statsd-oper",
      "Cisco-IOS-XR-qos-ma-oper",
      "Cisco-IOS-XR-infra-xtc-agent-oper",
      "Cisco-IOS-XR-segment-routing-srv6-oper",
    ],
  },
  iosxe: { set: "iosxe", modules: ["Cisco-IOS-XE-interfaces-oper"] },
  junos: { set: "junos", modules: ["junos-state", "junos-state-interfaces"] },
};

/** Put beside what is rendered where a model refers to what is on the box already. */
export const ON_THE_BOX: Readonly<Record<FamilyName, string>> = {
  iosxr: "",
  iosxe: `<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><interface><TenGigabitEthernet><name>0/0/1</name>
    </TenGigabitEthernet></interface></native>`,
  junos: "",
};
