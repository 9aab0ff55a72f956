// The edge against an intruder who knows every SID: twelve kinds of forged packets, none of which gets in, each counted
// under its kind; and the trial of `srwan doctor edge` itself, which has to see a hole where there is one.

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parsePrefix } from "../../src/srv6/address.ts";
import type { Desired } from "../../src/srv6/model.ts";
import { parseSid } from "../../src/srv6/sid.ts";
import { IDLE, local, MAIN_TABLE, path, policy, steer } from "./build.ts";
import { Namespace } from "./namespace.ts";
import { lacksWorld } from "./needs.ts";
import { csidAt, sidAt } from "./world.ts";

const lacking = lacksWorld();
const SRWAN = fileURLToPath(new URL("../../bin/srwan", import.meta.url));
const [END, EXIT, BINDING, CSID] = [
  sidAt("ingress", 1),
  sidAt("ingress", 6),
  sidAt("ingress", 9),
  csidAt("ingress", 1),
];

const POP: Desired = {
  ...IDLE,
  tunnelSource: parseSid("2001:db8:1::1"),
  localSids: [
    local(END, { action: "End" }),
    local(EXIT, { action: "End.DT6", table: MAIN_TABLE }),
    {
      prefix: { ...parsePrefix("fcbb:bb00:1001::/48"), address: CSID },
      behavior: { action: "End", flavors: { nextCsid: { blockBits: 32, nodeFunctionBits: 16 } } },
      counted: true,
    },
  ],
  policies: [policy("p", [path("only", [sidAt("relay1", 1), sidAt("egress", 6)])], { bindingSid: BINDING })],
  steering: [steer("p", ["2001:db8:f::/64"])],
};

type Forged = {
  readonly kind: string;
  readonly made: boolean;
  readonly sent: number;
  readonly refused: number;
  readonly passed: number;
  readonly verdict: string;
};
type Report = { readonly closed: boolean; readonly honest: unknown; readonly forged: readonly Forged[] };

/** Of each kind; more than 10,000 in all. */
const COUNT = 840;

describe("a POP that strangers send to", () => {
  let pop: Namespace;
  beforeEach(({ skip }) => {
    if (lacking !== undefined) skip(lacking);
  });
  beforeAll(async () => {
    if (lacking !== undefined) return;
    pop = new Namespace("pop");
    await pop.ask("sysctl", { "net/ipv6/conf/all/forwarding": 1, "net/ipv6/conf/all/seg6_enabled": 1 });
    await pop.ask("sysctl", { "net/ipv6/conf/default/seg6_enabled": 1 });
    await pop.ask("run", ["ip", "link", "set", "lo", "up"]);
    expect((await pop.ask("apply", POP)).troubles).toEqual([]);
  });
  afterAll(() => pop?.close());

  const doctor = async (count: number): Promise<Report> => {
    // It exits 1 where the edge is open; the report is what is looked at.
    const command = `${SRWAN} doctor edge --count ${count} -o json || :`;
    return JSON.parse(await pop.ask("run", ["sh", "-c", command])) as Report;
  };
  const throughSids = async () => (await pop.ask("counts")).reduce((sum, { packets }) => sum + packets, 0n);
  const leftovers = () =>
    pop.ask("run", ["sh", "-c", "nft list tables | grep srwan_doctor || :; ip -br link | grep srwan-p || :"]);

  test("refuses and counts ten thousand packets of twelve kinds", async () => {
    const report = await doctor(COUNT);
    expect(report.closed).toBe(true);
    expect(report.honest).toEqual({ sent: COUNT, passed: COUNT });
    expect(report.forged).toHaveLength(12);
    const all = { made: false, sent: COUNT, refused: COUNT, passed: 0, verdict: "refused" };
    for (const one of report.forged) expect(one).toMatchObject(all);
    expect(await throughSids()).toBe(0n);
    expect(await leftovers()).toBe("");
  });

  test("is told that it is open where its rules are gone, and by which kinds", async () => {
    await pop.ask("run", ["nft", "flush", "chain", "inet", "srwan", "outside"]);
    const report = await doctor(20);
    expect(report.closed).toBe(false);
    expect(report.forged.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
    // The very packets that were refused do get into the SIDs.
    expect(await throughSids()).toBeGreaterThan(40n);
    await pop.ask("apply", POP);
    expect((await doctor(20)).closed).toBe(true);
  });

  test("is left as it was by a trial that is killed", async () => {
    const script = [
      `${SRWAN} doctor edge --count 100000 >/dev/null 2>&1 & pid=$!`,
      "until nft list tables | grep -q srwan_doctor; do sleep 0.02; kill -0 $pid; done",
      "kill -9 $pid",
    ].join("\n");
    await pop.ask("run", ["sh", "-ec", script]);
    await expect.poll(leftovers, { timeout: 10_000 }).toBe("");
  });
});
