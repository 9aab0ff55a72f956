// The demo: brings the world up, tells what happens as it happens, and holds each step against the kernel and the wire.

import { setTimeout as sleep } from "node:timers/promises";
import { segmentParts } from "../../wire/parts.ts";
import type { ChosenPath, PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import { Flows } from "../flow/flows.ts";
import { FIRST_PORT, type FlowPlan } from "../flow/plan.ts";
import { askKeeper } from "../net/control.ts";
import { interruptedAt } from "../net/up.ts";
import { until } from "./api.ts";
import { Capture, inNode, kernelSids, type Packet } from "./see.ts";
import { type Breakable, SABOTAGE, STEPS, type StepName } from "./steps.ts";
import { World, type WorldOptions } from "./world.ts";

export type DemoOptions = WorldOptions & {
  /** Ends by itself when all is shown. */
  readonly quick: boolean;
  /** `each`: every step is broken first, seen not to hold, and mended. */
  readonly sabotage: Breakable | "each" | undefined;
};

export type StepResult = {
  readonly step: StepName;
  readonly holds: boolean;
  readonly saw: string;
  /** What was seen while it was broken on purpose. */
  readonly broken?: string;
};
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
const TRAFFIC_US = 600_000_000;
/** A busy machine may take several times what a calm one takes; a broken step takes this long to be given up. */
const PATIENCE_MS: Readonly<Record<Breakable, number>> = {
  /** Since something new was measured. */
  matrix: 30_000,
  programmed: 40_000,
  carried: 5_000,
  degraded: 30_000,
  moved: 30_000,
  returned: 60_000,
};
/** Until the first agent measures: all start at once. */
const FIRST_MS = 90_000;
/** How long a step that was broken, and will be mended, is looked at. */
const BRIEF_MS = 4_000;
/** Enough ticks for the detector to know what is usual. */
const WARM_MS = 14_000;

type Seen = { readonly holds: boolean; readonly saw: string };

class Failed extends Error {}

export async function demo(options: DemoOptions): Promise<DemoReport> {
  const show = new Show(options);
  try {
    await show.run();
  } catch (thrown) {
    if (options.signal.aborted) throw interruptedAt("what had been made was taken down again");
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
  #congested = "";
  #lost = 0;
  #received = 0;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    await this.#lab();
    await this.#matrix();
    const first = await this.#programmed();
    await this.#carried(first);
    await this.#degraded(first);
    await this.#moved(first);
    await this.#returned(first);
    if (this.#options.quick) return;
    this.#say(`All shown. Look around at ${this.#api.dashboard}; Ctrl-C takes everything down.`);
    await sleep(2 ** 30, undefined, { signal: this.#options.signal }).catch(() => undefined);
  }

  async end(): Promise<void> {
    for (const capture of this.#captures) capture.stop();
    this.#flows?.abort();
    const hasFailed = this.results.length < STEPS.length || this.results.some(({ holds }) => !holds);
    const logs = await this.#world?.down(hasFailed && !this.#options.signal.aborted);
    if (logs !== undefined) this.#say(`What controller and agents said is in ${logs}.`);
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

  /** Looks at a step; where it is to be broken and mended first, it must be seen not to hold. */
  async #step(name: Breakable, look: (patienceMs: number) => Promise<Seen>): Promise<void> {
    let broken: string | undefined;
    if (this.#options.sabotage === "each") {
      const { holds, saw } = await look(BRIEF_MS);
      if (holds) this.#holds(name, false, `broken on purpose (${SABOTAGE[name]}), and not noticed: ${saw}`);
      broken = saw;
      this.#say(`Broken on purpose: ${SABOTAGE[name]}. Noticed: ${saw}.`);
      await this.#mend(name);
    }
    const { holds, saw } = await look(PATIENCE_MS[name]);
    this.#holds(name, holds, saw, broken);
  }

  #breaks(name: Breakable): boolean {
    return this.#options.sabotage === name || this.#options.sabotage === "each";
  }

  async #mend(name: Breakable): Promise<void> {
    if (name === "matrix") this.#at.signalAgent("chi", "SIGCONT");
    if (name === "programmed") this.#at.startAgent("fra");
    if (name === "carried") await inNode(this.#at.where, "sea", ["ip", "-6", "route", "del", ...this.#foreign]);
    if (name === "degraded") await this.#congest(CONGESTION_US);
    if (name === "moved") this.#at.signalAgent("sea", "SIGCONT");
    if (name === "returned") await this.#congest(0);
  }

  async #matrix(): Promise<void> {
    if (this.#breaks("matrix")) this.#at.signalAgent("chi", "SIGSTOP");
    const total = this.#at.records.reduce((sum, { segments }) => sum + segments.length, 0);
    await this.#step("matrix", async (patienceMs) => {
      let [known, sinceMs] = [new Set<string>(), performance.now()];
      await this.#until(FIRST_MS + patienceMs, async () => {
        const segments = await this.#api.segments();
        const now = segments.filter(({ measured }) => measured !== null && measured.p50Us !== null);
        if (now.length > known.size) {
          this.#say(`${now.length} of ${total} directed segments measured …`);
          [known, sinceMs] = [new Set(now.map(({ segment }) => segment)), performance.now()];
        }
        const isStalled = known.size > 0 && performance.now() - sinceMs > patienceMs;
        return known.size === total || isStalled ? true : undefined;
      });
      const missing = this.#at.segments().filter((segment) => !known.has(segment));
      const without = missing.length === 0 ? "" : `, without ${missing.join(", ")}`;
      return { holds: known.size === total, saw: `${known.size} of ${total} directed segments${without}` };
    });
  }

  async #programmed(): Promise<PolicyStatus> {
    if (this.#breaks("programmed")) this.#at.signalAgent("fra", "SIGKILL");
    await this.#traffic();
    this.#say(`Policy ${POLICY.name}: lowest latency from Seattle to Frankfurt, committed.`);
    await this.#api.stage(POLICY);
    await this.#api.commit("the demo");
    let status: PolicyStatus | undefined;
    await this.#step("programmed", async (patienceMs) => {
      status = await this.#until(patienceMs, () => this.#programmedNow());
      const last = status ?? (await this.#api.status(POLICY.name));
      return { holds: status !== undefined, saw: last ? `${last.state}: ${pathText(last)}` : "nothing was decided" };
    });
    return status as PolicyStatus;
  }

  /** What the controller says, held against the kernel's answer and the wire. */
  async #carried(status: PolicyStatus): Promise<void> {
    if (this.#breaks("carried")) await inNode(this.#at.where, "sea", ["ip", "-6", "route", "add", ...this.#foreign]);
    const { sids, segments } = active(status);
    await this.#step("carried", async (patienceMs) => {
      const kernel = await kernelSids(this.#at.where, "sea", PACKET);
      const [node = "", device = ""] = this.#at.endOf(segments[0] ?? "").split(":");
      const capture = new Capture(this.#at.where, node, device, PACKET.to);
      this.#captures.push(capture);
      await capture.ready;
      // The first SID is the POP's own: packets leave for the second.
      const seen = await this.#until(patienceMs, () => (capture.count(sids[1] ?? "") >= 20 ? true : undefined));
      const counted = capture.count(sids[1] ?? "");
      capture.stop();
      const fits = sameList(kernel, sids);
      const saw = `the kernel puts on ${kernel.join(" ") || "nothing"}; ${counted} packets for ${sids[1]} left by ${device}`;
      return { holds: fits && seen === true, saw };
    });
  }

  async #degraded(first: PolicyStatus): Promise<void> {
    await sleep(WARM_MS, undefined, { signal: this.#options.signal });
    // An agent on a busy machine may have left it meanwhile, and is called back.
    await this.#until(PATIENCE_MS.returned, async () => {
      const now = await this.#programmedNow();
      return now && isSame(active(now), active(first)) ? now : undefined;
    });
    this.#congested = longestOf(active(first).segments, (one) => this.#at.delayUs(one));
    if (!this.#breaks("degraded")) await this.#congest(CONGESTION_US);
    await this.#step("degraded", async (patienceMs) => {
      const since = performance.now();
      const noticed = await this.#until(patienceMs, async () => {
        const status = await this.#api.status(POLICY.name);
        const isLeft = status?.decision.includes(this.#congested) && !isSame(active(status), active(first));
        if (status === undefined || !isLeft) return undefined;
        // Before it has proved the new path, which takes several pulses.
        if (this.#breaks("moved")) this.#at.signalAgent("sea", "SIGSTOP");
        return status;
      });
      const took = ((performance.now() - since) / 1_000).toFixed(1);
      return {
        holds: noticed !== undefined,
        saw: noticed ? `after ${took} s: ${noticed.decision}` : "nobody noticed anything",
      };
    });
  }

  async #moved(first: PolicyStatus): Promise<void> {
    const lostBefore = this.#lost;
    await this.#step("moved", async (patienceMs) => {
      const status = await this.#until(patienceMs, async () => {
        const now = await this.#programmedNow();
        return now && !active(now).segments.includes(this.#congested) ? now : undefined;
      });
      if (status === undefined) return { holds: false, saw: "it stayed where it was" };
      const sids = await kernelSids(this.#at.where, "sea", PACKET);
      await sleep(1_500, undefined, { signal: this.#options.signal });
      const lost = this.#lost - lostBefore;
      const fits = sameList(sids, active(status).sids) && !isSame(active(status), active(first));
      return { holds: fits && lost === 0, saw: `${pathText(status)}, ${lost} packets lost on the way over` };
    });
  }

  async #returned(first: PolicyStatus): Promise<void> {
    if (!this.#breaks("returned")) await this.#congest(0);
    await this.#step("returned", async (patienceMs) => {
      const status = await this.#until(patienceMs, async () => {
        const now = await this.#programmedNow();
        return now && isSame(active(now), active(first)) ? now : undefined;
      });
      if (status === undefined) return { holds: false, saw: "it stayed away" };
      const sids = await kernelSids(this.#at.where, "sea", PACKET);
      const saw = `${pathText(status)}; ${this.#received} packets arrived in all`;
      return { holds: sameList(sids, active(status).sids), saw };
    });
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

  async #congest(moreUs: number): Promise<void> {
    const { folder, record } = this.#at.where;
    const text =
      moreUs > 0 ? `Congestion on ${this.#congested}: ${moreUs / 1_000} ms more.` : "The congestion is over.";
    this.#say(text);
    const delayUs = this.#at.delayUs(this.#congested) + moreUs;
    await askKeeper(folder, record, { ask: "impair", ends: [this.#at.endOf(this.#congested)], change: { delayUs } });
  }

  /** A route that is nobody of ours', and wins. */
  get #foreign(): readonly string[] {
    return [DESTINATION, "via", this.#at.record("sea").segments[0]?.nexthop ?? "", "metric", "1"];
  }

  get #at(): World {
    return this.#world as World;
  }

  get #api() {
    return this.#at.api;
  }

  #until<T>(ms: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
    const unlessDead = (): Promise<T | undefined> | T | undefined => {
      this.#at.needAll();
      return ask();
    };
    return until(unlessDead, ms, this.#options.signal);
  }

  #say(text: string): void {
    const seconds = ((performance.now() - this.#beganMs) / 1_000).toFixed(1).padStart(6);
    this.#options.tell(`${seconds} s  ${text}`);
  }

  #holds(step: StepName, holds: boolean, saw: string, broken?: string): void {
    this.results.push({ step, holds, saw, ...(broken === undefined ? {} : { broken }) });
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
