// An agent's status as people read it.

import { formatUs } from "../../base/units.ts";
import type { AgentStatus, PathStatus } from "../../pop-agent/status.ts";
import { type Paint, table } from "../output.ts";
import type { Screen } from "../verb.ts";

const PAINTS: Readonly<Record<string, Paint>> = {
  carrying: "good",
  unproved: "bad",
  installed: "warn",
  absent: "warn",
};

export function statusText(status: AgentStatus, wide: boolean, screen: Screen): string {
  const { pop, service, version, objectsInPlace, refused, segments } = status;
  const link = service.connected ? "connected" : `not connected, ${service.waiting} tellings wait`;
  const dead = segments.filter(({ state }) => state !== "up");
  const silent = dead.flatMap(({ segment, why }) => (why ? [`  ${segment}: ${why}`] : []));
  const head = [
    `${pop}: ${service.url} ${link}`,
    version === 0 ? "no document yet" : `version ${version}, ${objectsInPlace} objects in place`,
    `${segments.length - dead.length} of ${segments.length} segments up${dead.length === 0 ? "" : `; not ${dead.map(({ segment }) => segment).join(", ")}`}`,
    ...silent,
  ];
  const rows = table(
    status.paths,
    [
      { title: "POLICY", cell: (path: PathStatus) => path.policy },
      { title: "PATH", cell: (path) => path.path },
      { title: "", cell: (path) => (path.carries ? "*" : "") },
      { title: "STATE", cell: (path) => path.state, paint: (path) => PAINTS[path.state] },
      { title: "ACTUAL", cell: (path) => (path.actualUs === null ? "-" : formatUs(path.actualUs)), align: "right" },
      { title: "FIRST SEGMENT", cell: (path) => path.segments, wide: true },
      { title: "WHY", cell: (path) => path.why },
    ],
    wide,
    screen,
  );
  const troubles = refused.map(({ object, why }) => `refused ${object}: ${why}`);
  return [...head, "", rows.trimEnd(), ...(troubles.length === 0 ? [] : ["", ...troubles])].join("\n");
}
