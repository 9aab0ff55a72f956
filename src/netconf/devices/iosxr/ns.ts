// The namespaces of the modules that IOS-XR is configured and read by.

import { inNamespace } from "../../xml/element.ts";

const ns = (module: string): string => `http://cisco.com/ns/yang/Cisco-IOS-XR-${module}`;

export const XR = {
  sr: ns("segment-routing-ms-cfg"),
  srv6: ns("segment-routing-srv6-cfg"),
  te: ns("infra-xtc-agent-cfg"),
  route: ns("um-router-static-cfg"),
  qos: ns("um-policymap-classmap-cfg"),
  interface: ns("um-interface-cfg"),
  bind: ns("um-if-service-policy-qos-cfg"),
  srv6State: ns("segment-routing-srv6-oper"),
  teState: ns("infra-xtc-agent-oper"),
  qosState: ns("qos-ma-oper"),
  statistics: ns("infra-statsd-oper"),
} as const;

export const sr = inNamespace(XR.sr);
export const srv6 = inNamespace(XR.srv6);
export const te = inNamespace(XR.te);
export const route = inNamespace(XR.route);
export const qos = inNamespace(XR.qos);
export const iface = inNamespace(XR.interface);
export const bind = inNamespace(XR.bind);
