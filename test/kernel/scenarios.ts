// Every way a packet can cross the world: encap mode × behavior × inner family. Each crossing has SIDs of its own, so that
// a SID's counter tells what that crossing alone sent.

import { parseIpv4, parseIpv6 } from "../../src/srv6/address.ts";
import { type Behavior, ENCAP_MODES, type EncapMode } from "../../src/srv6/behavior.ts";
import { compress } from "../../src/srv6/compress.ts";
import type { Desired, LocalSid } from "../../src/srv6/model.ts";
import type { Sid } from "../../src/srv6/sid.ts";
import { IDLE, local, MAIN_TABLE, NEXT_CSID, path, policy, steer } from "./build.ts";
import type { Sids } from "./predict.ts";
import { addressOn, csidAt, EAST_GATEWAY, eastAddress, LOWER_TABLE, type SrNode, sidAt, VRF_TABLE } from "./world.ts";

/** The behaviors under test, in the order of the matrix: on the way, then at the egress. */
export const TRANSITS = [
  "End",
  "End PSP",
  "End NEXT-CSID",
  "End.X",
  "End.X NEXT-CSID",
  "End.T",
  "End.B6.Encaps",
] as const;
export const EXITS = ["End.DX2", "End.DX4", "End.DX6", "End.DT4", "End.DT6 table", "End.DT6 VRF", "End.DT46"] as const;
export type Subject = (typeof TRANSITS)[number] | (typeof EXITS)[number];
export const SUBJECTS: readonly Subject[] = [...TRANSITS, ...EXITS];

export type Scenario = {
  readonly id: number;
  readonly subject: Subject;
  readonly mode: EncapMode;
  readonly family: 4 | 6;
  readonly to: string;
  readonly segments: readonly Sid[];
  readonly sids: Sids;
  readonly needsVrf: boolean;
};

/** Why a combination is none; undefined for one that can be. */
export function impossible(subject: Subject, mode: EncapMode, family: 4 | 6): string | undefined {
  const frames = mode.startsWith("l2encap");
  const exit = (EXITS as readonly string[]).includes(subject);
  if (mode === "inline" && exit) return "inline adds no header that could be taken off";
  if (mode === "inline" && family === 4) return "inline cannot carry IPv4";
  if (!exit) return undefined;
  if (frames !== (subject === "End.DX2")) return frames ? "an Ethernet frame is for End.DX2" : "End.DX2 is for frames";
  if (subject === "End.DX4" || subject === "End.DT4") return family === 4 ? undefined : "for IPv4 only";
  return subject.startsWith("End.DX6") || subject.startsWith("End.DT6")
    ? family === 6
      ? undefined
      : "for IPv6 only"
    : undefined;
}

export function scenarios(): Scenario[] {
  const all: Scenario[] = [];
  for (const subject of SUBJECTS) {
    for (const mode of ENCAP_MODES) {
      for (const family of [4, 6] as const) {
        if (impossible(subject, mode, family) === undefined) all.push(scenario(all.length + 1, subject, mode, family));
      }
    }
  }
  return all;
}

function scenario(id: number, subject: Subject, mode: EncapMode, family: 4 | 6): Scenario {
  const common = { id, subject, mode, family, to: eastAddress(family, id), needsVrf: VRF_SUBJECTS.includes(subject) };
  return { ...common, ...route(id, subject, last(subject, mode, family)) };
}

const VRF_SUBJECTS: readonly Subject[] = ["End.DT4", "End.DT6 VRF", "End.DT46"];

/** What the egress does with the packet: takes off what the mode put on. */
function last(subject: Subject, mode: EncapMode, family: 4 | 6): Behavior {
  const exits: Partial<Record<Subject, Behavior>> = {
    "End.DT4": { action: "End.DT4", vrfTable: VRF_TABLE },
    "End.DT46": { action: "End.DT46", vrfTable: VRF_TABLE },
    "End.DT6 VRF": { action: "End.DT6", vrfTable: VRF_TABLE },
    "End.DT6 table": { action: "End.DT6", table: MAIN_TABLE },
  };
  const named = exits[subject];
  if (named) return named;
  if (mode === "inline") return { action: "End", ...(subject === "End PSP" ? { flavors: { psp: true } } : {}) };
  if (mode.startsWith("l2encap")) return { action: "End.DX2", device: "out" };
  return family === 4
    ? { action: "End.DX4", nexthop: parseIpv4(EAST_GATEWAY[4]) }
    : { action: "End.DX6", nexthop: parseIpv6(EAST_GATEWAY[6]) };
}

type Route = Pick<Scenario, "segments" | "sids">;

function route(id: number, subject: Subject, exit: Behavior): Route {
  const compressed = subject.endsWith("NEXT-CSID");
  const sid = (node: SrNode): Sid => (compressed ? csidAt(node, id) : sidAt(node, id));
  const nexthop = parseIpv6(addressOn("lower", "relay2"));
  const flavors = compressed ? { flavors: NEXT_CSID } : {};
  const [one, two, end] = [sid("relay1"), sid("relay2"), sid("egress")];
  const sids = (relay1: Behavior, relay2: Behavior, ...more: readonly LocalSid[]): Sids => ({
    ingress: [],
    relay1: [local(one, relay1)],
    relay2: [local(two, relay2)],
    egress: [local(end, exit), ...more],
  });
  switch (subject) {
    case "End":
      return { segments: [one, two, end], sids: sids({ action: "End" }, { action: "End" }) };
    case "End PSP":
      return { segments: [one, two, end], sids: sids({ action: "End" }, { action: "End", flavors: { psp: true } }) };
    case "End.X":
      return {
        segments: [one, two, end],
        sids: sids({ action: "End.X", nexthop, device: "lower" }, { action: "End" }),
      };
    case "End.T":
      return { segments: [one, two, end], sids: sids({ action: "End.T", table: LOWER_TABLE }, { action: "End" }) };
    case "End NEXT-CSID":
    case "End.X NEXT-CSID": {
      const segments = compress([{ sid: one, ...NEXT_CSID }, { sid: two, ...NEXT_CSID }, { sid: end }]).map(
        (c) => c.sid,
      );
      const first: Behavior =
        subject === "End NEXT-CSID"
          ? { action: "End", ...flavors }
          : { action: "End.X", nexthop, device: "lower", ...flavors };
      return { segments, sids: sids(first, { action: "End", ...flavors }) };
    }
    case "End.B6.Encaps": {
      // The bound list has an end of its own at the egress, which gives the packet back to the list it was bound into.
      const inner = sidAt("egress", 0x800 + id);
      return {
        segments: [one, end],
        sids: sids(
          { action: "End.B6.Encaps", segments: [two, inner] },
          { action: "End" },
          local(inner, { action: "End.DT6", table: MAIN_TABLE }),
        ),
      };
    }
    default:
      // The second relay has no SID in the list: plain IPv6 forwarding carries the packet on.
      return { segments: [one, end], sids: { ...sids({ action: "End" }, { action: "End" }), relay2: [] } };
  }
}

/** What a node is to hold for all of these crossings at once. */
export function desiredOf(node: SrNode, all: readonly Scenario[]): Desired {
  const localSids = all.flatMap(({ sids }) => sids[node]);
  const tenants = node === "egress" && all.some(({ needsVrf }) => needsVrf) ? [{ name: "blue", table: VRF_TABLE }] : [];
  if (node !== "ingress") return { ...IDLE, tenants, localSids };
  return {
    ...IDLE,
    policies: all.map(({ id, mode, segments }) => policy(`s${id}`, [path("only", segments, 1, mode)])),
    steering: all.map(({ id, to }) => steer(`s${id}`, [to])),
  };
}
