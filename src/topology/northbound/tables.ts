// Which field of a message is which leaf of our modules. A test holds that no field is missing.

import type { Field, How, Table } from "./fields.ts";

/** "maxDelayUs" → "max-delay-us". */
const kebab = (name: string): string => name.replace(/(?<=[a-z])([A-Z])/g, (found) => `-${found}`).toLowerCase();

const field = (wire: string, how: How = "same", yang = kebab(wire)): Field => ({ wire, yang, how });
const always = (one: Field): Field => ({ ...one, always: true });

const CLASS: Table = ["dscp", "protocol", "destinationPort", "source", "destination"].map((name) => field(name));

export const POLICY: Table = [
  field("name"),
  field("from"),
  field("to"),
  field("prefixes", "values", "prefix"),
  field("classes", { list: CLASS, index: "index" }, "class"),
  field("intent"),
  field("improve"),
  field("maxDelayUs", "count"),
  field("maxJitterUs", "count"),
  field("maxLossPpm"),
  field("maxPriceMicroPerGB", "count", "max-price-micro-per-gb"),
  field("maxSids"),
  field("minBandwidthBps", "count"),
  field("encrypted"),
  field("must", "values"),
  field("never", "values"),
  field("pin", "values"),
  field("demandBps", "count"),
  field("priority"),
  field("tenant"),
];

const TRANSIT: Table = [
  field("name"),
  field("asn"),
  field("capacityBps", "count"),
  field("commitBps", "count"),
  field("priceMicroPerGB", "count", "price-micro-per-gb"),
];

const WIREGUARD: Table = ["endpoint", "port", "publicKey", "fresh"].map((name) => field(name));

const SEGMENT: Table = [
  field("transit"),
  field("to"),
  field("device"),
  field("port"),
  field("nexthop"),
  field("local"),
  field("encrypted"),
  field("wireguard", { container: WIREGUARD }),
  field("mtuOctets"),
  field("capacityBps", "count"),
  field("priceMicroPerGB", "countOrWord", "price-micro-per-gb"),
  field("riskGroups", "values", "risk-group"),
];

const EGRESS: Table = ["device", "source4", "source6"].map((name) => field(name));

export const POP: Table = [
  field("name"),
  field("site"),
  field("latitude", "decimal6"),
  field("longitude", "decimal6"),
  field("country"),
  field("region"),
  field("asn"),
  field("tags", "values", "tag"),
  field("owner"),
  field("account"),
  field("platform"),
  field("address"),
  field("prefixes", "values", "prefix"),
  always(field("transits", { list: TRANSIT }, "transit")),
  always(field("segments", { list: SEGMENT }, "segment")),
  field("egress", { container: EGRESS }),
];
