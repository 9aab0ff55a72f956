// A POP whose router is hardware, in a namespace of its own: the service, netconfd with IOS-XR's modules as the router, the
// agent as a process, and the far POP as an agent of the tests. Does what the test asks over the process channel.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SrwanError } from "../../src/base/errors.ts";
import { driverOf } from "../../src/netconf/devices/driver.ts";
import { subtree } from "../../src/netconf/filter.ts";
import * as operations from "../../src/netconf/operations.ts";
import type { Session } from "../../src/netconf/session.ts";
import { elementsOf, find } from "../../src/netconf/xml/element.ts";
import { parseXmlList } from "../../src/netconf/xml/read.ts";
import { askDiff, askStatus } from "../../src/pop-agent/control.ts";
import type { DeviceIntent, IntentOf } from "../../src/wire/intent.ts";
import type { PopRecord } from "../../src/wire/pop.ts";
import { TestService } from "../support/controller.ts";
import { cell, measured } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";
import { IOSXR_MODULES, Netconfd, vendorModules } from "./netconfd.ts";
import type { PolicyState } from "./with-state.ts";

const MAIN = resolve("src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "srwan-pop-"));
const at = (name: string): string => join(folder, name);
const driver = driverOf("iosxr");
const TRANSITS = ["alder", "oak"] as const;

const record = (platform: PopRecord["platform"]): PopRecord => ({
  name: "sea",
  platform,
  transits: TRANSITS.map((name) => ({ name })),
  segments: TRANSITS.map((transit, i) => ({
    transit,
    to: "fra",
    device: `eth${i}`,
    port: `HundredGigE0/0/0/${i}`,
    nexthop: `2001:db8:${i + 1}::2`,
    local: `2001:db8:${i + 1}::1`,
  })),
  address: "2001:db8::1",
});

let service: TestService;
let router: Netconfd;
let reader: Session | undefined;
let far: TestAgent;
let agent: ChildProcess | undefined;
let ends: () => void = () => undefined;
/** Lists with one of these SIDs are down. */
let dead: readonly string[] = [];

async function held(): Promise<readonly DeviceIntent[]> {
  if (reader?.isOpen !== true) reader = await router.session();
  const { root } = await reader.call(operations.getConfig("running", { filter: subtree(driver.everything) }));
  const data = find(root, "data");
  return driver.read(data ? elementsOf(data) : []);
}

/** A router of its own would know: what stands in running is up, but for what a test took down. */
async function tellState(): Promise<void> {
  const policies = (await held()).filter((one): one is IntentOf<"policy"> => one.kind === "policy");
  const state = policies.map(
    ({ color, endpoint, paths }): PolicyState => ({
      color,
      endpoint,
      up: paths.some(({ sids }) => !sids.some((sid) => dead.includes(sid))),
    }),
  );
  writeFileSync(at("state.json.new"), JSON.stringify(state));
  spawnSync("mv", [at("state.json.new"), at("state.json")]);
}

const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  SRWAN_STATE: at("agent"),
  SRWAN_ROUTER_PROOF: "state",
  SRWAN_LOG_LEVEL: process.env.SRWAN_LOG_LEVEL ?? "error",
});

const verbs = {
  begin: async (): Promise<void> => {
    for (const { local, nexthop } of record("iosxr").segments) {
      for (const address of [local, nexthop]) spawnSync("ip", ["addr", "add", `${address}/128`, "dev", "lo", "nodad"]);
    }
    writeFileSync(at("state.json"), "[]");
    const before = `${process.execPath} ${resolve("test/netconf/with-state.ts")} ${at("state.json")} `;
    router = await Netconfd.start(resolve(vendorModules() ?? ".", "iosxr"), IOSXR_MODULES, before);
    const { host, port, user } = router.target;
    const key = spawnSync("ssh-keygen", ["-lf", join(router.folder, "host.pub")], { encoding: "utf8" });
    const entry = { name: "sea-r1", host, port, user, family: "iosxr", identity: join(router.folder, "user") };
    const devices = { devices: [{ ...entry, hostKeys: [key.stdout.split(" ")[1]] }] };
    writeFileSync(at("devices.yaml"), JSON.stringify(devices));
    service = await TestService.start({ "agents.heartbeatMs": "2000" });
    far = new TestAgent(service.url, {
      ...popRecord("fra", ["sea", "sea"]),
      transits: TRANSITS.map((name) => ({ name })),
      segments: popRecord("fra", ["sea", "sea"]).segments.map((one, i) => ({ ...one, transit: TRANSITS[i] ?? "" })),
    });
    await far.join(await service.joinToken());
    await far.connect();
    const telling = setInterval(() => {
      const { number: _, ...rest } = measured(0, []);
      // About what the agent measures here: ends that contradict each other are not believed.
      const cells = TRANSITS.map((transit) => cell(`fra/${transit}>sea`, 100));
      far.tell({ ...rest, intervalMs: 200, cells });
      far.say({ kind: "heartbeat", atMs: Date.now() });
    }, 200);
    let isOver = false;
    const state = (async () => {
      while (!isOver) {
        await tellState().catch(() => undefined);
        await new Promise((done) => setTimeout(done, 300));
      }
    })();
    ends = () => {
      isOver = true;
      clearInterval(telling);
      void state;
    };
  },

  join: async (): Promise<string> => {
    writeFileSync(at("record.json"), JSON.stringify(record("iosxr")));
    const token = await service.joinToken();
    const words = ["agent", "join", "--token", token, "--service", service.url, "--record", at("record.json")];
    return verbs.srwan(...words).then(({ err }) => err);
  },

  srwan: (...words: string[]): Promise<{ out: string; err: string; exit: number | null }> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [MAIN, ...words], { env: env(), stdio: ["ignore", "pipe", "pipe"] });
      let [out, err] = ["", ""];
      child.stdout.on("data", (more) => (out += String(more)));
      child.stderr.on("data", (more) => (err += String(more)));
      child.on("close", (exit) => done({ out, err, exit }));
    }),

  startAgent: (): void => {
    const words = ["agent", "run", "--router", "sea-r1", "--devices", at("devices.yaml")];
    agent = spawn(process.execPath, [MAIN, ...words], { env: env(), stdio: ["ignore", "ignore", "inherit"] });
  },

  endAgent: async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    const ended = agent;
    agent = undefined;
    if (ended === undefined) return;
    const gone = new Promise((done) => ended.once("exit", done));
    ended.kill(signal);
    await gone;
  },

  call: async (method: string, path: string, body?: unknown): Promise<unknown> =>
    (await service.call(method, path, body)).body,
  status: () => askStatus(at("agent/agent.sock")),
  diff: async () => (await askDiff(at("agent/agent.sock"))).lines,
  held,
  takeDown: (sids: readonly string[]): void => {
    dead = sids;
  },

  /** By hand, as somebody else would: again where the agent has the lock just then. */
  edit: async (xml: string): Promise<void> => {
    const session = await router.session();
    const once = async (): Promise<boolean> => {
      await session.call(operations.editConfig("candidate", parseXmlList(xml)));
      await session.call(operations.commit());
      return true;
    };
    const unlessLocked = (error: unknown): false => {
      if (error instanceof SrwanError && error.retryable) return false;
      throw error;
    };
    while (!(await once().catch(unlessLocked))) await sleep(100);
    await session.close();
  },

  end: async (): Promise<void> => {
    await verbs.endAgent("SIGKILL");
    ends();
    far?.close();
    await router?.stop();
    await service?.remove();
    rmSync(folder, { recursive: true, force: true });
  },
};

export type Verbs = typeof verbs;

process.on("message", async ({ id, verb, args }: { id: number; verb: keyof Verbs; args: readonly unknown[] }) => {
  const work = verbs[verb] as (...args: readonly unknown[]) => unknown;
  try {
    process.send?.({ id, value: await work(...args) });
  } catch (error) {
    process.send?.({ id, error: (error as Error).stack ?? String(error) });
  }
});
process.on("disconnect", () => void verbs.end().finally(() => process.exit(0)));
