// POPs for the figure `ingest`, put into the store as joining would, in groups of 100: each has a segment to every other.

import { generateKeyPairSync } from "node:crypto";
import type { InsertObject } from "kysely";
import { RealClock } from "../src/base/clock.ts";
import { createLogger } from "../src/base/log.ts";
import { openAuthority, openFolder } from "../src/topology/service/folder.ts";
import { settlePlan } from "../src/topology/store/grants.ts";
import { Store } from "../src/topology/store/store.ts";
import type { Tables } from "../src/topology/store/tables.ts";
import type { PopRecord } from "../src/wire/pop.ts";

export const GROUP = 100;
export const TRANSIT = "t";

export type Seeded = {
  readonly privateKey: string;
  readonly certificates: readonly string[];
  readonly pops: readonly string[];
};

export const popName = (i: number): string => `p${String(i).padStart(5, "0")}`;

/** The others of its group. */
export const peersOf = (i: number, count: number): string[] => {
  const first = i - (i % GROUP);
  const last = Math.min(first + GROUP, count);
  return Array.from({ length: last - first }, (_, at) => popName(first + at)).filter((name) => name !== popName(i));
};

export const recordOf = (i: number, count: number): PopRecord => ({
  name: popName(i),
  platform: "linux",
  transits: [{ name: TRANSIT }],
  segments: peersOf(i, count).map((to, at) => ({
    transit: TRANSIT,
    to,
    device: `eth${at}`,
    nexthop: "fe80::1",
    local: "fe80::2",
  })),
  address: "2001:db8::1",
});

/** One key for all: what is measured is not the making of keys. */
export async function seed(folder: string, address: string, count: number): Promise<Seeded> {
  openFolder(folder);
  const clock = new RealClock();
  const log = createLogger({ level: "error", format: "short", write: (line) => void process.stderr.write(line) });
  const store = await Store.open({ address, clock, log });
  const authority = await openAuthority(folder, store);
  await settlePlan(store, {
    block: "fcbb:bb00::/32",
    structure: { blockBits: 32, nodeBits: 16, functionBits: 16 },
  });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const certificates: string[] = [];
  for (let at = 0; at < count; at += GROUP) {
    const rows: InsertObject<Tables, "pops">[] = [];
    for (let i = at; i < Math.min(at + GROUP, count); i++) {
      const issued = await authority.issueForPop(popName(i), publicKey, store.nowMs(), 30);
      certificates.push(issued.certificate);
      rows.push({
        name: popName(i),
        record: JSON.stringify(recordOf(i, count)),
        group_name: `g${at / GROUP + 1}`,
        locator: "",
        public_key: "",
        serial: issued.serial,
        previous_serial: null,
        joined_ms: store.nowMs(),
        changed_ms: store.nowMs(),
        etag: 1,
      });
    }
    await store.write((tx) => tx.insertInto("pops").values(rows).execute());
  }
  await store.close();
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    certificates,
    pops: Array.from({ length: count }, (_, i) => popName(i)),
  };
}
