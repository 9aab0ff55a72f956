// What the route verbs answer with: plans, reports and the kernel's contents, as documents and as text for a terminal.

import { EXIT_CODES } from "../../base/errors.ts";
import { formatIpv6, type Ipv6 } from "../../srv6/address.ts";
import { type ApplyReport, type ObjectReport, troubleText } from "../../srv6/linux/apply.ts";
import type { KernelObject } from "../../srv6/linux/objects.ts";
import { type Plan, planCommands, planDiff } from "../../srv6/linux/plan.ts";
import { objectText } from "../../srv6/linux/text.ts";
import { fold, foldCommand, type Paint, paint, table } from "../output.ts";
import type { Screen, View } from "../verb.ts";
import type { SidListsIn } from "./machine.ts";

export type Planned = {
  readonly plan: Plan;
  readonly sidListsIn: SidListsIn;
  /** The table to be put in place; undefined where it stands. */
  readonly edge: string | undefined;
  /** The source of tunnels to be set; undefined where it is right. */
  readonly source: Ipv6 | undefined;
};

export function planView({ plan, sidListsIn, edge, source }: Planned, asDiff: boolean): View {
  const commands = planCommands(plan.steps);
  const sourceCommand = source === undefined ? [] : [`ip sr tunsrc set ${formatIpv6(source)}`];
  return {
    data: {
      changes: plan.steps.length + sourceCommand.length + (edge === undefined ? 0 : 1),
      sidListsIn,
      edge: edge === undefined ? "in place" : "to be put in place",
      edgeTable: edge ?? null,
      tunnelSource: source === undefined ? null : formatIpv6(source),
      steps: plan.steps.map(({ change, object }, i) => ({ change, kind: object.kind, command: commands[i] })),
      foreign: plan.foreign.map(({ wanted, found }) => ({ wanted: objectText(wanted), found: objectText(found) })),
    },
    text: (wide, screen) => {
      const lines = asDiff
        ? [
            ...(edge === undefined ? [] : ["~ nftables table inet srwan"]),
            ...(source === undefined ? [] : [`~ tunnel source ${formatIpv6(source)}`]),
            ...planDiff(plan).map((line) => hang(line, "    ", screen)),
          ]
        : [
            ...(edge === undefined ? [] : [edgeCommand(edge, wide)]),
            ...[...sourceCommand, ...commands].map((line) => shellLines(line, screen)),
            ...plan.foreign.flatMap(({ wanted, found }) => [
              hang(`# in the way, not ours: ${objectText(found)}`, "#   ", screen),
              hang(`#   wanted: ${objectText(wanted)}`, "#   ", screen),
            ]),
          ];
      if (lines.length === 0) return "Nothing to do: what is wanted is in place.";
      return lines.map((line) => paint(line, PAINT[line[0] ?? ""], screen)).join("\n");
    },
  };
}

const PAINT: Readonly<Record<string, Paint>> = { "+": "good", "-": "bad", "!": "warn", "~": "warn", "#": "warn" };

function edgeCommand(table: string, wide: boolean): string {
  if (wide) return `nft -f - <<'END'\n${table}END`;
  return "nft -f -   # table inet srwan, in one transaction; -o wide shows it";
}

const shellLines = (command: string, { width }: Screen): string =>
  foldCommand(command, width ?? Number.POSITIVE_INFINITY).join("\n");

/** A line over several, those below the first behind `indent`. */
function hang(text: string, indent: string, { width }: Screen): string {
  if (width === undefined) return text;
  const [first = "", ...more] = fold(text, width - indent.length);
  return [first, ...more.map((line) => indent + line)].join("\n");
}

export function applyView(report: ApplyReport, sidListsIn: SidListsIn): View {
  const { inPlace, steps, troubles, edgeChanged } = report;
  const changed = `${steps.length} changed${edgeChanged ? ", edge put in place" : ""}`;
  return reportView(report, sidListsIn, `${inPlace} of ${inPlace + troubles.length} objects in place, ${changed}`);
}

export function flushView(report: ApplyReport): View {
  return reportView(
    report,
    undefined,
    `${report.steps.length} object${report.steps.length === 1 ? "" : "s"} of ours removed`,
  );
}

function reportView(
  { steps, troubles, inPlace, edgeChanged, leftOver }: ApplyReport,
  sidListsIn: SidListsIn | undefined,
  summary: string,
): View {
  const ok = troubles.length === 0 && leftOver.length === 0;
  return {
    data: {
      inPlace,
      changed: steps.length,
      edgeChanged,
      ...(sidListsIn === undefined ? {} : { sidListsIn }),
      troubles: troubles.map(told),
      leftOver: leftOver.map(objectText),
    },
    text: (_wide, screen) =>
      [
        ...troubles.map((trouble) =>
          paint(hang(troubleText(trouble), INDENT, screen), trouble.state === "foreign" ? "warn" : "bad", screen),
        ),
        ...leftOver.map((object) => paint(hang(`left     ${objectText(object)}`, INDENT, screen), "bad", screen)),
        summary + (ok ? "." : `; ${troubles.length} in trouble, ${leftOver.length} left over.`),
      ].join("\n"),
    exitCode: ok ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
  };
}

const INDENT = " ".repeat("foreign  ".length);

const told = (trouble: ObjectReport) => ({
  object: objectText(trouble.object),
  state: trouble.state,
  why: trouble.state === "failed" ? trouble.why : null,
  found: "found" in trouble && trouble.found ? objectText(trouble.found) : null,
});

const KINDS: readonly KernelObject["kind"][] = ["vrf", "hmac", "nexthop", "group", "route", "rule"];

export function showView(ours: readonly KernelObject[]): View {
  const rows = [...ours]
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
    .map((object) => ({ kind: object.kind, object: objectText(object), ...countersOf(object) }));
  return {
    data: rows,
    text: (wide, screen) =>
      rows.length === 0
        ? "Nothing of ours is in this kernel."
        : table(
            rows,
            [
              { title: "KIND", cell: (row) => row.kind },
              { title: "PACKETS", cell: (row) => String(row.packets ?? "-"), align: "right" },
              { title: "OCTETS", cell: (row) => String(row.octets ?? "-"), align: "right" },
              { title: "ERRORS", cell: (row) => String(row.errors ?? "-"), align: "right", wide: true },
              { title: "OBJECT", cell: (row) => row.object },
            ],
            wide,
            screen,
          ),
  };
}

type Counted = { readonly packets?: bigint; readonly octets?: bigint; readonly errors?: bigint };

/** A SID's route counts, and so does each member of a binding SID's group. */
function countersOf(object: KernelObject): Counted {
  const hop = object.kind === "nexthop" ? object.hop : undefined;
  const only = object.kind === "route" && object.target.kind === "hops" ? object.target.hops[0] : hop;
  return only?.encap?.kind === "seg6local" ? (only.encap.counters ?? {}) : {};
}
