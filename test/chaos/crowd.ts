// A crowd of simulated agents in groups: each group a ring on which everybody has segments to the three next on either
// side. All join at once, lines break and processes start anew all the time, and some report delays that they made up,
// rows of others' segments, and accusations against the honest.

import { setTimeout as sleep } from "node:timers/promises";
import type { SegmentReport } from "../../src/wire/report.ts";
import type { ServiceProcess } from "../support/service-process.ts";
import { cell } from "../support/tellings.ts";
import { popRecord, TestAgent } from "../support/test-agent.ts";

export type CrowdPlan = {
  readonly agents: number;
  readonly groupSize: number;
  /** Every so many is a liar. */
  readonly liarEvery: number;
  readonly reportMs: number;
  /** A line breaks every so often, somewhere. */
  readonly breakMs: number;
};

const REACH = [1, 2, 3, -1, -2, -3];
const [HOP_US, NEXT_US] = [3_000, 10_000];
/** Made up to draw traffic, and to drive it away. */
const LIES_US = [-25_000, 60_000];
/** Reports before the first lie: the honest are believed by then, and so are those who will lie. */
const TRUE_FIRST = 55;

type Member = { readonly agent: TestAgent; readonly group: string; readonly clockUs: number; readonly lieUs: number };

export class Crowd {
  readonly #service: ServiceProcess;
  readonly #plan: CrowdPlan;
  readonly #members: Member[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #broke = 0;

  constructor(service: ServiceProcess, plan: CrowdPlan) {
    this.#service = service;
    this.#plan = plan;
  }

  get liars(): string[] {
    return this.#members.filter(({ lieUs }) => lieUs !== 0).map(({ agent }) => agent.record.name);
  }

  get connected(): number {
    return this.#members.filter(({ agent }) => agent.isConnected).length;
  }

  /** Tellings that the service has not acknowledged yet. */
  get waiting(): number {
    return this.#members.reduce((sum, { agent }) => sum + agent.waiting.length, 0);
  }

  get broke(): number {
    return this.#broke;
  }

  /** All at once; how long it took until the last of them was greeted. */
  async join(): Promise<number> {
    const { agents, groupSize, liarEvery } = this.#plan;
    const tokens: string[] = [];
    for (let i = 0; i < agents; i++) {
      const group = groupOf(i, groupSize);
      const { body } = await this.#service.call("POST", "/api/v1/join-tokens", { pop: nameOf(i), group });
      tokens.push((body as { token: string }).token);
    }
    const beganMs = performance.now();
    await Promise.all(
      tokens.map(async (token, i) => {
        const agent = new TestAgent(this.#service.url, popRecord(nameOf(i), peersOf(i, this.#plan)));
        agent.remembers = false;
        const isLiar = i % liarEvery === liarEvery - 1;
        const lieUs = isLiar ? (LIES_US[Math.floor(i / liarEvery) % 2] ?? 0) : 0;
        this.#members.push({ agent, group: groupOf(i, groupSize), clockUs: ((i * 7_919) % 2_000) * 1_000, lieUs });
        await agent.join(token);
        void agent.stay([this.#service.url]);
      }),
    );
    while (this.connected < agents) await sleep(50);
    return performance.now() - beganMs;
  }

  /** Around each liar: one that is quickest through it, and one that is as quick elsewhere and looks for something better. */
  async policies(): Promise<void> {
    const names = this.#members.map(({ agent }) => agent.record.name).sort();
    const policies = this.liars.flatMap((liar) => {
      const at = (by: number): string => near(names.indexOf(liar), by, this.#plan);
      return [
        { name: `through-${liar}`, from: at(-3), to: at(3), improve: false },
        { name: `beside-${liar}`, from: at(-2), to: at(2), improve: true },
      ];
    });
    const numbered = policies.map((one, i) => ({ ...one, prefixes: [`2001:db8:${(i + 1).toString(16)}::/64`] }));
    await this.#service.call("PUT", "/api/v1/config/candidate", { policies: numbered, maintenance: [] });
    const { status } = await this.#service.call("POST", "/api/v1/config/commit", { why: "a crowd" });
    if (status !== 201) throw new Error(`the commit was answered ${status}`);
  }

  /** Reports go out spread over the interval; lines break in turn, and every fifth of those is a restart. */
  begin(): void {
    const { agents, reportMs, breakMs } = this.#plan;
    const byName = new Map(this.#members.map((one) => [one.agent.record.name, one]));
    const order = [...byName.values()];
    const STEPS = 20;
    let step = 0;
    const report = (): void => {
      const isTrue = step < STEPS * TRUE_FIRST;
      for (let i = step++ % STEPS; i < agents; i += STEPS) this.#report(order[i] as Member, byName, isTrue);
    };
    this.#timers.push(setInterval(report, reportMs / STEPS));
    const flap = (): void => {
      const { agent } = order[(this.#broke * 37) % agents] as Member;
      if (++this.#broke % 5 === 0) agent.restart();
      agent.drop();
    };
    this.#timers.push(setInterval(flap, breakMs));
  }

  #report({ agent, clockUs, lieUs: untrueUs }: Member, all: ReadonlyMap<string, Member>, isTrue: boolean): void {
    const { record } = agent;
    const lieUs = isTrue ? 0 : untrueUs;
    const cells = record.segments.map(({ to, transit }): SegmentReport => {
      const trueUs = delayUs(record.name, to, this.#plan);
      // Of one direction around the ring: what is added to all looks like a clock that was set.
      const saidUs = trueUs + (isAhead(record.name, to, this.#plan) ? lieUs : lieUs / 5);
      const rawUs = saidUs + (all.get(to)?.clockUs ?? 0) - clockUs + Math.round((Math.random() - 0.5) * 400);
      const free = { delayUs: trueUs, lowUs: trueUs, highUs: trueUs, roundTripUs: 2 * trueUs };
      return { ...cell(`${record.name}/${transit}>${to}`, rawUs), ...free };
    });
    // Also in the name of a neighbour.
    const [first] = record.segments;
    const foreign = lieUs === 0 || first === undefined ? [] : [cell(`${first.to}/${first.transit}>${record.name}`, 1)];
    const atMs = Date.now();
    agent.tell({ kind: "measured", atMs, intervalMs: this.#plan.reportMs, cells: [...cells, ...foreign], paths: [] });
    if (lieUs !== 0 && first !== undefined) {
      agent.tell({ kind: "contradiction", atMs, member: first.to, evidence: [`${first.to} made it up`] });
    }
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { agent } of this.#members) agent.close();
  }
}

const nameOf = (i: number): string => `p${String(i).padStart(4, "0")}`;
const groupOf = (i: number, size: number): string => `g${Math.floor(i / size) + 1}`;

/** Who is so many places further on in the same ring. */
function near(i: number, by: number, { agents, groupSize }: CrowdPlan): string {
  const first = i - (i % groupSize);
  const size = Math.min(groupSize, agents - first);
  return nameOf(first + ((i - first + by + size) % size));
}

const peersOf = (i: number, plan: CrowdPlan): string[] => REACH.map((by) => near(i, by, plan));
const isAhead = (from: string, to: string, plan: CrowdPlan): boolean =>
  REACH.some((by) => by > 0 && near(Number(from.slice(1)), by, plan) === to);

function delayUs(from: string, to: string, { groupSize }: CrowdPlan): number {
  const apart = Math.abs(Number(from.slice(1)) - Number(to.slice(1)));
  return HOP_US + NEXT_US * Math.min(apart, groupSize - apart);
}

export type Moved = { readonly subject: string; readonly text: string };
export type Apart = { readonly pop: string; readonly why: string; readonly evidence: readonly string[] };

/** Everything of a list of the API. */
export async function listed<T>(service: ServiceProcess, path: string): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const sign = path.includes("?") ? "&" : "?";
    const { body } = await service.call("GET", `${path}${sign}limit=500${after && `&after=${after}`}`);
    const page = body as { items: T[]; next?: string };
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

/** Moves that nothing but rows explains: out of what is in quarantine a policy is led by the service. */
export const movedByRows = async (service: ServiceProcess): Promise<Moved[]> =>
  (await listed<Moved>(service, "/api/v1/events?type=policy-moved")).filter(
    ({ text }) => !text.startsWith("its path led through what is drained or in quarantine"),
  );

export const apart = (service: ServiceProcess): Promise<Apart[]> => listed(service, "/api/v1/quarantine");
