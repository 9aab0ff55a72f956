// Plays a scenario on a lab that is up. Impairments are asked of the keeper with their end, so that none outlives the
// scenario whatever becomes of this process.

import { setTimeout as sleep } from "node:timers/promises";
import { LIMITS } from "../../base/limits.ts";
import { formatIpv6 } from "../../srv6/address.ts";
import { Flows, type Watch, type Where } from "../flow/flows.ts";
import { FIRST_PORT, type FlowPlan } from "../flow/plan.ts";
import { type LatencySummary, summary } from "../flow/stats.ts";
import { directions, endText, type Impairment, type ImpairmentChange, type Lab } from "../model.ts";
import { addressOf } from "../net/addresses.ts";
import { askKeeper } from "../net/control.ts";
import { interruptedAt } from "../net/up.ts";
import { monoUs } from "../pacer.ts";
import type { Scenario } from "../scenario.ts";
import { timeline } from "../timeline.ts";
import { judge, type Verdict } from "../verdict.ts";

export type FlowResult = {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly lost: number;
  readonly latency: LatencySummary | null;
};

export type PlayReport = {
  readonly flows: readonly FlowResult[];
  readonly verdicts: readonly Verdict[];
  /** Frames that the relay or a sink itself lost meanwhile: none of the verdicts is to be trusted then. */
  readonly ownLoss: number;
  readonly holds: boolean;
};

export async function play(
  where: Where,
  scenario: Scenario,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<PlayReport> {
  const { folder, record, lab } = where;
  const ends = directions(lab).map(({ from }) => endText(from));
  await askKeeper(folder, record, { ask: "reset", ends });
  const before = await askKeeper(folder, record, { ask: "reseed", seed: scenario.seed });
  const plans = flowPlans(scenario, lab);
  const flows = new Flows(where, plans);
  try {
    const startUs = await flows.start(watcher(scenario, plans, progress));
    for (const event of timeline(scenario, lab)) {
      await sleep(Math.max(0, (startUs + event.atUs - monoUs()) / 1_000), undefined, { signal });
      if (event.kind !== "impair" || event.atUs >= scenario.durationUs) continue;
      const forMs = Math.ceil((scenario.durationUs - event.atUs) / 1_000);
      await askKeeper(folder, record, { ask: "impair", ends: [endText(event.end)], change: all(event.does), forMs });
    }
    const fates = await flows.finish(graceMs(scenario, lab));
    const after = await askKeeper(folder, record, { ask: "inspect" });
    const ownLoss = after.ownLoss - before.ownLoss + flows.dropped;
    const byName = new Map([...fates].map(([plan, fate]) => [scenario.flows[plan.id]?.name ?? "", fate]));
    const verdicts = scenario.expectations.map((expected) => judge(expected, byName.get(expected.flow) ?? []));
    const results = plans.map((plan): FlowResult => {
      const fate = fates.get(plan) ?? [];
      const latencies = fate.flatMap(({ latencyUs }) => (latencyUs === undefined ? [] : [latencyUs]));
      const name = scenario.flows[plan.id]?.name ?? "";
      const { from, to } = plan;
      const [sent, lost] = [fate.length, fate.length - latencies.length];
      return { name, from, to, sent, lost, latency: summary(latencies) ?? null };
    });
    return { flows: results, verdicts, ownLoss, holds: verdicts.every(({ holds }) => holds) };
  } catch (error) {
    if (signal.aborted) throw interruptedAt("the scenario was stopped");
    throw error;
  } finally {
    flows.abort();
    await askKeeper(folder, record, { ask: "reset", ends }).catch(() => undefined);
  }
}

function flowPlans(scenario: Scenario, lab: Lab): FlowPlan[] {
  return scenario.flows.map((flow, id) => {
    const target = lab.nodes.find(({ name }) => name === flow.to);
    const address = target === undefined ? "" : formatIpv6(addressOf(lab, target));
    return { ...flow, id, address, port: FIRST_PORT + id };
  });
}

/** All of it, so that nothing of what was in force before shows through. */
const all = (does: Impairment): ImpairmentChange => ({ ...does, rateBps: does.rateBps ?? "none" });

/** What is under way when the last packet is sent takes no longer than this. */
function graceMs(scenario: Scenario, lab: Lab): number {
  const changes = scenario.impairments.map(({ change }) => (change.delayUs ?? 0) + (change.jitterUs ?? 0));
  const filed = directions(lab).map(({ does }) => does.delayUs + does.jitterUs);
  const worstUs = Math.max(0, ...changes, ...filed) * Math.min(lab.nodes.length, 8);
  return Math.min(LIMITS.flowGraceMaxMs, 500 + worstUs / 1_000);
}

function watcher(scenario: Scenario, plans: readonly FlowPlan[], progress: (text: string) => void): Watch {
  const lost = new Map<number, number>();
  const begunUs = monoUs();
  return ({ id }, window) => {
    lost.set(id, (lost.get(id) ?? 0) + window.lost);
    const seconds = Math.min(scenario.durationUs / 1e6, (monoUs() - begunUs) / 1e6).toFixed(0);
    const counts = plans.map((plan) => `${scenario.flows[plan.id]?.name} lost ${lost.get(plan.id) ?? 0}`);
    progress(`${seconds} of ${scenario.durationUs / 1e6} s: ${counts.join(", ")}`);
  };
}
