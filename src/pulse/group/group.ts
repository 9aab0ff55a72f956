// Reads a group file, and the key that it names.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { parseDurationMs, parseDurationUs } from "../../base/units.ts";
import { type Refuse, readAt, readYaml, refuseRepeats } from "../../base/yaml-file.ts";
import { formatAddress, parseAddress } from "../address.ts";
import { parseKey } from "../mac.ts";
import type { PeerId } from "../model.ts";
import { intervalFits, STAMP_PORT } from "../plan.ts";
import type { Group, GroupMember } from "./model.ts";
import { GroupFile, type MemberEntry } from "./schema.ts";

const [INTERVAL_MS, FAST_INTERVAL_MS] = [1_000, 100];

export function readGroup(file: string): Group {
  const text = readFile(file, LIMITS.configFileMaxOctets).toString("utf8");
  return groupOf(text, file, (path) => readFileSync(resolve(dirname(file), path), "utf8"));
}

export function groupOf(text: string, file: string, readKey: (path: string) => string): Group {
  const reference = "docs/reference/schemas/group.schema.json";
  const { value, refuse } = readYaml(GroupFile, { text, file, code: "GROUP_INVALID", reference });
  const members = value.members.map((entry, i) => memberOf(entry, i, refuse));
  refuseRepeats(refuse, ["members"], value.members, ({ name }) => name, "name");
  refuseRepeats(refuse, ["members"], members, ({ address }) => formatAddress(address), "address");
  const [first] = members;
  const other = members.findIndex(({ address }) => address.length !== first?.address.length);
  if (other >= 0) {
    const what = "is of another family than the first member's";
    throw refuse(["members", other, "address"], what, "Give all members addresses of one family.");
  }
  return {
    name: value.name,
    intervalMs: interval(value, "interval", INTERVAL_MS, refuse),
    fastIntervalMs: interval(value, "fastInterval", FAST_INTERVAL_MS, refuse),
    clocksWithinUs:
      value.clocksWithin === undefined
        ? undefined
        : readAt(refuse, ["clocksWithin"], () => parseDurationUs(value.clocksWithin ?? "")),
    key: value.keyFile === undefined ? undefined : keyOf(value.keyFile, refuse, readKey),
    members,
  };
}

function memberOf({ name, address, port, place }: MemberEntry, i: number, refuse: Refuse): GroupMember {
  return {
    id: name as PeerId,
    address: readAt(refuse, ["members", i, "address"], () => parseAddress(address)),
    port: port ?? STAMP_PORT,
    place: place && { latitude: place.lat, longitude: place.lon },
  };
}

function interval(file: GroupFile, field: "interval" | "fastInterval", otherwise: number, refuse: Refuse): number {
  const text = file[field];
  if (text === undefined) return otherwise;
  const ms = readAt(refuse, [field], () => parseDurationMs(text));
  if (intervalFits(ms)) return ms;
  const { pulseIntervalMinMs: least, pulseIntervalMaxMs: most } = LIMITS;
  throw refuse([field], `= ${text} is out of range`, `Give ${least}ms to ${most / 1_000}s.`);
}

function keyOf(path: string, refuse: Refuse, readKey: (path: string) => string): Uint8Array {
  return readAt(refuse, ["keyFile"], () => {
    try {
      return parseKey(readKey(path));
    } catch (error) {
      if (error instanceof SrwanError) throw error;
      throw refuse(["keyFile"], `: ${(error as Error).message}`, "Check the path; it is relative to this file.");
    }
  });
}
