// `srwan route` as an engineer without a controller uses it: whole processes on the real kernel, each test in a namespace
// of its own.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMachineRoot, Namespace, whyNoNamespace } from "../support/namespace.ts";

const scratch = mkdtempSync(join(tmpdir(), "srwan-route-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const DESIRED = `version: 1
domain:
  blocks: ["fcbb:bb00::/32"]
  segments: [seg0]
  management: ["203.0.113.0/24"]
localSids:
  - sid: "fcbb:bb00:1::"
    behavior: End
  - sid: "fcbb:bb00:1:d000::"
    behavior: End.DT6
    table: 254
policies:
  - name: sea-fra
    paths:
      - { name: telia, segments: ["fcbb:bb00:2::", "fcbb:bb00:3:d000::"], weight: 3 }
      - { name: lumen, segments: ["fcbb:bb00:4::", "fcbb:bb00:3:d000::"] }
    bindingSid: "fcbb:bb00:1:b000::"
  - name: sea-nyc
    paths:
      - { name: direct, segments: ["fcbb:bb00:5:d000::"], mode: encap }
steering:
  - policy: sea-fra
    prefixes: ["2001:db8:3::/48", "198.51.100.0/24"]
    classes: [{ dscp: 46 }]
  - policy: sea-nyc
    prefixes: ["2001:db8:5::/48"]
`;

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const desired = file("pop.yaml", DESIRED);
const env = { ...process.env, XDG_RUNTIME_DIR: scratch };
const why = whyNoNamespace();
let ns: Namespace;

beforeEach(async (context) => {
  if (why !== undefined) context.skip(why);
  ns = await Namespace.open();
});
afterEach(() => {
  if (why === undefined) ns.close();
});

function route(line: string, more: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = ns.run(`bin/srwan route ${line}`, { ...env, ...more });
  return { status, stdout, stderr };
}

/** All that a plan could have touched. */
const world = (): string =>
  ["-4 route show table all", "-6 route show table all", "nexthop show", "-4 rule", "-6 rule", "link"]
    .map((words) => ns.out(`ip ${words}`))
    .join("\n") + ns.out("nft -s list ruleset");

const ours = (): string =>
  ["-4 route show table all proto 196", "-6 route show table all proto 196", "nexthop show proto 196"]
    .map((words) => ns.out(`ip ${words}`))
    .join("");

const NOTHING = "Nothing to do: what is wanted is in place.\n";

describe("plan", () => {
  it("prints commands and changes nothing", () => {
    const before = world();
    const { status, stdout, stderr } = route(`plan --desired ${desired}`);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("encap seg6 mode encap.red segs fcbb:bb00:2::,fcbb:bb00:3:d000:: dev lo proto 196");
    expect(stdout).toMatch(/^ip -4 route add 198\.51\.100\.0\/24 nhid \d+ proto 196 metric 64$/m);
    expect(world()).toBe(before);
  });

  it("prints commands that a shell can run, to the same end as apply", () => {
    const typed = route(`plan --desired ${desired} -o wide`).stdout;
    expect(ns.run(typed)).toMatchObject({ status: 0, stderr: "" });
    const after = world();
    // What nft printed is sealed in our journal only when we put it in ourselves, so that one step is left.
    expect(route(`plan --desired ${desired} --diff`).stdout).toBe("~ nftables table inet srwan\n");
    expect(route(`apply --desired ${desired}`).stdout).toContain(" 0 changed, edge put in place.");
    expect(world()).toBe(after);
  });

  it("has nothing to do after apply, and shows a changed path as a diff of that path", () => {
    expect(route(`apply --desired ${desired}`)).toMatchObject({ status: 0, stderr: "" });
    expect(route(`plan --desired ${desired}`).stdout).toBe(NOTHING);
    const changed = file("changed.yaml", DESIRED.replace('"fcbb:bb00:4::"', '"fcbb:bb00:6::"'));
    const { stdout } = route(`plan --desired ${changed} --diff`);
    const forwards = stdout.split("\n").filter((line) => line.includes("encap.red"));
    expect(forwards.map((line) => line.replace(/ id \d+/, ""))).toEqual([
      "- nexthop encap seg6 mode encap.red segs fcbb:bb00:4::,fcbb:bb00:3:d000:: dev lo proto 196",
      "+ nexthop encap seg6 mode encap.red segs fcbb:bb00:6::,fcbb:bb00:3:d000:: dev lo proto 196",
    ]);
    expect(stdout).not.toMatch(/^[-+] route/m);
  });

  it("reads what is wanted from stdin", () => {
    const { status, stdout } = ns.run(`bin/srwan route plan --desired - < ${desired}`, env);
    expect([status, stdout]).toEqual([0, expect.stringContaining("ip nexthop add")]);
  });
});

describe("apply", () => {
  it.each([
    ["a route", "ip -6 route del 2001:db8:3::/48"],
    ["a nexthop object, and with it its routes", "ip nexthop flush proto 196"],
    ["a local SID", "ip -6 route del fcbb:bb00:1::/128"],
    ["the edge", "nft delete table inet srwan"],
    ["a class rule", "ip -4 rule del priority 19600"],
  ])("puts back what somebody removed: %s", (_what, command) => {
    route(`apply --desired ${desired}`);
    const before = world();
    ns.out(command);
    expect(world()).not.toBe(before);
    expect(route(`apply --desired ${desired}`)).toMatchObject({ status: 0, stderr: "" });
    expect(route(`plan --desired ${desired}`).stdout).toBe(NOTHING);
    expect(ns.out("nft -s list ruleset")).toContain("ip6 daddr fcbb:bb00::/32");
  });

  it("names a foreign route in the way, leaves it alone, and exits 1", () => {
    ns.out("ip -6 route add unreachable 2001:db8:3::/48 metric 64 proto static");
    const { status, stdout } = route(`apply --desired ${desired}`);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^foreign {2}2001:db8:3::\/48 nhid \d+ .*unreachable 2001:db8:3::\/48.*proto static/m);
    expect(stdout).toContain("1 in trouble");
    expect(ns.out("ip -6 route show 2001:db8:3::/48")).toMatch(/^unreachable .*proto static/);
    expect(ns.out("ip -6 route show 2001:db8:5::/48")).toContain("proto 196");
    const planned = route(`plan --desired ${desired}`).stdout;
    expect(planned).toMatch(/^# in the way, not ours: unreachable 2001:db8:3::\/48.*proto static/m);
  });

  it("refuses to take the management path along, unless the risk is accepted", () => {
    const risky = file("risky.yaml", DESIRED.replace("198.51.100.0/24", "203.0.113.0/25"));
    const before = world();
    const { status, stderr } = route(`apply --desired ${risky}`);
    expect([status, stderr]).toEqual([4, expect.stringContaining("203.0.113.0/24")]);
    expect(world()).toBe(before);
    expect(route(`apply --desired ${risky} --accept-risk=management-path`).status).toBe(0);
    expect(ns.out("ip -4 route show 203.0.113.0/25")).toContain("proto 196");
  });

  it("takes the far end of an SSH session for a management path too", () => {
    const SSH_CONNECTION = "198.51.100.7 50022 192.0.2.1 22";
    const { status, stderr } = route(`apply --desired ${desired}`, { SSH_CONNECTION });
    expect([status, stderr]).toEqual([4, expect.stringContaining("198.51.100.7/32")]);
  });

  it("sets keys and the source of tunnels, and flush takes both away", ({ skip }) => {
    if (!isMachineRoot) skip("the kernel takes HMAC keys and a tunnel source from real root only");
    const signed = file(
      "signed.yaml",
      `${DESIRED.replace("mode: encap }", "mode: encap, hmacKey: 17 }")}
tunnelSource: "fcbb:bb00:1::1"
hmacKeys: [{ id: 17, secret: "do not print this" }]
`,
    );
    const planned = route(`plan --desired ${signed}`).stdout;
    expect(planned).toContain("ip sr tunsrc set fcbb:bb00:1::1\n");
    expect(planned).toContain("ip sr hmac set 17 sha256 ");
    expect(planned).not.toContain("do not print this");
    expect(route(`apply --desired ${signed}`)).toMatchObject({ status: 0, stderr: "" });
    expect(route(`plan --desired ${signed}`).stdout).toBe(NOTHING);
    expect(ns.out("ip sr tunsrc show")).toContain("fcbb:bb00:1::1");
    expect(ns.out("ip sr hmac show")).toContain("17");
    expect(route("flush").status).toBe(0);
    expect(ns.out("ip sr tunsrc show")).toBe("tunsrc addr ::\n");
    expect(ns.out("ip sr hmac show")).not.toContain("17");
  });
});

describe("flush", () => {
  it("leaves nothing of ours and everything of others", () => {
    ns.out("ip -6 route add unreachable 2001:db8:9::/48 proto static");
    ns.out("ip nexthop add id 7 dev lo proto static && ip -4 rule add fwmark 7 table 7 priority 700");
    ns.out("nft add table inet other");
    const before = world();
    route(`apply --desired ${desired}`);
    expect(world()).not.toBe(before);
    const { status, stdout } = route("flush");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+ objects of ours removed\.\n$/)]);
    expect(world()).toBe(before);
    expect(route("show").stdout).toBe("Nothing of ours is in this kernel.\n");
  });
});

describe("watch", () => {
  it("repairs what drifts, and ends when it is told to", async () => {
    const watch = ns.start(`bin/srwan route watch --desired ${desired}`, env);
    try {
      const said = collect(watch.stdout);
      await until(() => route(`plan --desired ${desired}`).stdout === NOTHING);
      const before = world();
      for (const drift of ["ip -6 route del 2001:db8:3::/48", "ip nexthop flush proto 196", "nft flush ruleset"]) {
        ns.out(drift);
        await until(() => world() === before);
      }
      watch.kill("SIGTERM");
      const [code] = await once(watch, "close");
      expect([code, said()]).toEqual([0, expect.stringMatching(/^\d+ changes made while watching\.\n$/)]);
    } finally {
      watch.kill("SIGKILL");
    }
  });
});

describe("--netns", () => {
  it("works in the named namespace and nowhere else", () => {
    ns.out("ip netns add sea && ip -n sea link set lo up");
    const before = world();
    expect(route(`apply --netns sea --desired ${desired}`)).toMatchObject({ status: 0, stderr: "" });
    expect(route(`plan --netns=sea --desired ${desired}`).stdout).toBe(NOTHING);
    expect(ns.out("ip -n sea -6 route show 2001:db8:3::/48")).toContain("proto 196");
    expect(world()).toBe(before);
    expect(route("flush --netns sea -o json").status).toBe(0);
    expect(ns.out("ip -n sea -6 route show proto 196")).toBe("");
  });

  it("keeps the process, so that whoever started it can end it", async () => {
    ns.out("ip netns add sea && ip -n sea link set lo up");
    const watch = ns.start(`bin/srwan route watch --netns sea --desired ${desired}`, env);
    try {
      await until(() => ns.out("ip -n sea -6 route show 2001:db8:5::/48").includes("proto 196"));
      watch.kill("SIGINT");
      expect(await once(watch, "close")).toEqual([0, null]);
    } finally {
      watch.kill("SIGKILL");
    }
  });

  it("says what was meant where there is no such namespace", () => {
    ns.out("ip netns add frankfurt");
    const { status, stderr } = route("show --netns frankfrut");
    expect([status, stderr]).toEqual([3, expect.stringContaining("Did you mean frankfurt?")]);
  });
});

describe("--own-encap", () => {
  const single = DESIRED.replace(/ {6}- \{ name: lumen.*\n/, "");

  it("puts a SID list on every route, and back into nexthop objects without it", () => {
    const one = file("single.yaml", single);
    const applied = JSON.parse(route(`apply --own-encap --desired ${one} -o json`).stdout);
    expect(applied).toMatchObject({ sidListsIn: "routes", troubles: [], leftOver: [] });
    expect(ns.out("ip nexthop show")).toBe("");
    // `ip` shows routes of type local only when all tables are asked for.
    expect(ns.out("ip -6 route show table all 2001:db8:3::/48")).toContain(
      "segs 2 [ fcbb:bb00:2:: fcbb:bb00:3:d000:: ]",
    );
    expect(ns.out("ip -6 route show table all fcbb:bb00:1:b000::")).toContain("End.B6.Encaps");
    expect(JSON.parse(route(`plan --own-encap --desired ${one} -o json`).stdout).changes).toBe(0);
    expect(JSON.parse(route(`apply --desired ${one} -o json`).stdout)).toMatchObject({ sidListsIn: "nexthops" });
    expect(ns.out("ip -6 route show 2001:db8:3::/48")).toContain("nhid");
  });

  it("spreads IPv4 over several paths, and says why it cannot for IPv6", () => {
    const { status, stderr } = route(`plan --own-encap --desired ${desired}`);
    expect([status, stderr]).toEqual([
      5,
      expect.stringContaining("policy sea-fra spreads fcbb:bb00:1:b000::/128 over 2"),
    ]);
    const four = DESIRED.replace(/ {4}bindingSid.*\n/, "")
      .replace('"2001:db8:3::/48", ', "")
      .replace(/ {4}classes.*\n/, "");
    expect(route(`apply --own-encap --desired ${file("four.yaml", four)}`)).toMatchObject({ status: 0, stderr: "" });
    expect(ns.out("ip -4 route show 198.51.100.0/24").match(/weight/g)).toHaveLength(2);
  });
});

describe("a broken desired file", () => {
  it.each([
    [
      "a misspelt field",
      "weight: 3",
      "wieght: 3",
      /:15: policies\[0\]\.paths\[0\]\.wieght .*\n {2}Did you mean weight\?/,
    ],
    [
      "a SID outside the block",
      '"fcbb:bb00:1:d000::"',
      '"fcbb:cc00:1::"',
      /:9: localSids\[1\]\.sid = fcbb:cc00:1::\/128/,
    ],
    [
      "an address without quotes",
      '"fcbb:bb00:1:b000::"',
      "fcbb:bb00:1:b000::",
      /:17: .*\n {2}Put an address that ends in "::"/,
    ],
    ["no YAML", "version: 1", "version: [", /: neither YAML nor JSON/],
    [
      "a path that has nothing to sign",
      "mode: encap",
      "hmacKey: 17, mode: encap.red",
      /:20: policies\[1\]\.paths\[0\]\.hmacKey/,
    ],
  ])("exits 2 and names file, line and field: %s", (_what, right, wrong, message) => {
    const broken = file("broken.yaml", DESIRED.replace(right, wrong));
    const { status, stdout, stderr } = route(`apply --desired ${broken}`);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(broken);
    expect(ours()).toBe("");
  });

  it("that signs one SID without a header is refused, in words of the file", () => {
    const text = DESIRED.replace("version: 1", 'version: 1\nhmacKeys: [{ id: 17, secret: "x" }]');
    const signed = text.replace("mode: encap }", "mode: encap.red, hmacKey: 17 }");
    const strict = text.replace("blocks:", "requireHmac: true\n  blocks:").replace(", mode: encap }", " }");
    for (const [name, content] of Object.entries({ signed, strict })) {
      const { status, stderr } = route(`plan --desired ${file(`${name}.yaml`, content)}`);
      expect(status, name).toBe(2);
      expect(stderr, name).toMatch(
        /policies\[1\]\.paths\[0\]\.mode = encap\.red sends one SID .*\n {2}Use mode: encap\./,
      );
    }
  });

  it("says the same as JSON for a program", () => {
    const broken = file("broken.yaml", DESIRED.replace("weight: 3", "weight: 0"));
    const { error } = JSON.parse(route(`plan --desired ${broken} -o json`).stderr);
    expect(error).toMatchObject({
      code: "DESIRED_INVALID",
      details: { file: broken, line: 15, field: "policies[0].paths[0].weight" },
    });
  });
});

describe("-o json", () => {
  it("gives one document for each verb", () => {
    const json = (line: string) => JSON.parse(route(`${line} -o json`).stdout);
    const planned = json(`plan --desired ${desired}`);
    expect(planned).toMatchObject({ sidListsIn: "nexthops", edge: "to be put in place", foreign: [] });
    expect(planned.changes).toBe(planned.steps.length + 1);
    const applied = json(`apply --desired ${desired}`);
    expect(applied).toMatchObject({ changed: planned.steps.length, inPlace: planned.steps.length, troubles: [] });
    const shown: { kind: string; object: string; packets?: string }[] = json("show");
    expect(shown).toHaveLength(planned.steps.length);
    expect(shown.find(({ object }) => object.includes("End.DT6"))).toMatchObject({ kind: "route", packets: "0" });
    expect(json("flush")).toMatchObject({ changed: planned.steps.length, leftOver: [] });
  });
});

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.on("data", (more: Buffer) => {
    text += more.toString("utf8");
  });
  return () => text;
}

/** Waits for what another process will bring about; the test's own limit ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
