// What a lab is and does at this moment, for people and programs.

import { formatIpv6, formatPrefix } from "../../srv6/address.ts";
import type { ClockSkew, Impairment, Lab } from "../model.ts";
import { directions, endText } from "../model.ts";
import { addressOf } from "./addresses.ts";
import { askKeeper, type DirectionState } from "./control.ts";
import { isAlive, type LabFolder, type LabRecord } from "./folder.ts";
import { nodeNamespace } from "./names.ts";

export type NodeState = {
  readonly name: string;
  readonly pop: string | null;
  readonly city: string | null;
  readonly address: string;
  readonly locator: string | null;
  readonly namespace: string;
  readonly interfaces: readonly string[];
  readonly clock: ClockSkew;
};

export type LinkState = DirectionState & { readonly to: string; readonly transit: string | null };

export type LabState = {
  readonly name: string;
  readonly file: string;
  /** "broken": its keeper is gone, and with it its links. */
  readonly state: "up" | "making" | "broken";
  readonly rootless: boolean;
  readonly links: LabRecord["links"];
  readonly keeperPid: number | null;
  readonly sinceUs: number;
  readonly nodes: readonly NodeState[];
  readonly directions: readonly LinkState[];
  /** Frames the lab itself lost and should not have. */
  readonly ownLoss: number | null;
};

export async function inspectLab(folder: LabFolder): Promise<LabState> {
  const record = folder.read();
  const lab = record === undefined ? undefined : folder.lab();
  const isMaking = record?.phase === "making" && isAlive(record.runner);
  const stands = record?.phase === "up" && isAlive(record.keeper);
  const now = record && stands ? await askKeeper(folder, record, { ask: "inspect" }) : undefined;
  return {
    name: folder.name,
    file: record?.file ?? "",
    state: stands ? "up" : isMaking ? "making" : "broken",
    rootless: record?.rootless ?? false,
    links: record?.links ?? "relay",
    keeperPid: stands ? (record.keeper?.pid ?? null) : null,
    sinceUs: record?.sinceUs ?? 0,
    nodes: lab === undefined ? [] : nodeStates(lab),
    directions: lab === undefined ? [] : linkStates(lab, now?.directions ?? []),
    ownLoss: now?.ownLoss ?? null,
  };
}

const nodeStates = (lab: Lab): NodeState[] =>
  lab.nodes.map((node) => ({
    name: node.name,
    pop: node.pop?.name ?? null,
    city: node.pop?.city ?? null,
    address: formatIpv6(addressOf(lab, node)),
    locator: node.pop?.locator ? formatPrefix(node.pop.locator) : null,
    namespace: nodeNamespace(lab.name, node.name),
    interfaces: directions(lab).flatMap(({ from }) => (from.node === node.name ? [from.interface] : [])),
    clock: node.clock,
  }));

function linkStates(lab: Lab, now: readonly DirectionState[]): LinkState[] {
  const byEnd = new Map(now.map((state) => [state.end, state]));
  return directions(lab).map(({ link, from, to, does }) => ({
    ...(byEnd.get(endText(from)) ?? asFiled(endText(from), does)),
    to: endText(to),
    transit: link.transit ?? null,
  }));
}

const asFiled = (end: string, does: Impairment): DirectionState => ({
  end,
  does,
  passing: false,
  counters: { sent: 0, lost: 0, full: 0 },
});
