// Two POPs with two relays between them and a host behind each POP, in namespaces of their own; an agent and a scripted
// service on each POP.
//
//   west ── pop1 ══ r1 ══ pop2 ── east
//                ══ r2 ══

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentStatus } from "../../src/pop-agent/status.ts";
import type { PopDesired } from "../../src/wire/desired.ts";
import type { Telling } from "../../src/wire/message.ts";
import type { Event } from "../../src/wire/report.ts";
import { Namespace } from "../support/namespace.ts";
import {
  documentOf,
  LINKS,
  NODES,
  type NodeName,
  type PopName,
  policy,
  recordOf,
  SETTINGS,
  setupLines,
} from "./plan.ts";
import type { Answer, Question, Verbs } from "./post.ts";

const POST = join(import.meta.dirname, "post.ts");
const SERVICE_PORT = 7_000;
export const FLOW_PORT = 5_000;

export class Post {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #next = 0;

  constructor(child: ChildProcess, name: string) {
    this.#process = child;
    child.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    child.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name}: its process ended`));
      this.#waiting.clear();
    });
  }

  ask<V extends keyof Verbs>(verb: V, ...args: Parameters<Verbs[V]>): Promise<Awaited<ReturnType<Verbs[V]>>> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, verb, args } satisfies Question);
    });
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.disconnect();
    await once(this.#process, "exit");
  }
}

export class World {
  readonly #namespace: Namespace;
  readonly #posts: ReadonlyMap<NodeName, Post>;
  readonly folder: string;

  private constructor(namespace: Namespace, posts: ReadonlyMap<NodeName, Post>, folder: string) {
    this.#namespace = namespace;
    this.#posts = posts;
    this.folder = folder;
  }

  /** Both POPs joined, and traffic from west to east proved over the upper relay. */
  static async carrying(): Promise<World> {
    const world = await World.open();
    await Promise.all([world.begin("pop1"), world.begin("pop2")]);
    await world.desire("pop2", documentOf("pop2", 1, [policy("pop2", "home", "lower")]));
    await world.desire("pop1", documentOf("pop1", 1, [policy("pop1", "gold", "upper")]));
    await world.carries("pop1", "gold", "upper");
    return world;
  }

  static async open(): Promise<World> {
    const namespace = await Namespace.open();
    for (const node of NODES) namespace.out(`ip netns add ${node}`);
    for (const [a, b] of LINKS) {
      namespace.out(`ip link add to-${b} netns ${a} type veth peer name to-${a} netns ${b}`);
    }
    const posts = new Map(
      NODES.map((node) => {
        const line = `nsenter --net=/run/netns/${node} '${process.execPath}' '${POST}'`;
        return [node, new Post(namespace.fork(line), node)] as const;
      }),
    );
    const world = new World(namespace, posts, mkdtempSync(join(tmpdir(), "srwan-agent-")));
    try {
      for (const node of NODES) {
        await world.at(node).ask("run", "sh", "-c", SETTINGS);
        await world.at(node).ask("run", "sh", "-c", setupLines(node).join("\n"));
      }
      await world.at("east").ask("listen", FLOW_PORT);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  at(node: NodeName): Post {
    return this.#posts.get(node) as Post;
  }

  env(pop: PopName): Record<string, string> {
    return {
      SRWAN_STATE: join(this.folder, pop),
      SRWAN_PROBE_NAMESPACE: `probe-${pop}`,
      SRWAN_LOG_LEVEL: process.env.SRWAN_LOG_LEVEL ?? "error",
    };
  }

  /** Joins its POP to the service beside it, and starts it. */
  async begin(pop: PopName, said = recordOf(pop)): Promise<void> {
    await this.at(pop).ask("serve", SERVICE_PORT);
    const record = join(this.folder, `${pop}.json`);
    writeFileSync(record, JSON.stringify(said));
    const service = `http://127.0.0.1:${SERVICE_PORT}`;
    const flags = ["--token", "a-token-of-this-pop", "--service", service, "--record", record];
    const { status, stderr } = await this.at(pop).ask("srwan", this.env(pop), "agent", "join", ...flags);
    if (status !== 0) throw new Error(`join of ${pop}: ${stderr}`);
    await this.start(pop);
  }

  start(pop: PopName): Promise<void> {
    return this.at(pop).ask("startAgent", this.env(pop));
  }

  desire(pop: PopName, document: PopDesired): Promise<void> {
    return this.at(pop).ask("desire", document);
  }

  servicePort = SERVICE_PORT;

  status(pop: PopName): Promise<AgentStatus> {
    return this.at(pop).ask("status", join(this.folder, pop, "agent.sock"));
  }

  /** Until the agent says what the test waits for; what it said last is in the error. */
  async until(pop: PopName, fits: (status: AgentStatus) => boolean, patienceMs = 20_000): Promise<AgentStatus> {
    let last: unknown;
    for (let waited = 0; waited < patienceMs; waited += 50) {
      try {
        const status = await this.status(pop);
        if (fits(status)) return status;
        last = status;
      } catch (error) {
        last = (error as Error).message;
      }
      await sleep(50);
    }
    throw new Error(`${pop} did not come to it: ${JSON.stringify(last, null, 1)}`);
  }

  carries = (pop: PopName, policy: string, path: string): Promise<AgentStatus> =>
    this.until(pop, ({ paths }) => {
      const all = paths.filter((one) => one.policy === policy && one.carries);
      return all.length === 1 && all[0]?.path === path && all[0].state === "carrying";
    });

  async events(pop: PopName, type?: Event["type"]): Promise<readonly Event[]> {
    const told: Telling[] = await this.at(pop).ask("tellings", 0);
    return told.filter((one) => one.kind === "event").filter((one) => type === undefined || one.type === type);
  }

  /** Numbered datagrams from west to east while `work` runs; gives those that did not arrive. */
  async lostDuring(work: () => Promise<unknown>, to = "2001:db8:a2::2"): Promise<number[]> {
    await this.at("east").ask("heard");
    await this.at("west").ask("startFlow", to, FLOW_PORT, 2);
    await sleep(200);
    await work();
    await sleep(200);
    const sent = await this.at("west").ask("endFlow");
    await sleep(200);
    const arrived = new Set((await this.at("east").ask("heard")).map(({ number }) => number));
    return Array.from({ length: sent }, (_, i) => i).filter((i) => !arrived.has(i));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#posts.values()].map((post) => post.close()));
    this.#namespace.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
