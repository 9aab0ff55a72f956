// A lab's file says all that its POPs need to join.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Compile } from "typebox/compile";
import { expect, it } from "vitest";
import { PopRecord } from "../wire/pop.ts";
import { readLab } from "./topology.ts";
import { popRecords } from "./wan.ts";

const file = join(import.meta.dirname, "../../labs/containerlab/transatlantic/transatlantic.clab.yml");
const records = popRecords(readLab(readFileSync(file, "utf8"), file));

it("twelve POPs join with records that fit, and no office does", () => {
  const check = Compile(PopRecord);
  expect(records).toHaveLength(12);
  for (const record of records) expect(check.Check(record), record.name).toBe(true);
});

it("each segment has one that leads back, and the two name each other's addresses", () => {
  const ports = records.flatMap(({ name, segments }) => segments.map((port) => ({ from: name, ...port })));
  expect(ports).toHaveLength(90);
  for (const { from, to, transit, local, nexthop } of ports) {
    const back = ports.filter((other) => other.from === to && other.to === from && other.transit === transit);
    expect(back).toMatchObject([{ local: nexthop, nexthop: local }]);
  }
});

it("says where a POP is and what it buys", () => {
  expect(records[0]).toMatchObject({
    name: "sea",
    site: "Seattle",
    latitude: 47.61,
    longitude: -122.33,
    address: "2001:db8:1::1",
    transits: [{ name: "alder" }, { name: "birch" }],
  });
});
