// The example inventory of the collection: the POPs of the transatlantic lab as real machines would be described, every
// segment encrypted. `make docs` writes it, so that it says what the lab says.

import { stringify } from "yaml";
import { readTopology } from "../src/lab/topology-file.ts";
import { popRecords } from "../src/lab/wan.ts";
import type { PopRecord, SegmentPort } from "../src/wire/pop.ts";

const LAB = "labs/containerlab/transatlantic/transatlantic.clab.yml";
export const INVENTORY = "ansible/inventories/transatlantic/hosts.yml";
const HEAD = `---
# Made by \`make docs\` from ${LAB} (scripts/inventory.ts): its twelve POPs as
# machines of yours. Names and addresses are of documentation; copy the folder and put yours in.
`;

const FIRST_PORT = 51_820;
/** What WireGuard leaves of 1500 octets over IPv6. */
const MTU_OCTETS = 1_420;

const deviceTo = ({ transit, to }: Pick<SegmentPort, "transit" | "to">): string => `wg-${to}-${transit}`;

export function inventory(): string {
  const records = popRecords(readTopology(LAB).lab);
  const numbers = new Map(records.map(({ name }, i) => [name, i + 1]));
  const transits = [...new Set(records.flatMap((record) => record.transits.map(({ name }) => name)))].sort();
  const roads = [
    ...new Set(records.flatMap((record) => record.segments.map((one) => roadOf(record.name, one)))),
  ].sort();
  const segment = (from: string, one: SegmentPort) => {
    const port = FIRST_PORT + roads.indexOf(roadOf(from, one));
    const endpoint = `2001:db8:e${transits.indexOf(one.transit)}${hex(numbers.get(from) ?? 0)}::1`;
    const { transit, to, nexthop, local } = one;
    return { transit, to, device: deviceTo(one), nexthop, local, mtuOctets: MTU_OCTETS, wireguard: { endpoint, port } };
  };
  const host = (record: PopRecord) => ({
    ansible_host: `${record.name}.wan.example.net`,
    srwan_pop_address: record.address,
    srwan_pop_more: {
      site: record.site,
      latitude: record.latitude,
      longitude: record.longitude,
      region: (record.longitude ?? 0) < -30 ? "us" : "eu",
    },
    srwan_pop_transits: record.transits,
    srwan_pop_segments: record.segments.map((one) => segment(record.name, one)),
  });
  const at = (name: string) => ({ ansible_host: `${name}.wan.example.net` });
  const children = {
    srwan_controller: { hosts: { controller: at("controller") } },
    srwan_pops: { children: { srwan_linux: null, srwan_routers: null } },
    srwan_linux: { hosts: Object.fromEntries(records.map((record) => [record.name, host(record)])) },
    srwan_routers: { hosts: {} },
    srwan_validator: { hosts: {} },
    srwan_monitoring: { hosts: { monitoring: at("monitoring") } },
  };
  return HEAD + stringify({ all: { children } }, { lineWidth: 0, nullStr: "" });
}

const roadOf = (from: string, { to, transit }: SegmentPort): string => `${transit} ${[from, to].sort().join(" ")}`;
const hex = (number: number): string => number.toString(16).padStart(2, "0");
