// Applies a desired state: read, plan, record what will be ours, change, read back, and say of each object what is really
// there. Runs the same whether it is the first time, a repair, or the end of a run that was killed.

import { SrwanError } from "../../base/errors.ts";
import { formatIpv6, type Ipv6 } from "../address.ts";
import { errnoText, UNANSWERED } from "./errno.ts";
import type { Journal } from "./journal.ts";
import type { Kernel } from "./kernel.ts";
import { type Edge, edgeSeal } from "./nft.ts";
import type { KernelObject } from "./objects.ts";
import { type Actual, type Foreign, type Plan, plan, type Step } from "./plan.ts";
import { identity, objectText } from "./text.ts";

export type ObjectReport =
  | { readonly object: KernelObject; readonly state: "in-place" }
  /** Refused or lost; `found` is what stands there instead, if anything does. */
  | { readonly object: KernelObject; readonly state: "failed"; readonly why: string; readonly found?: KernelObject }
  /** Somebody else's stands in its place and was not touched. */
  | { readonly object: KernelObject; readonly state: "foreign"; readonly found: KernelObject };

export type ApplyReport = {
  /** The steps that were run, over every round. */
  readonly steps: readonly Step[];
  /** Wanted objects that are not in place; empty when all is well. */
  readonly troubles: readonly ObjectReport[];
  readonly inPlace: number;
  /** Whether the edge's table had to be put in, or taken away. */
  readonly edgeChanged: boolean;
  /** Ours, unwanted, and still there. */
  readonly leftOver: readonly KernelObject[];
};

/** A removal can pull others of ours along (a nexthop takes its routes), so a second look may find more to do. */
const ROUNDS = 3;

/** All that one machine is to hold: kernel objects, the edge's table, the source address of tunnels. */
export type Wanted = { readonly objects: readonly KernelObject[]; readonly edge: string; readonly tunnelSource?: Ipv6 };

/** What is wanted, given what is there: what somebody else decides meanwhile is wanted as it is. */
export type Adapt = (wanted: readonly KernelObject[], actual: Actual) => readonly KernelObject[];

/** The kernel and the table of the edge, as one thing to change. */
export type Machine = { readonly kernel: Kernel; readonly edge: Edge; readonly journal: Journal };

export async function apply(
  { kernel, edge, journal }: Machine,
  { objects: wanted, edge: edgeText, tunnelSource }: Wanted,
  progress: (done: number, total: number) => void = () => undefined,
  adapt: Adapt = (same) => same,
): Promise<ApplyReport> {
  const steps: Step[] = [];
  // The guard stands before the first SID and leaves after the last.
  const edgeChanged = !edgeStands(edge, edgeText, journal);
  if (edgeChanged && edgeText !== "") edge.replace(edgeText);
  const source = await dueSource(kernel, tunnelSource, journal);
  if (source !== undefined) {
    journal.claim([sourceClaim(source)]);
    await setSource(kernel, source);
  }
  const refusals = new Map<string, number>();
  let next = await look(kernel, wanted, journal, adapt);
  for (let round = 0; round < ROUNDS && next.plan.steps.length > 0; round++) {
    const todo = next.plan.steps.filter(({ object }) => !isFinal(refusals.get(identity(object))));
    if (todo.length === 0) break;
    // Written first: whatever happens after this line, the next run knows what is ours.
    journal.claim(todo.filter(({ change }) => change !== "delete").map(({ object }) => identity(object)));
    const answers = await kernel.change(todo, (done) => progress(done, todo.length));
    for (const [i, step] of todo.entries()) {
      const answer = answers[i] ?? UNANSWERED;
      if (answer === 0) refusals.delete(identity(step.object));
      else refusals.set(identity(step.object), answer);
      steps.push(step);
    }
    next = await look(kernel, wanted, journal, adapt);
  }
  if (edgeChanged && edgeText === "") edge.replace(edgeText);
  journal.settle([
    ...next.actual.ours.map(identity),
    ...(edgeText === "" ? [] : [edgeSeal(edgeText, edge.read())]),
    ...(tunnelSource === undefined ? [] : [sourceClaim(tunnelSource)]),
  ]);
  return { ...report(adapt(wanted, next.actual), next.actual, next.plan, refusals, steps), edgeChanged };
}

/** Whether the edge stands as it was put in. */
export const edgeStands = (edge: Edge, text: string, journal: Journal): boolean => {
  const printed = edge.read();
  return text === "" ? printed === "" : journal.claimed().has(edgeSeal(text, printed));
};

/** What the source of tunnels must become, undefined where it is right. Where none is wanted, only ours is taken away. */
export async function dueSource(kernel: Kernel, wanted: Ipv6 | undefined, journal: Journal): Promise<Ipv6 | undefined> {
  const now = await kernel.tunnelSource();
  if (wanted !== undefined) return now === wanted ? undefined : wanted;
  return now !== undefined && now !== NO_SOURCE && journal.claimed().has(sourceClaim(now)) ? NO_SOURCE : undefined;
}

const NO_SOURCE = 0n as Ipv6;
const sourceClaim = (source: Ipv6): string => `tunnel source ${formatIpv6(source)}`;

async function setSource(kernel: Kernel, source: Ipv6): Promise<void> {
  const errno = await kernel.setTunnelSource(source);
  if (errno === 0) return;
  throw new SrwanError("APPLY_INCOMPLETE", `tunnelSource ${formatIpv6(source)} was refused: ${errnoText(errno)}`, {
    remedy: "Run as root: the kernel keeps this setting from user namespaces.",
    deviceStateKnown: true,
  });
}

/** A refusal that another try would meet again; a lost answer is none. */
const isFinal = (errno: number | undefined): boolean => errno !== undefined && errno !== UNANSWERED;

export async function look(
  kernel: Kernel,
  wanted: readonly KernelObject[],
  journal: Journal,
  adapt: Adapt = (same) => same,
): Promise<{ readonly actual: Actual; readonly plan: Plan }> {
  const actual = await kernel.read(wanted, journal.claimed());
  return { actual, plan: plan(adapt(wanted, actual), actual) };
}

function report(
  wanted: readonly KernelObject[],
  actual: Actual,
  rest: Plan,
  refusals: ReadonlyMap<string, number>,
  steps: readonly Step[],
): Omit<ApplyReport, "edgeChanged"> {
  const foreign = new Map(rest.foreign.map((entry: Foreign) => [identity(entry.wanted), entry.found]));
  const open = new Set(rest.steps.filter(({ change }) => change !== "delete").map(({ object }) => identity(object)));
  const there = new Map(actual.ours.map((object) => [identity(object), object]));
  const troubles: ObjectReport[] = [];
  for (const object of wanted) {
    const id = identity(object);
    const blocking = foreign.get(id);
    if (blocking) troubles.push({ object, state: "foreign", found: blocking });
    else if (open.has(id)) {
      const found = there.get(id);
      const errno = refusals.get(id);
      const why = errno === undefined ? "taken by the kernel and gone again" : errnoText(errno);
      troubles.push({ object, state: "failed", why, ...(found ? { found } : {}) });
    }
  }
  const wantedIds = new Set(wanted.map(identity));
  return {
    steps,
    troubles,
    inPlace: wanted.length - troubles.length,
    leftOver: actual.ours.filter((object) => !wantedIds.has(identity(object))),
  };
}

/** One line for each trouble, with what to do. */
export function troubleText(trouble: ObjectReport): string {
  const what = objectText(trouble.object);
  if (trouble.state === "foreign")
    return `foreign  ${what}: ${objectText(trouble.found)} is in its place and is not ours`;
  if (trouble.state === "failed") {
    return `failed   ${what}: ${trouble.why}${trouble.found ? `; there is ${objectText(trouble.found)}` : ""}`;
  }
  return `in place ${what}`;
}

/** The error a command ends with when not all is in place. */
export const notAllInPlace = (report: ApplyReport): SrwanError =>
  new SrwanError("APPLY_INCOMPLETE", `${report.troubles.length} of the wanted objects are not in place`, {
    remedy: "Each is listed above with its reason; what is listed as foreign must be moved by its owner.",
    deviceStateKnown: true,
    details: { troubles: report.troubles.length, inPlace: report.inPlace, leftOver: report.leftOver.length },
  });
