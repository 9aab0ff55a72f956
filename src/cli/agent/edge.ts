// `srwan doctor edge`: what a trial of the edge showed, and what around it weakens it, as a person reads it.

import { spawnSync } from "node:child_process";
import { EXIT_CODES, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { withTools } from "../../base/program.ts";
import type { Trial, Tried } from "../../pop-agent/edge/trial.ts";
import { tryEdge } from "../../pop-agent/edge/trial.ts";
import { formatIpv6, type Ipv6 } from "../../srv6/address.ts";
import { domainOf } from "../../srv6/linux/nft.ts";
import { procSettings } from "../../srv6/linux/settings.ts";
import { fold, type Paint, paint, table } from "../output.ts";
import { withMachine } from "../route/machine.ts";
import { enterNamespace } from "../route/namespace.ts";
import type { Context, Input, Screen, View } from "../verb.ts";

const DEFAULT_COUNT = 100;

/** What is true of the POP beside the packets. `weak`: somebody outside could use it. */
type Note = { readonly about: string; readonly found: string; readonly weak: boolean; readonly remedy: string | null };

export async function doctorEdge(context: Context, { flags }: Input): Promise<View> {
  if (typeof flags.netns === "string") enterNamespace(flags.netns);
  const count = flags.count === undefined ? DEFAULT_COUNT : Number(flags.count);
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.edgeTrialPackets) {
    throw new SrwanError("USAGE", `--count ${flags.count} is no number of packets`, {
      remedy: `Give a whole number from 1 to ${LIMITS.edgeTrialPackets}.`,
    });
  }
  return withMachine(context, async ({ kernel, edge, journal }) => {
    const { blocks, segments } = domainOf(edge.read());
    const { ours } = await kernel.read([], journal.claimed());
    const source = known(await kernel.tunnelSource());
    const trial = await tryEdge({ ours, blocks, source }, count);
    const notes = [...segments.flatMap(believed), ...aroundIt(source)];
    return edgeView(trial, notes, count);
  });
}

const known = (source: Ipv6 | undefined): Ipv6 | undefined => (source === 0n ? undefined : source);

export function edgeView(trial: Trial, notes: readonly Note[], count: number): View {
  const { honest, tried } = trial;
  const proves = honest.sent > 0 && honest.passed === honest.sent;
  const closed = proves && tried.every(({ verdict }) => verdict === "refused");
  return {
    data: { schema: "srwan.doctor-edge/1", closed, packetsOfEachKind: count, honest, forged: tried, notes },
    text: (wide, screen) =>
      [
        `${count} packets of each kind, from a port that is no segment`,
        "",
        table(tried, COLUMNS, wide, screen),
        ...notes.filter(({ weak }) => weak).flatMap((note) => noteLines(note, screen)),
        ...(wide ? notes.filter(({ weak }) => !weak).map(({ about, found }) => `${about}: ${found}`) : []),
        paint(verdictText(trial, proves), closed ? "good" : "bad", screen),
      ].join("\n"),
    exitCode: closed ? EXIT_CODES.ok.code : EXIT_CODES.failed.code,
  };
}

const PAINTS: Readonly<Record<Tried["verdict"], Paint>> = {
  refused: "good",
  passed: "bad",
  uncounted: "warn",
  unsent: "warn",
};

const COLUMNS = [
  { title: "KIND", cell: ({ kind }: Tried) => kind },
  { title: "SENT", cell: ({ sent }: Tried) => `${sent}`, align: "right" },
  { title: "REFUSED", cell: ({ refused }: Tried) => `${refused}`, align: "right" },
  {
    title: "PASSED",
    cell: ({ passed }: Tried) => `${passed}`,
    align: "right",
    paint: ({ verdict }: Tried) => PAINTS[verdict],
  },
  { title: "COUNTED AS", cell: ({ countedAs }: Tried) => countedAs, wide: true },
  { title: "TO", cell: ({ target, made }: Tried) => (made ? `${target} (made up)` : target), wide: true },
  { title: "WHAT IT IS", cell: ({ about }: Tried) => about },
] as const;

const noteLines = ({ about, found, remedy }: Note, screen: Screen): string[] => [
  `${paint(about, "warn", screen)}: ${found}`,
  ...fold(remedy ?? "", (screen.width ?? Number.POSITIVE_INFINITY) - 2).map((line) => `  ${line}`),
];

function verdictText({ honest, tried }: Trial, proves: boolean): string {
  if (!proves) {
    return `Nothing is proved: ${honest.passed} of ${honest.sent} honest packets came in by the same port. See the machine's own firewall.`;
  }
  const of = (verdict: Tried["verdict"]): string[] =>
    tried.flatMap((one) => (one.verdict === verdict ? [one.kind] : []));
  const [passed, uncounted, unsent] = [of("passed"), of("uncounted"), of("unsent")];
  if (passed.length > 0) return `Open: ${passed.join(", ")} got past the edge.`;
  if (unsent.length > 0)
    return `Not tried in full: ${unsent.join(", ")} did not all leave. Try again on a quieter machine.`;
  if (uncounted.length > 0) {
    return `Stopped, but not all by the edge: ${uncounted.join(", ")}. Something before it drops them, or its table was put in anew meanwhile.`;
  }
  const sent = tried.reduce((sum, one) => sum + one.sent, 0);
  return `Closed: ${sent} forged packets of ${tried.length} kinds, all refused and counted.`;
}

/** Tunnels that take a packet from whoever writes the far end's address on it. */
const UNSIGNED = new Set(["vxlan", "geneve", "gre", "gretap", "ip6gre", "ip6gretap", "ip6tnl", "sit", "ipip"]);

function believed(device: string): Note[] {
  const { stdout } = spawnSync("ip", ["-d", "-j", "link", "show", "dev", device], {
    encoding: "utf8",
    env: withTools(process.env),
  });
  const kind = /"info_kind": ?"(\w+)"/.exec(stdout ?? "")?.[1] ?? (stdout?.trim() ? "a plain interface" : "not there");
  const weak = UNSIGNED.has(kind);
  return [
    {
      about: `segment ${device}`,
      found: weak ? `${kind}: whoever forges the far end's address is believed` : kind,
      weak,
      remedy: weak ? "Encrypt the segment, or let only the far end's address in where the network is yours." : null,
    },
  ];
}

function aroundIt(source: Ipv6 | undefined): Note[] {
  const ratelimit = procSettings.read("net.ipv6.icmp.ratelimit") ?? 0;
  return [
    {
      about: "source of tunnels",
      found: source === undefined ? "the kernel's choice, packet by packet" : formatIpv6(source),
      weak: source === undefined,
      remedy:
        source === undefined ? "Give the POP an address: in its record, or tunnelSource in the desired file." : null,
    },
    {
      about: "errors that this machine sends",
      found: ratelimit === 0 ? "as many as it is asked for" : `one in ${ratelimit} ms to each address`,
      weak: ratelimit === 0,
      remedy: ratelimit === 0 ? "sysctl -w net.ipv6.icmp.ratelimit=1000" : null,
    },
    {
      about: "echo requests and pulses to this machine from outside",
      found: `up to ${LIMITS.edgeEchoesPerSecond} and ${LIMITS.edgePulsesPerSecond} a second`,
      weak: false,
      remedy: null,
    },
  ];
}
