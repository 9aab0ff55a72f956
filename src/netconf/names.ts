// The namespaces and capability names of the RFCs, each once.

export const NS = {
  base: "urn:ietf:params:xml:ns:netconf:base:1.0",
  notification: "urn:ietf:params:xml:ns:netconf:notification:1.0",
  notifications: "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications",
  withDefaults: "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults",
  monitoring: "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
  partialLock: "urn:ietf:params:xml:ns:netconf:partial-lock:1.0",
  nmda: "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda",
  datastores: "urn:ietf:params:xml:ns:yang:ietf-datastores",
  origin: "urn:ietf:params:xml:ns:yang:ietf-origin",
  yangLibrary: "urn:ietf:params:xml:ns:yang:ietf-yang-library",
  restconf: "urn:ietf:params:xml:ns:yang:ietf-restconf",
  yangPatch: "urn:ietf:params:xml:ns:yang:ietf-yang-patch",
  /** Marks of ours on what is expected, see transaction/expect.ts; never sent. */
  expect: "urn:srwan:expect",
} as const;

export const BASE_10 = "urn:ietf:params:netconf:base:1.0";
export const BASE_11 = "urn:ietf:params:netconf:base:1.1";

/** The short name of a capability: "candidate" for urn:ietf:params:netconf:capability:candidate:1.0. */
export const capabilityUri = (name: string, version: string): string =>
  `urn:ietf:params:netconf:capability:${name}:${version}`;
