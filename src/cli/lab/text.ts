// The lab verbs' tables.

import { formatRate, formatSharePpm, formatUs } from "../../base/units.ts";
import type { Impairment } from "../../lab/model.ts";
import type { DirectionState } from "../../lab/net/control.ts";
import type { LabState, LinkState, NodeState } from "../../lab/net/inspect.ts";
import type { UpReport } from "../../lab/net/up.ts";
import { type Column, paint, table } from "../output.ts";
import type { Screen } from "../verb.ts";

export function upText({ lab, record, tookMs, leftOut, warnings }: UpReport, screen: Screen): string {
  const where = record.rootless ? "in a user namespace" : "as root";
  const node = lab.nodes[0]?.name ?? "";
  return [
    ...[...leftOut, ...warnings].map((line) => paint(line, "warn", screen)),
    `Lab ${lab.name} is up ${where}: ${lab.nodes.length} nodes, ${lab.links.length} ${record.links} links, ` +
      `${(tookMs / 1_000).toFixed(1)} s.`,
    `  srwan lab exec ${lab.name} ${node} -- ip -6 route`,
    `  srwan lab inspect ${lab.name}`,
    `  srwan lab down ${lab.name}`,
  ].join("\n");
}

export function stateText(state: LabState, wide: boolean, screen: Screen): string {
  const head = `${state.name}: ${state.state}${state.rootless ? ", in a user namespace" : ""}, from ${state.file}`;
  if (state.state === "broken") {
    return `${paint(head, "bad", screen)}\n  Its keeper is gone: \`srwan lab down ${state.name}\` clears what is left.`;
  }
  const own = state.ownLoss ? paint(`\nThe lab itself lost ${state.ownLoss} frames.`, "bad", screen) : "";
  return `${head}\n\n${nodesText(state.nodes, wide, screen)}\n${directionsText(state.directions, screen)}${own}`;
}

const nodesText = (nodes: readonly NodeState[], wide: boolean, screen: Screen): string =>
  table(
    nodes,
    [
      { title: "NODE", cell: (node) => node.name },
      { title: "POP", cell: (node) => node.pop ?? "-" },
      { title: "CITY", cell: (node) => node.city ?? "-" },
      { title: "ADDRESS", cell: (node) => node.address },
      { title: "LOCATOR", cell: (node) => node.locator ?? "-" },
      { title: "CLOCK", cell: ({ clock }) => clockText(clock.offsetUs, clock.driftPpm) },
      { title: "NAMESPACE", cell: (node) => node.namespace, wide: true },
    ],
    wide,
    screen,
  );

const clockText = (offsetUs: number, driftPpm: number): string =>
  offsetUs === 0 && driftPpm === 0 ? "true" : `${formatUs(offsetUs)}, ${driftPpm} ppm`;

export function directionsText(directions: readonly (DirectionState | LinkState)[], screen: Screen): string {
  const columns: Column<DirectionState | LinkState>[] = [
    { title: "FROM", cell: ({ end }) => end },
    { title: "TO", cell: (state) => ("to" in state ? state.to : "") },
    { title: "DELAY", cell: ({ does }) => delayText(does), align: "right" },
    { title: "LOSS", cell: ({ does }) => formatSharePpm(does.lossPpm), align: "right" },
    {
      title: "RATE",
      cell: ({ does }) => (does.rateBps === undefined ? "-" : formatRate(does.rateBps)),
      align: "right",
    },
    { title: "SENT", cell: ({ counters }) => String(counters.sent), align: "right" },
    { title: "LOST", cell: ({ counters }) => String(counters.lost), align: "right" },
    { title: "FULL", cell: ({ counters }) => String(counters.full), align: "right" },
    { title: "NOW", cell: ({ passing }) => (passing ? "for a while" : ""), paint: () => "warn" },
  ];
  const hasFar = directions.some((state) => "to" in state);
  return table(directions, hasFar ? columns : columns.filter(({ title }) => title !== "TO"), false, screen);
}

const delayText = ({ delayUs, jitterUs }: Impairment): string =>
  jitterUs > 0 ? `${formatUs(delayUs)} ± ${formatUs(jitterUs)}` : formatUs(delayUs);

export const listText = (states: readonly LabState[], wide: boolean, screen: Screen): string =>
  states.length === 0
    ? "No lab is up."
    : table(
        states,
        [
          { title: "LAB", cell: ({ name }) => name },
          { title: "STATE", cell: ({ state }) => state, paint: ({ state }) => (state === "up" ? "good" : "bad") },
          { title: "NODES", cell: ({ nodes }) => String(nodes.length), align: "right" },
          { title: "LINKS", cell: ({ directions }) => String(directions.length / 2), align: "right" },
          { title: "KEEPER", cell: ({ keeperPid }) => String(keeperPid ?? "-"), wide: true },
          { title: "FILE", cell: ({ file }) => file },
        ],
        wide,
        screen,
      );
