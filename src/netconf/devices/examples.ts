// One intent of each sort, for the table of docs/reference/devices.md, for golden files and for tests.

import type { DeviceIntent } from "../../wire/intent.ts";
import type { FamilyName } from "./family.ts";

export type Example = { readonly name: string; readonly about: string; readonly intent: DeviceIntent };

const PORT: Readonly<Record<FamilyName, string>> = {
  iosxr: "HundredGigE0/0/0/0",
  iosxe: "TenGigabitEthernet0/0/1",
  junos: "et-0/0/0",
};
const ACROSS: Readonly<Record<FamilyName, string>> = { ...PORT, junos: "et-0/0/0.0" };

const TO_FRA = { color: 100, endpoint: "2001:db8::3" } as const;
const PATHS = [
  { name: "direct", sids: ["fcbb:bb00:2::", "fcbb:bb00:3::"], weight: 3 },
  { name: "by-chi", sids: ["fcbb:bb00:4::", "fcbb:bb00:5::", "fcbb:bb00:3::"], weight: 1 },
];
const POLICY = { kind: "policy", name: "sea-fra", ...TO_FRA, format: "usid", paths: PATHS } as const;
const SID = { kind: "sid", locator: "sea", format: "usid" } as const;

export const examplesOf = (family: FamilyName): readonly Example[] => [
  {
    name: "locator-usid",
    about: "a locator of micro-SIDs",
    intent: { kind: "locator", name: "sea", prefix: "fcbb:bb00:1::/48", format: "usid" },
  },
  {
    name: "locator-full",
    about: "a locator of full-length SIDs",
    intent: { kind: "locator", name: "sea", prefix: "fcbb:bb00:1::/64", format: "full" },
  },
  {
    name: "sid-end",
    about: "a SID End of its own",
    intent: { ...SID, format: "full", sid: "fcbb:bb00:1:0:1::", behavior: "End" },
  },
  {
    name: "sid-end-x",
    about: "a SID End.X out of a port",
    intent: { ...SID, sid: "fcbb:bb00:1:e001::", behavior: "End.X", device: ACROSS[family] },
  },
  {
    name: "sid-end-x-nexthop",
    about: "a SID End.X to one of several neighbours on a port",
    intent: {
      ...SID,
      sid: "fcbb:bb00:1:e001::",
      behavior: "End.X",
      device: ACROSS[family],
      nexthop: "2001:db8:12::2",
    },
  },
  {
    name: "sid-end-dt46",
    about: "a SID End.DT46 of the main table",
    intent: { ...SID, sid: "fcbb:bb00:1:e000::", behavior: "End.DT46" },
  },
  {
    name: "sid-end-dt46-vrf",
    about: "a SID End.DT46 of a VRF",
    intent: { ...SID, sid: "fcbb:bb00:1:e002::", behavior: "End.DT46", vrf: "acme" },
  },
  {
    name: "sid-end-dt6",
    about: "a SID End.DT6 of the main table",
    intent: { ...SID, sid: "fcbb:bb00:1:e003::", behavior: "End.DT6" },
  },
  { name: "policy", about: "a policy of weighted micro-SID lists", intent: { ...POLICY, paths: [...PATHS] } },
  {
    name: "policy-backup",
    about: "the same with a backup list",
    intent: { ...POLICY, paths: [...PATHS], backup: { name: "by-lon", sids: ["fcbb:bb00:6::", "fcbb:bb00:3::"] } },
  },
  {
    name: "policy-full",
    about: "a policy of full-length SID lists",
    intent: { ...POLICY, format: "full", paths: [...PATHS] },
  },
  {
    name: "policy-binding-sid",
    about: "a policy with a binding SID that the router chooses",
    intent: { ...POLICY, paths: [...PATHS], bindingSid: { locator: "sea" } },
  },
  {
    name: "policy-own-binding-sid",
    about: "a policy with a binding SID that we choose",
    intent: { ...POLICY, paths: [...PATHS], bindingSid: { locator: "sea", sid: "fcbb:bb00:1:e100::" } },
  },
  {
    name: "dynamic-policy",
    about: "a policy whose path the router computes",
    intent: { kind: "dynamic-policy", name: "sea-fra", ...TO_FRA, metric: "delay" },
  },
  {
    name: "route-ipv6",
    about: "an IPv6 route into a policy",
    intent: { kind: "route", prefix: "2001:db8:100::/48", policy: "sea-fra", ...TO_FRA },
  },
  {
    name: "route-ipv4",
    about: "an IPv4 route into a policy",
    intent: { kind: "route", prefix: "192.0.2.0/24", policy: "sea-fra", ...TO_FRA },
  },
  {
    name: "queue",
    about: "a priority queue for DSCP 46 on a port",
    intent: { kind: "queue", name: "gold", device: PORT[family], dscp: [46], rateBps: 100_000_000 },
  },
  {
    name: "queue-more",
    about: "a priority queue for several DSCPs",
    intent: { kind: "queue", name: "gold", device: PORT[family], dscp: [34, 46], rateBps: 100_000_000 },
  },
];
