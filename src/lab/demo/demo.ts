// The demo: brings the world up, tells what happens as it happens, and holds each step against the kernel and the wire.

import { setTimeout as sleep } from "node:timers/promises";
import { segmentParts } from "../../wire/parts.ts";
import type { ChosenPath, PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import { Flows } from "../flow/flows.ts";
import { FIRST_PORT, type FlowPlan } from "../flow/plan.ts";
import { askKeeper } from "../net/control.ts";
import { until } from "./api.ts";
import { Capture, inNode, kernelSids, type Packet } from "./see.ts";
import { STEPS, type StepName } from "./steps.ts";
import { World, type WorldOptions } from "./world.ts";

export type DemoOptions = WorldOptions & {
  /** Ends by itself when all is shown. */
  readonly quick: boolean;
  readonly sabotage: StepName | undefined;
};

export type StepResult = { readonly step: StepName; readonly holds: boolean; readonly saw: string };
export type DemoReport = { readonly steps: readonly StepResult[]; readonly holds: boolean };

const DESTINATION = "2001:db8:b:c::/64";
const POLICY: PolicySpec = {
  name: "sea-fra",
  from: "sea",
  to: "fra",
  prefixes: [DESTINATION],
  intent: "lowest-latency",
};
/** A customer's packet from Seattle to Frankfurt. */
const PACKET: Packet = { from: "2001:db8:1:c::2", to: "2001:db8:b:c::2", cameBy: "eth7" };
const CONGESTION_US = 60_000;
const PACKETS_PER_SECOND = 200;
/** Traffic flows so long at most. */
const TRAFFIC_US = 100_000_000;
const WAIT = { matrix: 30_000, programmed: 20_000, degraded: 15_000, moved: 15_000, returned: 60_000 } as const;
/** Enough ticks for the detector to know what is usual. */
const WARM_MS = 14_000;

class Failed extends Error {}

export async function demo(options: DemoOptions): Promise<DemoReport> {
  const show = new Show(options);
  try {
    await show.run();
  } catch (thrown) {
    if (!(thrown instanceof Failed)) throw thrown;
  } finally {
    await show.end();
  }
  return {
    steps: show.results,
    holds: show.results.length === STEPS.length && show.results.every(({ holds }) => holds),
  };
}

class Show {
  readonly results: StepResult[] = [];
  readonly #options: DemoOptions;
  readonly #beganMs = performance.now();
  #world: World | undefined;
  #flows: Flows | undefined;
  #captures: Capture[] = [];
  #lost = 0;
  #received = 0;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    await this.#lab();
    await this.#matrix();
    const first = await this.#programmed();
    const congested = await this.#degraded(first);
    await this.#moved(first, congested);
    await this.#returned(first, congested);
    if (this.#options.quick) return;
    this.#say(`All shown. Look around at ${this.#api.dashboard}; Ctrl-C takes everything down.`);
    await sleep(2 ** 30, undefined, { signal: this.#options.signal }).catch(() => undefined);
  }

  async end(): Promise<void> {
    for (const capture of this.#captures) capture.stop();
    this.#flows?.abort();
    const failed = this.results.length < STEPS.length || this.results.some(({ holds }) => !holds);
    if (failed && this.#world) this.#say(`What controller and agents said is in ${this.#world.logs}.`);
    await this.#world?.down(failed);
  }

  async #lab(): Promise<void> {
    this.#world = await World.up(this.#options);
    const { lab, record } = this.#at.where;
    const pops = this.#at.records.length;
    this.#holds(
      "lab",
      pops === 12,
      `${pops} POPs, ${lab.links.length} links, ${record.rootless ? "rootless" : "as root"}`,
    );
    await this.#at.startController();
    this.#say(`The controller listens at ${this.#api.url}. Watch it: ${this.#api.dashboard}`);
    await this.#at.startAgents();
    this.#holds("joined", true, `${pops} agents, each with a key of its own and a token good once`);
  }

  async #matrix(): Promise<void> {
    if (this.#options.sabotage === "matrix") this.#at.signalAgent("chi", "SIGSTOP");
    const total = this.#at.records.reduce((sum, { segments }) => sum + segments.length, 0);
    let measured = 0;
    await this.#until(WAIT.matrix, async () => {
      const segments = await this.#api.segments();
      const known = segments.filter((one) => one.measured !== null && one.measured.p50Us !== null).length;
      if (known > measured) this.#say(`${known} of ${total} directed segments measured …`);
      measured = known;
      return known === total ? true : undefined;
    });
    this.#holds("matrix", measured === total, `${measured} of ${total} directed segments`);
  }

  async #programmed(): Promise<PolicyStatus> {
    const { sabotage } = this.#options;
    if (sabotage === "programmed") this.#at.signalAgent("fra", "SIGKILL");
    if (sabotage === "carried") {
      const route = ["ip", "-6", "route", "add", DESTINATION, "via", this.#nexthop("sea"), "metric", "1"];
      await inNode(this.#at.where, "sea", route);
    }
    await this.#traffic();
    this.#say(`Policy ${POLICY.name}: lowest latency from Seattle to Frankfurt, committed.`);
    await this.#api.commit(POLICY, "the demo");
    const status = await this.#until(WAIT.programmed, () => this.#programmedNow());
    const last = status ?? (await this.#api.status(POLICY.name));
    this.#holds("programmed", status !== undefined, last ? `${last.state}: ${pathText(last)}` : "nothing was decided");
    await this.#carries("carried", status as PolicyStatus);
    return status as PolicyStatus;
  }

  async #degraded(first: PolicyStatus): Promise<string> {
    await sleep(WARM_MS, undefined, { signal: this.#options.signal });
    const congested = longestOf(active(first).segments, (one) => this.#at.delayUs(one));
    this.#say(`Congestion on ${congested}: ${CONGESTION_US / 1_000} ms more.`);
    if (this.#options.sabotage === "moved") this.#at.signalAgent("sea", "SIGSTOP");
    if (this.#options.sabotage !== "degraded")
      await this.#impair(congested, this.#at.delayUs(congested) + CONGESTION_US);
    const since = performance.now();
    const noticed = await this.#until(WAIT.degraded, async () => {
      const status = await this.#api.status(POLICY.name);
      return status && !isSame(active(status), active(first)) ? status : undefined;
    });
    const took = ((performance.now() - since) / 1_000).toFixed(1);
    this.#holds("degraded", noticed !== undefined, noticed ? `after ${took} s: ${noticed.decision}` : "nobody noticed");
    return congested;
  }

  async #moved(first: PolicyStatus, congested: string): Promise<void> {
    const lostBefore = this.#lost;
    const status = await this.#until(WAIT.moved, async () => {
      const now = await this.#programmedNow();
      return now && !active(now).segments.includes(congested) ? now : undefined;
    });
    const sids = status && (await kernelSids(this.#at.where, "sea", PACKET));
    const fits = status !== undefined && sameList(sids ?? [], active(status).sids);
    await sleep(1_500, undefined, { signal: this.#options.signal });
    const lost = this.#lost - lostBefore;
    const saw = status ? `${pathText(status)}, ${lost} packets lost on the way over` : "it stayed where it was";
    this.#holds("moved", fits && lost === 0 && !isSame(active(status), active(first)), saw);
  }

  async #returned(first: PolicyStatus, congested: string): Promise<void> {
    if (this.#options.sabotage !== "returned") {
      this.#say(`The congestion on ${congested} is over.`);
      await this.#impair(congested, this.#at.delayUs(congested));
    }
    const status = await this.#until(WAIT.returned, async () => {
      const now = await this.#programmedNow();
      return now && isSame(active(now), active(first)) ? now : undefined;
    });
    const sids = status && (await kernelSids(this.#at.where, "sea", PACKET));
    const fits = status !== undefined && sameList(sids ?? [], active(status).sids);
    this.#holds(
      "returned",
      fits,
      status ? `${pathText(status)}; ${this.#received} packets arrived in all` : "it stayed away",
    );
  }

  /** What the controller says, held against the kernel's answer and the wire. */
  async #carries(step: StepName, status: PolicyStatus): Promise<void> {
    const { sids, segments } = active(status);
    const kernel = await kernelSids(this.#at.where, "sea", PACKET);
    const [node = "", device = ""] = this.#at.endOf(segments[0] ?? "").split(":");
    const capture = new Capture(this.#at.where, node, device, PACKET.to);
    this.#captures.push(capture);
    await capture.ready;
    // The first SID is the POP's own: packets leave for the second.
    const seen = await this.#until(5_000, () => (capture.count(sids[1] ?? "") >= 20 ? true : undefined));
    const counted = capture.count(sids[1] ?? "");
    capture.stop();
    const fits = sameList(kernel, sids);
    const saw = `the kernel puts on ${kernel.join(" ") || "nothing"}; ${counted} packets for ${sids[1]} left by ${device}`;
    this.#holds(step, fits && seen === true, saw);
  }

  async #programmedNow(): Promise<PolicyStatus | undefined> {
    const status = await this.#api.status(POLICY.name);
    return status?.state === "PROGRAMMED" ? status : undefined;
  }

  async #traffic(): Promise<void> {
    const plan: FlowPlan = {
      id: 0,
      from: "sea-office",
      to: "fra-office",
      address: PACKET.to,
      port: FIRST_PORT,
      packetsPerSecond: PACKETS_PER_SECOND,
      payloadOctets: 200,
      dscp: 0,
      fromUs: 0,
      untilUs: TRAFFIC_US,
    };
    this.#flows = new Flows(this.#at.where, [plan]);
    await this.#flows.start((_flow, { lost, received }) => {
      this.#lost += lost;
      this.#received += received;
    });
    this.#say(`A customer sends ${PACKETS_PER_SECOND} packets a second from Seattle to Frankfurt.`);
  }

  async #impair(segment: string, delayUs: number): Promise<void> {
    const { folder, record } = this.#at.where;
    await askKeeper(folder, record, { ask: "impair", ends: [this.#at.endOf(segment)], change: { delayUs } });
  }

  #nexthop(pop: string): string {
    return this.#at.record(pop).segments[0]?.nexthop ?? "";
  }

  get #at(): World {
    return this.#world as World;
  }

  get #api() {
    return this.#at.api;
  }

  #until<T>(ms: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
    return until(ask, ms, this.#options.signal);
  }

  #say(text: string): void {
    const seconds = ((performance.now() - this.#beganMs) / 1_000).toFixed(1).padStart(6);
    this.#options.tell(`${seconds} s  ${text}`);
  }

  #holds(step: StepName, holds: boolean, saw: string): void {
    this.results.push({ step, holds, saw });
    const shows = STEPS.find(({ name }) => name === step)?.shows ?? "";
    this.#say(`${holds ? "✓" : "✗"} ${shows}\n            ${saw}`);
    if (!holds) throw new Failed(step);
  }
}

const active = (status: PolicyStatus): ChosenPath =>
  status.paths.find(({ role }) => role === "active") ?? { segments: [], sids: [], expectedUs: null, role: "active" };

const isSame = (a: ChosenPath, b: ChosenPath): boolean => sameList(a.segments, b.segments);
const sameList = (a: readonly string[], b: readonly string[]): boolean => a.join(" ") === b.join(" ") && a.length > 0;

const longestOf = (segments: readonly string[], delayUs: (segment: string) => number): string =>
  segments.reduce((longest, one) => (delayUs(one) > delayUs(longest) ? one : longest), segments[0] ?? "");

function pathText(status: PolicyStatus): string {
  const { segments, expectedUs } = active(status);
  const pops = [...segments.map((one) => segmentParts(one).from), POLICY.to].join(" → ");
  const ms = (us: number | null): string => (us === null ? "?" : `${(us / 1_000).toFixed(1)} ms`);
  return `${pops}, expected ${ms(expectedUs)}, measured ${ms(status.actualUs)}`;
}
