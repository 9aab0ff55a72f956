// docs/reference/kernel-matrix.md: which encap mode and behavior carries which family, one section for each kernel on which
// it was tried. A section is made whole by one run; those of other kernels stay.

import { ENCAP_MODES, type EncapMode } from "../../src/srv6/behavior.ts";
import { SUBJECTS, type Subject } from "./scenarios.ts";
import type { Verdict } from "./verdicts.ts";

export const PAGE = "docs/reference/kernel-matrix.md";
export const COMMAND = "node test/kernel/matrix.ts";

const HEAD = `# What kernels carry

<!-- Made by \`${COMMAND}\` on each kernel named below; run it, do not edit this page. -->

Packets from a host cross ingress, two relays and egress to another host, each node in a network namespace, every route and
SID put there by srwan over netlink. A cell names the inner families that hold, which means: the headers on each link are
those of RFC 8754, 8986 and 9800, read alike by our decoder and by tshark; each SID's counter rose by exactly the packets
and octets sent; and the inner packet arrives octet by octet, its hop limit (TTL) lower by no more than the four nodes and
IPv4's header checksum right for that. Frames of l2encap arrive without any change.

- inline adds no header, so it cannot carry IPv4 (the kernel takes such a route and drops what it matches; srwan refuses
  it), and no SID at its end can take anything off.
- l2encap takes the frames of routed packets: no ARP, no bridge port. It is no pseudowire. Only End.DX2 takes its frames
  out, and End.DX2 takes nothing else.
- The last waypoint of a NEXT-CSID carrier is the SID that decapsulates, whatever it does; those before it shift.
- The behavior of a row is met on the way (End to End.B6.Encaps, with the exit that fits) or at the egress (End.DX2 and on).
`;

/** Sections of a page by their titles, in their order. */
export function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.split("\n", 1)[0] ?? "", `## ${part.trimEnd()}\n`]));
}

export const titleOf = (kernel: string, architecture: string): string => `Linux ${kernel}, ${architecture}`;

export function section(title: string, verdicts: readonly Verdict[]): string {
  const lacking = [...new Set(verdicts.filter(({ state }) => state === "lacking").flatMap(({ why }) => why))].sort();
  const failing = verdicts.filter(({ state }) => state === "fails");
  const lines = [
    `## ${title}`,
    "",
    `| behavior | ${ENCAP_MODES.join(" | ")} |`,
    `| --- |${ENCAP_MODES.map(() => " --- |").join("")}`,
    ...SUBJECTS.map(
      (subject) => `| ${subject} | ${ENCAP_MODES.map((mode) => cell(verdicts, subject, mode)).join(" | ")} |`,
    ),
    ...(lacking.length ? ["", "This kernel lacks:", "", ...lacking.map((why) => `- ${why}`)] : []),
    ...(failing.length ? ["", "What fails:", "", ...failing.map(failure)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function cell(verdicts: readonly Verdict[], subject: Subject, mode: EncapMode): string {
  const mine = verdicts.filter((verdict) => verdict.subject === subject && verdict.mode === mode);
  const words = mine.flatMap(({ family, state }) => {
    if (state === "none") return [];
    return [state === "holds" ? `IPv${family}` : state === "lacking" ? "lacking" : `IPv${family} fails`];
  });
  return [...new Set(words)].join(", ") || "–";
}

const failure = ({ subject, mode, family, why }: Verdict): string => `- ${subject}, ${mode}, IPv${family}: ${why[0]}`;

/** The page with this section in place of the one of the same title. */
export function withSection(page: string, title: string, text: string): string {
  const sections = sectionsOf(page).set(title, text);
  return [HEAD, ...[...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)].join("\n");
}
