// The WAN of wan.ts in network namespaces with its controller and agents, ways to break them, and what each of them, the
// kernel and the wire say.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentStatus } from "../../src/pop-agent/status.ts";
import type { PolicyStatus } from "../../src/wire/policy.ts";
import type { PopRecord } from "../../src/wire/pop.ts";
import { SETTINGS } from "../agent/plan.ts";
import { Post } from "../agent/world.ts";
import { Namespace } from "../support/namespace.ts";
import { ControllerProcess } from "./controller.ts";
import { Flow } from "./flow.ts";
import {
  GOLD,
  HUB,
  LINKS,
  LOWER,
  NODES,
  type Node,
  POPS,
  type Pop,
  policy,
  recordOf,
  SIDE,
  setupLines,
  UPPER,
} from "./wan.ts";

const POST = join(import.meta.dirname, "..", "agent", "post.ts");

/** The store's URL, where it is not the embedded one; what POPs say they are, where it is not `recordOf`. */
export type Setup = {
  readonly store?: string;
  readonly record?: (pop: Pop) => PopRecord;
  readonly agentEnv?: Readonly<Record<string, string>>;
  /** How long all may take until it stands. */
  readonly patienceMs?: number;
};

export class World {
  readonly folder: string;
  readonly controller: ControllerProcess;
  readonly #namespace: Namespace;
  readonly #posts = new Map<string, Post>();
  readonly #setup: Setup;

  private constructor(namespace: Namespace, setup: Setup) {
    this.#namespace = namespace;
    this.#setup = setup;
    this.folder = mkdtempSync(join(tmpdir(), "srwan-chaos-"));
    this.controller = new ControllerProcess(namespace, join(this.folder, "controller"), setup.store);
  }

  /** Up, joined, and two policies PROGRAMMED: gold over the upper relay, side over the lower. */
  static async open(setup: Setup = {}): Promise<World> {
    const world = new World(await Namespace.open(), setup);
    try {
      await world.#build();
      await world.controller.start();
      await Promise.all(POPS.map((pop) => world.#join(pop)));
      await Promise.all(POPS.map((pop) => world.startAgent(pop)));
      if (setup.record !== undefined) await world.#tunnelsStand();
      await world.controller.put(policy("gold", GOLD.prefix, UPPER));
      await world.controller.put(policy("side", SIDE.prefix, LOWER));
      await world.controller.commit("as the tests begin");
      await world.agrees(setup.patienceMs ?? 60_000);
      for (const name of setup.record === undefined ? ["gold", "side"] : [])
        await world.becomes(name, ({ paths }) => paths.some(({ role }) => role === "backup"), 20_000);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Ends of tunnels meet through the service first. */
  async #tunnelsStand(): Promise<void> {
    const down = async (): Promise<string | undefined> => {
      const all = await Promise.all(POPS.map(async (pop) => (await this.agent(pop)).segments));
      const dead = all.flat().filter(({ state }) => state !== "up");
      return all.some(({ length }) => length < 2) || dead.length > 0 ? JSON.stringify(dead) : undefined;
    };
    await this.until("every segment is up", down, this.#setup.patienceMs);
  }

  async #build(): Promise<void> {
    const links = LINKS.map(([a, b]) => `ip link add to-${b} netns ${a} type veth peer name to-${a} netns ${b}`);
    this.#namespace.out([...NODES.map((node) => `ip netns add ${node}`), ...links].join(" && "));
    for (const node of NODES) this.#post(node, node);
    for (const name of ["west side", "east side"]) this.#post(name, name.split(" ")[0] as Node);
    await Promise.all(NODES.map((node) => this.run(node, [SETTINGS, ...setupLines(node)].join("\n"))));
  }

  #post(name: string, node: Node): void {
    const line = `nsenter --net=/run/netns/${node} '${process.execPath}' '${POST}'`;
    this.#posts.set(name, new Post(this.#namespace.fork(line), name));
  }

  async #join(pop: Pop): Promise<void> {
    const { token } = await this.controller.call<{ token: string }>("POST", "/api/v1/join-tokens", { pop });
    const { certificate } = await this.controller.call<{ certificate: string }>("GET", "/api/v1/authority");
    const [record, authority] = [join(this.folder, `${pop}.json`), join(this.folder, "authority.pem")];
    writeFileSync(record, JSON.stringify((this.#setup.record ?? recordOf)(pop)));
    writeFileSync(authority, certificate);
    const service = `https://[${HUB.address}]:${HUB.port}`;
    const flags = ["--token", token, "--service", service, "--record", record, "--authority", authority];
    const { status, stderr } = await this.at(pop).ask("srwan", this.#env(pop), "agent", "join", ...flags);
    if (status !== 0) throw new Error(`join of ${pop}: ${stderr}`);
  }

  at(name: Node | "west side" | "east side"): Post {
    return this.#posts.get(name) as Post;
  }

  /** A shell line in a node; what it prints. */
  run(node: Node, line: string): Promise<string> {
    return this.at(node).ask("run", "sh", "-c", line);
  }

  #env(pop: Pop): Record<string, string> {
    return {
      SRWAN_STATE: join(this.folder, pop),
      SRWAN_PROBE_NAMESPACE: `probe-${pop}`,
      SRWAN_LOG_LEVEL: process.env.SRWAN_LOG_LEVEL ?? "error",
      ...this.#setup.agentEnv,
    };
  }

  startAgent = (pop: Pop): Promise<void> => this.at(pop).ask("startAgent", this.#env(pop));
  killAgent = (pop: Pop): Promise<number | null> => this.at(pop).ask("endAgent", "SIGKILL");
  agent = (pop: Pop): Promise<AgentStatus> => this.at(pop).ask("status", join(this.folder, pop, "agent.sock"));

  /** Nothing between a POP and the service arrives any more, and nobody is told. */
  partition = (pop: Pop): Promise<string> =>
    this.run(
      "hub",
      `nft 'add table inet cut-${pop}; add chain inet cut-${pop} in { type filter hook prerouting priority -400; }; add chain inet cut-${pop} out { type filter hook postrouting priority 400; }; add rule inet cut-${pop} in iifname "to-${pop}" drop; add rule inet cut-${pop} out oifname "to-${pop}" drop'`,
    );
  reunite = (pop: Pop): Promise<string> => this.run("hub", `nft delete table inet cut-${pop}`);

  /** Numbered packets from west into a policy, until it is ended. */
  async flow(policyName: "gold" | "side"): Promise<Flow> {
    const [from, to] = policyName === "gold" ? (["west", "east"] as const) : (["west side", "east side"] as const);
    const [host, port] = policyName === "gold" ? ([GOLD.host, 5_000] as const) : ([SIDE.host, 5_001] as const);
    return Flow.start(this.at(from), this.at(to), host, port);
  }

  /** Both flows while `work` runs; how many packets of each were lost. */
  async lostDuring(work: () => Promise<unknown>): Promise<{ readonly gold: number; readonly side: number }> {
    const [gold, side] = [await this.flow("gold"), await this.flow("side")];
    await sleep(200);
    let lost: [number, number] = [0, 0];
    try {
      await work();
      await sleep(200);
    } finally {
      lost = await Promise.all([gold.end(), side.end()]);
    }
    return { gold: lost[0], side: lost[1] };
  }

  /**
   * Desired and actual are one: the service says that all is PROGRAMMED, each agent holds the newest document with nothing
   * left to tell, and the kernel puts on a packet the very SIDs that the service names.
   */
  async agrees(patienceMs = 10_000): Promise<void> {
    await this.until("desired and actual agree", () => this.#disagreement(), patienceMs);
  }

  async #disagreement(): Promise<string | undefined> {
    for (const { spec, status } of await this.controller.policies()) {
      if (status?.state !== "PROGRAMMED") return `${spec.name} is ${status?.state}: ${status?.why}`;
      const host = spec.prefixes?.[0]?.replace(/\/\d+$/, "2");
      const kernel = await this.sids(host ?? "");
      if (kernel.join() !== sidsOf(status).join()) return `${spec.name}: the kernel of ${spec.from} has ${kernel}`;
    }
    for (const pop of POPS) {
      const { version } = await this.controller.call<{ version: number }>("GET", `/api/v1/pops/${pop}/desired`);
      const agent = await this.agent(pop);
      if (!agent.service.connected) return `${pop} is not connected`;
      if (agent.version !== version) return `${pop} holds ${agent.version}, not ${version}`;
      if (agent.refused.length > 0) return `${pop} refuses ${JSON.stringify(agent.refused)}`;
    }
    return undefined;
  }

  /** What pop1's kernel would put on a packet that comes in from west. */
  async sids(host: string): Promise<readonly string[]> {
    const said = await this.run("pop1", `ip -6 -j route get ${host} from 2001:db8:a1::1 iif to-west`);
    const [route] = JSON.parse(said) as [{ readonly segs?: readonly string[] }?];
    return route?.segs ?? [];
  }

  /** Asks again until nothing is left to say; what was said last is in the error. */
  async until(what: string, ask: () => Promise<string | undefined>, patienceMs = 10_000): Promise<void> {
    let last: string | undefined;
    for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(50)) {
      try {
        last = await ask();
      } catch (error) {
        last = (error as Error).message;
      }
      if (last === undefined) return;
    }
    throw new Error(`not within ${patienceMs} ms: ${what}: ${last}`);
  }

  /** Until the service says so of a policy. */
  becomes = (name: string, fits: (status: PolicyStatus) => boolean, patienceMs?: number): Promise<void> =>
    this.until(
      name,
      async () => {
        const status = await this.controller.status(name);
        return status !== null && fits(status) ? undefined : JSON.stringify(status);
      },
      patienceMs,
    );

  async close(): Promise<void> {
    // A process of wireguard-go lives as long as its device, and its namespace as long as it; an agent makes it anew.
    const gone = "for one in /proc/sys/net/ipv6/conf/wg-*; do ip link del $(basename $one) 2>/dev/null || true; done";
    for (const pop of this.#setup.record === undefined ? [] : POPS) {
      await this.killAgent(pop).catch(() => undefined);
      await this.run(pop, gone).catch(() => undefined);
    }
    await Promise.all([...this.#posts.values()].map((post) => post.close()));
    await this.controller.stop();
    this.#namespace.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const sidsOf = ({ paths }: PolicyStatus): readonly string[] => paths.find(({ role }) => role === "active")?.sids ?? [];
