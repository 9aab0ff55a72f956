// Two POPs with two relays between them, each POP with its probe namespace. Run inside a namespace of its own by
// probe.test.ts: `world` does everything and prints JSON; `apply POP` and `counts NODE` run inside one node.
//
//   probe1 ── pop1 ══ r1 ══ pop2 ── probe2
//                  ══ r2 ══

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { RealClock } from "../../src/base/clock.ts";
import { parseAddress } from "../../src/pulse/address.ts";
import { groupOf } from "../../src/pulse/group/group.ts";
import { type LivenessNews, Member } from "../../src/pulse/group/member.ts";
import type { PeerId } from "../../src/pulse/model.ts";
import type { NeighbourPlan, PulseNews, ReflectorPlan } from "../../src/pulse/plan.ts";
import { Pulse } from "../../src/pulse/pulse.ts";
import { returnPath } from "../../src/pulse/stamp-sr.ts";
import { formatPrefix, parsePrefix } from "../../src/srv6/address.ts";
import { readDesired } from "../../src/srv6/desired.ts";
import { apply, troubleText } from "../../src/srv6/linux/apply.ts";
import { compile } from "../../src/srv6/linux/compile.ts";
import { edgeText } from "../../src/srv6/linux/edge.ts";
import { memoryJournal } from "../../src/srv6/linux/journal.ts";
import { Kernel } from "../../src/srv6/linux/kernel.ts";
import { nftEdge } from "../../src/srv6/linux/nft.ts";
import { openProbeNamespace } from "../../src/srv6/linux/probe-namespace.ts";
import { openSocket, PROTOCOL } from "../../src/srv6/linux/socket.ts";
import { probeAddresses, withProbes } from "../../src/srv6/probe.ts";

const NODES = ["pop1", "r1", "r2", "pop2"] as const;
type PopName = "pop1" | "pop2";
const PATHS = ["lower", "upper"] as const;
const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];

const SID = { pop1: "fcbb:bb00:1", r1: "fcbb:bb00:2", r2: "fcbb:bb00:3", pop2: "fcbb:bb00:4" } as const;
/** Where each POP's probe addresses lie. */
const PROBES: Readonly<Record<PopName, Readonly<Record<Family, string>>>> = {
  pop1: { 4: "198.51.100.0/24", 6: "2001:db8:f1::/64" },
  pop2: { 4: "203.0.113.0/24", 6: "2001:db8:f2::/64" },
};
const OTHER = { pop1: "pop2", pop2: "pop1" } as const;
const PROBE_NAMESPACE = { pop1: "probe1", pop2: "probe2" } as const;

/** A link's name is where it leads; subnets are numbered by relay and side. */
const LINKS = [
  ["pop1", "r1", "2001:db8:11"],
  ["pop2", "r1", "2001:db8:12"],
  ["pop1", "r2", "2001:db8:21"],
  ["pop2", "r2", "2001:db8:22"],
] as const;

const SYSCTLS = [
  "net.ipv4.ip_forward=1",
  "net.ipv4.conf.all.rp_filter=0",
  "net.ipv4.conf.default.rp_filter=0",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv6.conf.all.seg6_enabled=1",
  "net.ipv6.conf.default.seg6_enabled=1",
  "net.ipv6.conf.default.accept_dad=0",
];

function ip(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** Runs this file again inside a node; `ip netns exec` would hide the namespaces that are made there. */
function within(node: string, ...words: string[]): void {
  const enter = [`--net=/run/netns/${node}`, process.execPath, import.meta.filename, ...words];
  const { status, stderr } = spawnSync("nsenter", enter, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function buildUnderlay(): void {
  for (const node of NODES) {
    ip("netns", "add", node);
    ip("netns", "exec", node, "sysctl", "-qw", ...SYSCTLS);
    ip("-n", node, "link", "set", "lo", "up");
  }
  for (const [pop, relay, net] of LINKS) {
    ip("link", "add", `to-${relay}`, "netns", pop, "type", "veth", "peer", "name", `to-${pop}`, "netns", relay);
    for (const [node, device, host] of [
      [pop, `to-${relay}`, 1],
      [relay, `to-${pop}`, 2],
    ] as const) {
      ip("-n", node, "addr", "add", `${net}::${host}/64`, "dev", device, "nodad");
      ip("-n", node, "link", "set", device, "up");
    }
    ip("-n", relay, "-6", "route", "add", `${SID[pop]}::/48`, "via", `${net}::1`);
    ip("-n", pop, "-6", "route", "add", `${SID[relay]}::/48`, "via", `${net}::2`);
  }
  // Each relay also knows the other one's link to pop2: an answer that was steered finds the way home.
  ip("-n", "r2", "-6", "route", "add", "2001:db8:12::/64", "via", "2001:db8:22::1");
  for (const relay of ["r1", "r2"] as const) {
    const sid = `${SID[relay]}::/128`;
    const end = ["encap", "seg6local", "action", "End", "count", "dev", `to-pop1`];
    ip("-n", relay, "-6", "route", "add", sid, ...end);
  }
}

/** The POP's own End.X leads to each relay: lists begin with it, as paths over chosen transits do. */
function desiredOf(pop: PopName): string {
  const far = SID[OTHER[pop]];
  const net = { pop1: ["2001:db8:11", "2001:db8:21"], pop2: ["2001:db8:12", "2001:db8:22"] }[pop];
  const policy = (family: Family): string => `  - name: far${family}
    paths:
      - { name: upper, segments: ["${SID[pop]}:e001::", "${SID.r1}::", "${far}:d00${family}::"] }
      - { name: lower, segments: ["${SID[pop]}:e002::", "${SID.r2}::", "${far}:d00${family}::"] }
`;
  return `version: 1
domain: { blocks: ["fcbb:bb00::/32"], segments: [to-r1, to-r2] }
localSids:
  - { sid: "${SID[pop]}:e001::", behavior: End.X, nexthop: "${net[0]}::2", device: to-r1 }
  - { sid: "${SID[pop]}:e002::", behavior: End.X, nexthop: "${net[1]}::2", device: to-r2 }
  - { sid: "${SID[pop]}:d006::", behavior: End.DT6, table: 254 }
  - { sid: "${SID[pop]}:d004::", behavior: End.DX4, nexthop: 169.254.0.2 }
policies:
${FAMILIES.map(policy).join("")}`;
}

async function applyAt(pop: PopName): Promise<void> {
  const near = FAMILIES.map((family) => parsePrefix(PROBES[pop][family]));
  openProbeNamespace({ name: PROBE_NAMESPACE[pop], device: "srwan-probe", near });
  const targets = FAMILIES.map((family) => ({
    policy: `far${family}`,
    far: parsePrefix(PROBES[OTHER[pop]][family]),
  }));
  const { desired } = withProbes(readDesired(desiredOf(pop), `${pop}.yaml`), targets);
  const kernel = openKernel();
  const wanted = { objects: compile(desired, { nexthopEncap: true }), edge: edgeText(desired) };
  const { troubles, leftOver } = await apply({ kernel, edge: nftEdge, journal: memoryJournal() }, wanted);
  kernel.close();
  if (troubles.length + leftOver.length > 0) throw new Error(`${pop}: ${troubles.map(troubleText).join("\n")}`);
}

const openKernel = (): Kernel =>
  new Kernel({ route: openSocket(PROTOCOL.route), generic: openSocket(PROTOCOL.generic) }, new RealClock());

/** What a relay's SID counted. */
function packetsAt(relay: "r1" | "r2"): number {
  const told = ip("-n", relay, "-s", "-6", "route", "show", `${SID[relay]}::`);
  return Number(/packets (\d+)/.exec(told)?.[1] ?? Number.NaN);
}

const hostOf = (prefix: string, path: string): Uint8Array => {
  const address = probeAddresses(parsePrefix(prefix), PATHS).get(path);
  return parseAddress(address === undefined ? "" : formatPrefix(address).replace(/\/\d+$/, ""));
};

const PULSE = { synchronised: false, stamps: "kernel", phaseStart: 0, tellsReplies: true } as const;
const REFLECTOR = {
  port: 862,
  mode: "open",
  stateful: true,
  format: "ntp",
  returnAddresses: [],
  steersReplies: true,
} as const satisfies Partial<ReflectorPlan>;
const NEIGHBOUR = {
  port: 862,
  intervalMs: 30,
  mode: "open",
  format: "ntp",
  greets: true,
  countsDirectly: false,
} as const satisfies Partial<NeighbourPlan>;

class Watch {
  readonly news: PulseNews[] = [];
  #wake = (): void => undefined;

  take = (news: PulseNews): void => {
    if (news.kind === "refused") throw new Error(JSON.stringify(news));
    this.news.push(news);
    this.#wake();
  };

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  replies = (peer: string) =>
    this.news.flatMap((one) => (one.kind === "samples" ? one.replies.filter((told) => told.peer === peer) : []));

  finished = (peer: string): boolean => this.news.some((one) => one.kind === "finished" && one.peer === peer);
}

async function world(): Promise<unknown> {
  buildUnderlay();
  for (const pop of ["pop1", "pop2"] as const) within(pop, "apply", pop);
  const any = { 4: new Uint8Array(4), 6: new Uint8Array(16) };
  const far = new Pulse(
    {
      ...PULSE,
      neighbours: [],
      reflectors: [
        ...FAMILIES.map((family) => ({ ...REFLECTOR, address: any[family], namespace: "probe2" })),
        { ...REFLECTOR, address: parseAddress("2001:db8:12::1"), namespace: "pop2" },
      ],
    },
    () => undefined,
  );
  await far.ready;
  const watch = new Watch();
  const near = new Pulse({ ...PULSE, neighbours: [], reflectors: [] }, watch.take);
  const probe = (family: Family, path: string, more: Partial<NeighbourPlan>): NeighbourPlan => ({
    ...NEIGHBOUR,
    id: `${path}${family}` as PeerId,
    address: hostOf(PROBES.pop2[family], path),
    from: hostOf(PROBES.pop1[family], path),
    namespace: "probe1",
    extensions: [],
    watchesLiveness: false,
    ...more,
  });

  // Each path alone, so that what the relays count is its own.
  const crossed: Record<string, unknown> = {};
  for (const family of FAMILIES) {
    for (const path of PATHS) {
      const before = [packetsAt("r1"), packetsAt("r2")] as const;
      const plan = probe(family, path, { count: 5 });
      near.add(plan);
      await watch.until(() => watch.finished(plan.id));
      const replies = watch.replies(plan.id);
      crossed[plan.id] = {
        answered: replies.length,
        hops: replies.at(-1)?.hops,
        r1: packetsAt("r1") - before[0],
        r2: packetsAt("r2") - before[1],
      };
    }
  }

  // A sender on r1's link asks for its answers by way of r2.
  const steeredBefore = packetsAt("r2");
  const steered: NeighbourPlan = {
    ...probe(6, "upper", { count: 5 }),
    id: "steered" as PeerId,
    address: parseAddress("2001:db8:12::1"),
    from: parseAddress("2001:db8:12::2"),
    namespace: "r1",
    extensions: [returnPath({ kind: "path", sids: [parseAddress(`${SID.r2}::`)] })],
  };
  near.add(steered);
  await watch.until(() => watch.finished(steered.id));
  const back = { answered: watch.replies(steered.id).length, r2: packetsAt("r2") - steeredBefore };

  await near.stop();
  await far.stop();
  return { crossed, back, group: await membersProbe() };
}

/** Members of one group that prove both paths at once, each from its end; then the upper one dies behind its relay. */
async function membersProbe(): Promise<unknown> {
  // The members reach each other over r2.
  ip("-n", "pop1", "-6", "route", "add", "2001:db8:22::/64", "via", "2001:db8:21::2");
  ip("-n", "pop2", "-6", "route", "add", "2001:db8:21::/64", "via", "2001:db8:22::2");
  const own = { pop1: "2001:db8:21::1", pop2: "2001:db8:22::1" } as const;
  const text = (["pop1", "pop2"] as const).map((pop) => `  - {name: ${pop}, address: "${own[pop]}"}\n`).join("");
  const group = groupOf(`version: 1\nname: pair\ninterval: 50ms\nmembers:\n${text}`, "pair.yaml", () => "");
  const news: LivenessNews[] = [];
  let wake = (): void => undefined;
  const members = (["pop1", "pop2"] as const).map((pop) => {
    const probes = { namespace: PROBE_NAMESPACE[pop], port: 862 };
    const self = pop as string as PeerId;
    const member = new Member(group, { self, namespace: pop, probes, stamps: "kernel", phaseStart: 0 });
    member.setProbes(
      PATHS.map((path) => ({
        path,
        peer: OTHER[pop] as string as PeerId,
        address: hostOf(PROBES[OTHER[pop]][6], path),
        from: hostOf(PROBES[pop][6], path),
        port: 862,
        intervalMs: 30,
      })),
    );
    return member;
  });
  const [near, far] = members as [Member, Member];
  near.onLiveness((one) => {
    news.push(one);
    wake();
  });
  const state = (path?: string): string | undefined => news.findLast((one) => one.path === path)?.state;
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  };
  await Promise.all(members.map((member) => member.start()));
  await until(() => [undefined, ...PATHS].every((path) => state(path) === "up"));
  await until(() => near.matrix().paths.every(({ p50Us }) => p50Us !== null));
  const measured = near.matrix();
  ip("-n", "r1", "link", "set", "to-pop2", "down");
  await until(() => state("upper") === "down");
  const after = { lower: state("lower"), member: state() };
  await near.stop();
  await far.stop();
  return { measured, after };
}

const [what, node = ""] = process.argv.slice(2);
if (what === "apply") await applyAt(node as PopName);
else {
  const result = await world();
  writeFileSync(1, `${JSON.stringify(result)}\n`);
}
