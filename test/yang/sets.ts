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

/** What docs/how-to/prepare-a-router.md has people configure once, and what a model refers to: judged with each edit. */
export const ON_THE_BOX: Readonly<Record<FamilyName, string>> = {
  iosxr: `<sr xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-segment-routing-ms-cfg"><enable/>
    <srv6 xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-segment-routing-srv6-cfg"><enable/>
      <encapsulation><source-address>2001:db8::1</source-address></encapsulation></srv6>
    <traffic-engineering xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-infra-xtc-agent-cfg"><segment-lists>
      <segment-lists-srv6><segment-lists-srv6-format-type>micro-sid</segment-lists-srv6-format-type>
      </segment-lists-srv6></segment-lists></traffic-engineering></sr>`,
  iosxe: `<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><interface><TenGigabitEthernet><name>0/0/1</name>
    </TenGigabitEthernet></interface><segment-routing>
    <srv6 xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-segment-routing"><encapsulation>
    <source-address>2001:db8::1</source-address></encapsulation></srv6></segment-routing></native>`,
  junos: `<configuration xmlns="http://yang.juniper.net/junos/conf/root">
    <routing-options xmlns="http://yang.juniper.net/junos/conf/routing-options"><source-packet-routing><srv6>
      <block><name>srwan</name><address>fcbb:bb00::/32</address></block></srv6></source-packet-routing></routing-options>
    <protocols xmlns="http://yang.juniper.net/junos/conf/protocols"><source-packet-routing><srv6/></source-packet-routing>
      <isis><interface><name>et-0/0/0.0</name></interface><source-packet-routing><srv6><locator><name>srwan-sea</name>
      </locator></srv6></source-packet-routing></isis>
      <bgp><source-packet-routing><srv6><locator><name>srwan-sea</name></locator></srv6></source-packet-routing></bgp>
    </protocols>
    <class-of-service xmlns="http://yang.juniper.net/junos/conf/class-of-service">
      <forwarding-classes><class><name>srwan-priority</name><queue-num>5</queue-num></class></forwarding-classes>
      <classifiers><dscp><name>srwan</name><import>default</import><forwarding-class><name>srwan-priority</name>
        <loss-priority><name>low</name><code-points>ef</code-points></loss-priority></forwarding-class></dscp></classifiers>
    </class-of-service></configuration>`,
};
