// The agent as a whole: opens its parts, joins them, and closes them. What happens when is theirs.

import type { Clock } from "../base/clock.ts";
import { asSrwanError, SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/log.ts";
import type { Rng } from "../base/rng.ts";
import type { Prefix } from "../srv6/address.ts";
import { parsePrefix } from "../srv6/address.ts";
import { defaultProbeNamespace, keepProbeNamespace } from "../srv6/linux/probe-namespace.ts";
import type { PopDesired } from "../wire/desired.ts";
import { segmentName } from "../wire/parts.ts";
import type { PopRecord, SegmentPort } from "../wire/pop.ts";
import { type EventTold, eventTelling } from "./applied.ts";
import { LOOK } from "./closer-look.ts";
import type { Reading } from "./count.ts";
import { Counting } from "./counting.ts";
import { heard, onTrial, type Trial, takesService, verdict } from "./cut-watch.ts";
import { readDocument } from "./document.ts";
import type { Driver } from "./driver.ts";
import type { Failed } from "./failed.ts";
import { probeKey } from "./goal.ts";
import { needIdentity, openIdentity, writeIdentity } from "./identity.ts";
import { keepDocument, keptDocument } from "./kept-document.ts";
import { allPaths } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { Measure } from "./measure.ts";
import type { AgentFigures } from "./metrics.ts";
import { Prober } from "./prober.ts";
import { Pulses } from "./pulses.ts";
import { Refusals } from "./refusals.ts";
import { ServiceLink } from "./service-link.ts";
import { Spool, type Told } from "./spool.ts";
import type { StateFolder } from "./state-folder.ts";
import { type AgentStatus, pathStatuses } from "./status.ts";
import { StepWatch } from "./step-watch.ts";
import type { WireguardDevices } from "./wireguard/devices.ts";
import { Tunnels } from "./wireguard/tunnels.ts";

export type AgentPlan = {
  readonly record: PopRecord | undefined;
  readonly management: readonly string[];
  readonly pulse: { readonly port: number; readonly stamps: "kernel" | "handler" };
  readonly probe: { readonly namespace: string | undefined; readonly device: string; readonly port: number };
};

export type AgentParts = {
  readonly plan: AgentPlan;
  readonly folder: StateFolder;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  /** Of a POP that forwards by itself. */
  readonly wireguard?: { readonly devices: WireguardDevices; readonly rotateMs: number };
};

const FAILED = "failed.json";

export class Agent {
  readonly #parts: AgentParts;
  readonly #spool: Spool;
  readonly #link: ServiceLink;
  readonly #lanes: Lanes;
  readonly #pulses: Pulses;
  readonly #measure: Measure;
  readonly #prober: Prober;
  readonly #counting: Counting;
  readonly #ports: ReadonlyMap<string, SegmentPort>;
  readonly #steps: StepWatch;
  readonly #namespace: string;
  readonly #translates6: boolean;
  readonly #tunnels: Tunnels | undefined;
  #document: PopDesired | undefined;
  readonly #failed = Promise.withResolvers<void>();
  #timers: NodeJS.Timeout[] = [];
  #running: Promise<void> | undefined;
  #reportMs = 1_000;
  #reportedMs = 0;
  #arrived: bigint | undefined;
  #trial: Trial | undefined;
  /** It cut the way to the service, and is not held again. */
  #cutVersion: number | undefined;
  #isDrained = false;
  readonly #events = new Map<string, number>();
  readonly #refusals = new Refusals();
  #cells: AgentFigures["cells"] = [];

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { folder, plan, clock, rng, log, driver } = parts;
    let identity = openIdentity(folder);
    if (plan.record !== undefined) identity = { ...identity, record: plan.record };
    const { wireguard } = parts;
    if (wireguard !== undefined) {
      const isDown = (device: string): boolean =>
        [...this.#ports].some(([name, port]) => port.device === device && this.#measure.life(name)?.state === "down");
      this.#tunnels = new Tunnels({ ...wireguard, isDown, record: identity.record, folder, clock, log });
      identity = { ...identity, record: this.#tunnels.record };
      this.#tunnels.onRecord = (fresh) => {
        identity = { ...identity, record: fresh };
        this.#link.tellRecord();
      };
      this.#tunnels.onEvent = (event) => this.#event(event);
    }
    const { record } = identity;
    this.#ports = new Map(
      record.segments.map((port) => [segmentName({ from: record.name, transit: port.transit, to: port.to }), port]),
    );
    this.#translates6 = record.egress?.source6 !== undefined;
    this.#namespace = plan.probe.namespace ?? defaultProbeNamespace(record.name);
    this.#spool = new Spool(folder);
    this.#counting = new Counting(folder, clock);
    this.#steps = new StepWatch(clock);
    const probe = { namespace: this.#namespace, port: plan.probe.port };
    this.#pulses = new Pulses({ ...plan.pulse, probe }, log);
    this.#measure = new Measure(this.#pulses, record.name);
    this.#prober = new Prober(this.#pulses, probe);
    this.#lanes = new Lanes(
      {
        driver,
        probes: this.#prober,
        life: (segment) => this.#measure.life(segment),
        deviceOf: (segment) => this.#ports.get(segment)?.device,
        tell: (told) => this.#tell(told),
        keepFailed: (failed) => folder.write(FAILED, failed),
        finals: (finals) => this.#counting.finals(finals),
        clock,
        log,
      },
      (folder.read(FAILED) as Failed | undefined) ?? {},
    );
    this.#link = new ServiceLink({
      identity: () => identity,
      keepIdentity: (fresh) => {
        identity = fresh;
        writeIdentity(folder, fresh);
        this.#event({ type: "renewed", subject: record.name, text: "a new certificate", data: {} });
      },
      spool: this.#spool,
      held: () => this.#document,
      desire: (document) => this.#desire(document),
      clock,
      rng,
      log,
    });
  }

  /** What it counts, for who meters traffic beside it. */
  counters(): Told {
    return this.#counting.telling();
  }

  status(): AgentStatus {
    const { record, service } = needIdentity(this.#parts.folder);
    const { objectsInPlace, refused } = this.#lanes.outcome;
    return {
      schema: "srwan.agent-status/1",
      pop: record.name,
      service: { url: service, connected: this.#link.isOpen, waiting: this.#spool.waiting },
      version: this.#document?.version ?? 0,
      objectsInPlace,
      refused: refused.map(({ object, error }) => ({ object, why: error.message })),
      paths: pathStatuses(this.#lanes.facts()),
      segments: this.#measure.states().map((one) => ({ ...one, why: this.#whySilent(one.segment) })),
    };
  }

  #whySilent = (segment: string): string => this.#tunnels?.why(this.#ports.get(segment)?.device ?? "") ?? "";

  figures(): AgentFigures {
    return {
      status: this.status(),
      cells: this.#cells,
      events: this.#events,
      edgeRefused: this.#refusals.totals,
      counters: this.#counting.telling().counters,
      certificateEndsMs: needIdentity(this.#parts.folder).renewBeforeMs,
    };
  }

  /** What its machine lacks of the stage it is at, or has too much, in the machine's own words. */
  diff(): Promise<readonly string[]> {
    return this.#lanes.plan();
  }

  /** Ends when a part that everything leans on has ended. */
  get ended(): Promise<void> {
    return Promise.race([this.#pulses.ended, this.#failed.promise]);
  }

  async start(): Promise<void> {
    const { driver, folder } = this.#parts;
    this.#failed.promise.catch(() => undefined);
    if (!(await driver.supports()).groups) {
      throw new SrwanError("KERNEL_LACKS", "this kernel has no nexthop objects, by which traffic is moved at once", {
        remedy: "Use Linux 5.3 or newer.",
      });
    }
    const kept = keptDocument(folder);
    this.#keepNamespace(kept === undefined ? [] : [parsePrefix(kept.settings.near)]);
    await this.#tunnels?.start();
    await this.#pulses.start();
    this.#measure.onSegment = ({ segment, state, before, dead }) => {
      this.#lanes.changed(this.#lanesOver(segment));
      if (before === "unknown" && state === "up") return;
      const type = state === "up" ? "segment-up" : state === "down" ? "segment-down" : "segment-suspect";
      this.#event({ type, subject: segment, text: `it is ${state}`, data: dead === undefined ? {} : { dead } });
    };
    this.#measure.onClockStep = (segment) =>
      this.#event({ type: "clock-stepped", subject: segment, text: "the clock of one of its ends was set", data: {} });
    this.#prober.onChange = (key) => this.#lanes.changed(this.#lanes.lanesOf(key));
    this.#link.onHeard = () => {
      this.#trial &&= heard(this.#trial, this.#monoMs());
    };
    this.#prober.onAnswers = () => this.#lanes.answers();
    this.#event({ type: "started", subject: needIdentity(folder).record.name, text: "the agent started", data: {} });
    if (kept !== undefined) this.#hold(kept);
    this.#running = this.#lanes.run().catch(this.#failed.reject);
    this.#link.start();
    this.#timers = [setInterval(() => this.#tick(), 100), setInterval(() => void this.#count(), LIMITS.agentCountMs)];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#event({ type: "stopping", subject: needIdentity(this.#parts.folder).record.name, text: "", data: {} });
    this.#lanes.stop();
    await this.#running;
    await this.#tunnels?.stop();
    await this.#count();
    await this.#link.stop();
    await this.#pulses.stop();
    this.#parts.driver.close();
  }

  /** From the service: on disk before anything is done, so that a restart goes on with it. */
  #desire(document: PopDesired): void {
    if (document.version === this.#cutVersion) return;
    const before = this.#document;
    keepDocument(this.#parts.folder, document);
    this.#hold(document);
    const peer = this.#link.peerAddress;
    const read = this.#lanes.document;
    if (before === undefined || peer === undefined || read === undefined) return;
    const service = parsePrefix(peer.replace(/^::ffff:(?=\d+\.)/, "").replace(/%.*/, ""));
    this.#trial = takesService(read, service) ? onTrial(document.version, before, this.#monoMs()) : undefined;
  }

  /** A document that cut the way to the service goes, and the one before comes back. */
  #judgeTrial(): void {
    if (this.#trial === undefined) return;
    const judged = verdict(this.#trial, this.#monoMs());
    if (judged === "open") return;
    const { version, before } = this.#trial;
    this.#trial = undefined;
    if (judged === "proved") return;
    this.#cutVersion = version;
    const text = `version ${version} cut the way to the service; version ${before.version} is held again`;
    this.#event({ type: "refused", subject: `version ${version}`, text, data: { version, held: before.version } });
    keepDocument(this.#parts.folder, before);
    this.#hold(before);
  }

  #hold(document: PopDesired): void {
    const { plan, log } = this.#parts;
    this.#document = document;
    try {
      const read = readDocument(document, {
        probeDevice: plan.probe.device,
        management: plan.management.map(parsePrefix),
        translates6: this.#translates6,
      });
      this.#keepNamespace([read.near]);
      void this.#tunnels?.hold(document.settings.tunnels ?? []);
      this.#measure.set(document.peers);
      this.#reportMs = document.settings.reportMs;
      log.info("desired", { version: document.version, policies: document.policies.length });
      this.#lanes.desire(read);
    } catch (thrown) {
      const error = asSrwanError(thrown);
      log.error(error.message, { code: error.code });
      this.#event({
        type: "refused",
        subject: `version ${document.version}`,
        text: error.message.slice(0, 1_024),
        data: {},
      });
    }
  }

  /** Where probes leave from. It is made once: what answers others' probes there lives as long as the agent. */
  #keepNamespace(near: readonly Prefix[]): void {
    const plan = { name: this.#namespace, device: this.#parts.plan.probe.device, near };
    if (keepProbeNamespace(plan) && this.#running !== undefined) void this.#pulses.start();
  }

  #lanesOver(segment: string): ReadonlySet<string> {
    const lanes = this.#lanes.document?.lanes ?? [];
    const over = lanes.filter((lane) => allPaths(lane).some(({ first }) => first === segment));
    return new Set(over.map(({ policy }) => policy));
  }

  #tick(): void {
    const stepMs = this.#steps.look();
    if (stepMs !== 0) {
      const text = `this machine's clock was set by ${stepMs} ms`;
      this.#event({ type: "clock-stepped", subject: "clock", text, data: { stepMs } });
    }
    this.#judgeTrial();
    this.#tunnels?.tick(this.#link.isOpen);
    const monoMs = this.#monoMs();
    const isLooking = this.#measure.tick(monoMs);
    const reportMs = isLooking ? Math.min(LOOK.everyMs, this.#reportMs) : this.#reportMs;
    if (this.#document === undefined || monoMs - this.#reportedMs < reportMs) return;
    const intervalMs = Math.min(monoMs - this.#reportedMs, this.#reportMs * 10);
    this.#reportedMs = monoMs;
    this.#tell({
      kind: "measured",
      atMs: this.#nowMs(),
      intervalMs,
      cells: this.#measure.report(this.#nowMs()),
      paths: this.#pathsMeasured(),
    });
  }

  #pathsMeasured() {
    const lanes = this.#lanes.document?.lanes ?? [];
    return lanes
      .filter(({ probed }) => probed)
      .flatMap((lane) =>
        allPaths(lane).map((path) => {
          const { actualUs, lossPpm, samples } = this.#prober.measured(probeKey(lane.to, path.probe.name));
          const actual = actualUs === undefined ? null : Math.round(actualUs);
          return { policy: lane.policy, path: path.name, actualUs: actual, lossPpm: lossPpm ?? null, samples };
        }),
      )
      .slice(0, LIMITS.probesMax);
  }

  async #count(): Promise<void> {
    try {
      const readings = await this.#parts.driver.readCounters();
      this.#refusals.take(await this.#parts.driver.readRefused?.());
      const gaps = this.#counting.take(readings);
      this.#lookAtDrain(readings);
      for (const { name, gapMs } of gaps) {
        const text = `counted anew after at most ${gapMs} ms in which nothing was counted`;
        this.#event({ type: "counter-gap", subject: name.slice(0, 256), text, data: { gapMs } });
      }
      this.#tell(this.#counting.telling());
      // Somebody took the probe namespace away.
      if (!this.#lanes.hasLink(this.#parts.plan.probe.device) && this.#lanes.document !== undefined) {
        this.#keepNamespace([this.#lanes.document.near]);
      }
    } catch (thrown) {
      this.#parts.log.warn("counters could not be read", { error: asSrwanError(thrown).message });
    }
  }

  /** In maintenance: told once, when what still arrives from others is no more than their pulses and probes. */
  #lookAtDrain(readings: readonly Reading[]): void {
    const arriving = readings.filter(({ what, name }) => what === "peer" && name.startsWith("in "));
    // A router does not count by neighbour: nobody can say there that nothing arrives.
    if (arriving.length === 0) return;
    const octets = arriving.reduce((sum, one) => sum + one.octets, 0n);
    const before = this.#arrived;
    this.#arrived = octets;
    if (this.#document?.settings.drained !== true) {
      this.#isDrained = false;
      return;
    }
    const perSecond = before === undefined ? undefined : Number(octets - before) / (LIMITS.agentCountMs / 1_000);
    if (this.#isDrained || perSecond === undefined || perSecond < 0) return;
    const allowed = LIMITS.drainedOctetsPerPeer * Math.max(1, arriving.length);
    if (perSecond > allowed) return;
    this.#isDrained = true;
    const text = "others' traffic passes elsewhere: it can be worked at";
    const data = { octetsPerSecond: Math.round(perSecond) };
    this.#event({ type: "drained", subject: this.#document.settings.pop, text, data });
  }

  #event(event: EventTold): void {
    this.#tell(eventTelling(event, this.#nowMs()));
  }

  #tell(told: Told): void {
    if (told.kind === "event") this.#events.set(told.type, (this.#events.get(told.type) ?? 0) + 1);
    if (told.kind === "measured") this.#cells = told.cells;
    this.#spool.add(told);
    this.#link.tell();
  }

  #monoMs = (): number => Number(this.#parts.clock.monoUs() / 1_000n);
  #nowMs = (): number => Number(this.#parts.clock.wallUs() / 1_000n);
}
