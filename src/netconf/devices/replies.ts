// What a router of each family would answer to the filters of checks and counters: written for tests, and held to the
// vendors' operational modules by test/yang.

import type { FamilyName } from "./family.ts";

const xr = (module: string): string => `xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-${module}"`;

const IOSXR = {
  locator: `<srv6 ${xr("segment-routing-srv6-oper")}><active><locators><locator><name>srwan-sea</name><info>
    <name>srwan-sea</name><prefix>fcbb:bb00:1::/48</prefix><is-operational>true</is-operational></info>
    </locator></locators></active></srv6>`,
  sid: `<srv6 ${xr("segment-routing-srv6-oper")}><active><locator-all-sids><locator-all-sid>
    <locator-name>srwan-sea</locator-name><sid-opcode>57345</sid-opcode><sid>fcbb:bb00:1:e001::</sid>
    <has-forwarding>true</has-forwarding></locator-all-sid></locator-all-sids></active></srv6>`,
  policy: `<xtc ${xr("infra-xtc-agent-oper")}><policies><policy><id>1</id>
    <destination-address><af-name>ipv6</af-name><ipv6>2001:db8::3</ipv6></destination-address>
    <binding-sid><value><sid-type>srv6</sid-type><srv6sid>fcbb:bb00:1:e100::</srv6sid></value></binding-sid>
    <policy-name>srte_c_100_ep_2001:db8::3</policy-name><administrative-up>1</administrative-up>
    <operational-up>1</operational-up><color>100</color></policy></policies></xtc>`,
  queue: `<qos ${xr("qos-ma-oper")}><interface-table><interface><interface-name>HundredGigE0/0/0/0</interface-name>
    <output><service-policy-names><service-policy-instance><service-policy-name>srwan-gold</service-policy-name>
    <statistics><policy-name>srwan-gold</policy-name><state>active</state><class-stats>
    <general-stats><transmit-packets>9007199254740993</transmit-packets>
    <transmit-bytes>18446744073709551615</transmit-bytes><total-drop-packets>7</total-drop-packets></general-stats>
    <class-name>srwan-gold</class-name></class-stats></statistics></service-policy-instance></service-policy-names>
    </output></interface></interface-table></qos>`,
  forwarding: `<xtc ${xr("infra-xtc-agent-oper")}><forwarding><policy-forwardings><policy-forwarding>
    <name>srte_c_100_ep_2001:db8::3</name><stats><packets>9007199254740993</packets>
    <bytes>18446744073709551615</bytes></stats></policy-forwarding></policy-forwardings></forwarding></xtc>`,
  interfaces: `<infra-statistics ${xr("infra-statsd-oper")}><interfaces><interface>
    <interface-name>HundredGigE0/0/0/0</interface-name><generic-counters><packets-sent>9007199254740993</packets-sent>
    <bytes-sent>18446744073709551615</bytes-sent><output-drops>7</output-drops></generic-counters></interface>
    </interfaces></infra-statistics>`,
} as const;

const IOSXE = {
  interfaces: `<interfaces xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-interfaces-oper"><interface>
    <name>TenGigabitEthernet0/0/1</name><statistics><out-unicast-pkts>9007199254740993</out-unicast-pkts>
    <out-discards>7</out-discards><out-octets-64>18446744073709551615</out-octets-64></statistics>
    <diffserv-info><direction>qos-outbound</direction><policy-name>srwan-gold</policy-name>
    <diffserv-target-classifier-stats><classifier-entry-name>srwan-gold</classifier-entry-name>
    <parent-path>srwan-gold</parent-path><queuing-stats><output-pkts>9007199254740993</output-pkts>
    <output-bytes>18446744073709551615</output-bytes><drop-pkts>7</drop-pkts></queuing-stats>
    </diffserv-target-classifier-stats></diffserv-info></interface></interfaces>`,
} as const;

const JUNOS = {
  interfaces: `<state xmlns="http://yang.juniper.net/junos/state"><interfaces
    xmlns="http://yang.juniper.net/junos/state/interfaces"><interface><name>et-0/0/0</name><counters>
    <ipv4><out-pkts>1</out-pkts><out-bytes>64</out-bytes></ipv4>
    <ipv6><out-pkts>9007199254740992</out-pkts><out-bytes>18446744073709551551</out-bytes></ipv6>
    </counters></interface></interfaces></state>`,
} as const;

export const REPLIES = { iosxr: IOSXR, iosxe: IOSXE, junos: JUNOS } as const satisfies Record<
  FamilyName,
  Readonly<Record<string, string>>
>;
