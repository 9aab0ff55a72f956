// The library entry `srwan/srv6`: everything of SRv6 that computes and touches nothing.

export { SrwanError } from "../base/errors.ts";
export * from "./address.ts";
export * from "./behavior.ts";
export * from "./capture.ts";
export * from "./compress.ts";
export { readDesired } from "./desired.ts";
export { DesiredFile } from "./desired-schema.ts";
export * from "./encoding.ts";
export * from "./hex-text.ts";
export * from "./ledger-text.ts";
export * from "./locator-plan.ts";
export * from "./model.ts";
export * from "./packet.ts";
export * from "./packet-text.ts";
export * from "./probe.ts";
export * from "./sid.ts";
export * from "./sid-facts.ts";
export * from "./srh.ts";
