// Verbs that ask a service, asked of a real one: a WAN of agents whose delays are numbers, a policy, and a congested segment.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explained } from "../../src/cli/service/explain.ts";
import type { Top } from "../../src/cli/service/top.ts";
import { type Ran, srwan } from "../support/cli.ts";
import { TestService } from "../support/controller.ts";
import { SimulatedWan } from "../support/simulated-wan.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-cli-"));
let service: TestService;
let wan: SimulatedWan;

const ask = (...words: string[]): Promise<Ran> =>
  srwan(words, {
    env: { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: service.url, SRWAN_SERVICE_TOKEN: service.token },
  });

async function json<T>(...words: string[]): Promise<T> {
  const { out, err } = await ask(...words, "-o", "json");
  expect(err, words.join(" ")).toBe("");
  return JSON.parse(out) as T;
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  // Slower than agents report, so that none is missing in a round.
  service = await TestService.start({ "pulse.reportMs": "250" });
  wan = await SimulatedWan.join(service);
  await ask("policy", "set", "gold", "--from", "sea", "--to", "fra", "--prefixes", "203.0.113.0/24");
  expect((await ask("commit", "--why", "gold")).exit).toBe(0);
  const state = async () => (await json<Explained>("explain", "gold")).policy.status?.state;
  await until(async () => (await state()) === "PROGRAMMED");
  // What is usual is learned from some reports.
  await new Promise((resolve) => setTimeout(resolve, 14_000));
  wan.delayUs.set("chi/alder>ewr", 90_000);
  await until(async () => (await json<Explained>("explain", "gold")).decisions.some(({ moved }) => moved));
}, 60_000);

afterAll(async () => {
  wan?.end();
  await service?.remove();
  rmSync(folder, { recursive: true });
});

describe("a WAN at a prompt", () => {
  it("explain says where a policy stands, its path hop by hop, and why not elsewhere", async () => {
    const { out, exit } = await ask("explain", "gold");
    expect(exit).toBe(0);
    expect(out).toMatch(/^gold: sea to fra, lowest-latency\nstate {4}\S+ since 2\S+Z\n/);
    expect(out).toMatch(/^ {9}sea\/\S+>\S+ {2}fcbb:bb00:\S+$/m);
    expect(out).toMatch(/^\* {2,}sea\/\S+.* \d+\.\d ms +0% {2}\S/m);
    expect(out).toMatch(/chi\/alder>ewr \S+.*\(default\).*is DEGRADED by delay/);
  });

  it("conditions name the segment, what to do, and where to look further", async () => {
    const { out } = await ask("conditions", "-o", "wide");
    expect(out).toMatch(/^warning +segment-degraded +chi\/alder>ewr .*srwan segments --from chi/m);
    const found = await json<{ id: string; subject: string }[]>("conditions");
    expect(found).toContainEqual(expect.objectContaining({ id: "segment-degraded", subject: "chi/alder>ewr" }));
  });

  it("top says rates from the second look on, and what is not well where", async () => {
    const { out } = await ask("top", "--watch", "--times", "2", "--every", "2500ms", "-o", "json");
    const [first, second] = out.split(/(?<=^})\n(?={)/m).map((one) => JSON.parse(one) as Top);
    expect(first?.pops.map(({ relayedBps }) => relayedBps)).toEqual(first?.pops.map(() => null));
    const [busiest] = second?.pops ?? [];
    expect(busiest?.relayedBps ?? busiest?.originatedBps).toBeGreaterThan(1_000_000);
    expect(second?.pops.find(({ pop }) => pop === "chi")?.conditions).toContain("segment-degraded");
  });

  it("a viewer sees top too, without traffic", async () => {
    const { token } = await json<{ token: string }>("token", "create", "--role", "viewer", "--name", "eve");
    const env = { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: service.url, SRWAN_SERVICE_TOKEN: token };
    const { exit, out } = await srwan(["top"], { env });
    expect(exit).toBe(0);
    expect(out).toMatch(/^chi +there +- +- /m);
  });

  it("--watch repeats a view in its place on a terminal, and ends when it was told to", async () => {
    const { out } = await srwan(["pops", "--watch", "--times", "2", "--every", "100ms"], {
      env: { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: service.url, SRWAN_SERVICE_TOKEN: service.token },
      width: 100,
    });
    expect(out.split("\u001b[H\u001b[J")).toHaveLength(3);
    expect((await ask("pops", "--watch", "--times", "0")).err).toContain("--times 0 is no count");
  });

  it("completion knows the names of the service", async () => {
    expect((await ask("__complete", "--", "explain", "")).out).toBe("gold\n");
    expect((await ask("__complete", "--", "segments", "--from", "a")).out).toBe("ams\nash\natl\n");
    expect((await ask("__complete", "--", "policy", "set", "gold", "--to", "f")).out).toBe("fra\n");
  });

  it("completion says nothing, and no error, where no service is", async () => {
    const env = { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: "http://127.0.0.1:9", SRWAN_SERVICE_TOKEN: "x" };
    expect(await srwan(["__complete", "--", "explain", ""], { env })).toEqual({ exit: 0, out: "", err: "" });
    const broken = { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: "no url" };
    expect(await srwan(["__complete", "--", "explain", ""], { env: broken })).toEqual({ exit: 0, out: "", err: "" });
  });

  it("a POP that was set apart is listed and released", async () => {
    await service.call("PUT", "/api/v1/quarantine/par", { why: "its clock" });
    expect((await ask("quarantine", "list")).out).toMatch(/^par {2}\S+Z .* its clock$/m);
    expect((await ask("quarantine", "release", "par")).out).toBe("par is used again.\n");
    expect((await ask("quarantine", "list")).out).toBe("None.\n");
  });

  it("a bug report holds what is asked first, and no secret", async () => {
    const to = join(folder, "report.json");
    const settings = join(folder, "cli.yaml");
    writeFileSync(settings, `service:\n  url: ${service.url}\n  token: ${service.token}\n`, { mode: 0o600 });
    const env = {
      XDG_CONFIG_HOME: folder,
      PGPASSWORD: "pg-hunter2",
      SRWAN_STORE: "postgres://srwan:pg-hunter3@db/srwan",
    };
    const { exit, err } = await srwan(["bugreport", "--to", to, "--config", settings], { env });
    expect(exit, err).toBe(0);
    const written = readFileSync(to, "utf8");
    for (const secret of [
      service.token,
      service.token.split(".").at(-1) ?? "?",
      "pg-hunter2",
      "pg-hunter3",
      "PRIVATE KEY",
    ])
      expect(written).not.toContain(secret);
    const report = JSON.parse(written);
    expect(report).toMatchObject({
      schema: "srwan.bugreport/1",
      versions: { node: process.version },
      settings: { cli: { "service.url": service.url, "service.token": "[redacted]" } },
      doctor: { schema: "srwan.doctor/1" },
      agent: { absent: expect.any(String) },
      service: { status: { pops: 12 }, policies: [{ spec: { name: "gold" } }] },
    });
    expect(report.service.events.length).toBeGreaterThan(0);
    expect(statSync(to).mode & 0o777).toBe(0o600);
  });

  it("a bug report is made without a service too, and says why that part is missing", async () => {
    const env = { XDG_CONFIG_HOME: folder, SRWAN_SERVICE_URL: "http://127.0.0.1:9" };
    const { out } = await srwan(["bugreport", "-o", "json"], { env });
    expect(JSON.parse(out).service).toMatchObject({ absent: "SERVICE_UNREACHABLE" });
  });
});
