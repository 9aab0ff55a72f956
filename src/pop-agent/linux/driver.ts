// The driver of a Linux kernel. Two sockets: one on which much is read and changed, and one on which traffic is moved, so
// that a move waits for nothing.

import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { formatPrefix } from "../../srv6/address.ts";
import {
  apply,
  dueSource,
  edgeStands,
  look,
  type Machine,
  type ObjectReport,
  troubleText,
  type Wanted,
} from "../../srv6/linux/apply.ts";
import { compile, compilePolicies, vrfName } from "../../srv6/linux/compile.ts";
import { edgeText } from "../../srv6/linux/edge.ts";
import { keepsEndXDevice, withoutEndXDevices } from "../../srv6/linux/end-x.ts";
import type { Journal } from "../../srv6/linux/journal.ts";
import type { Kernel } from "../../srv6/linux/kernel.ts";
import type { Edge } from "../../srv6/linux/nft.ts";
import type { KernelGroup, KernelLink, KernelObject } from "../../srv6/linux/objects.ts";
import { type Actual, planCommands, type Step } from "../../srv6/linux/plan.ts";
import { GROUP } from "../../srv6/linux/port.ts";
import { same } from "../../srv6/linux/same.ts";
import { commandText, identity } from "../../srv6/linux/text.ts";
import type { Reading } from "../count.ts";
import type { Refused } from "../document.ts";
import type { Driver, Link, Observation, Outcome, Supports } from "../driver.ts";
import type { Goal } from "../goal.ts";
import type { Lane } from "../lane.ts";
import { holdingGroups, lanesSeen, owners } from "./observe.ts";
import type { Tables } from "./tables.ts";
import type { TooBigRelay } from "./too-big-relay.ts";

export type LinuxParts = {
  readonly kernel: Kernel;
  /** For moves alone. */
  readonly quick: Kernel;
  readonly edge: Edge;
  readonly watchEdge: (changed: () => void) => () => void;
  readonly journal: Journal;
  readonly tables: Tables;
  readonly tooBig: TooBigRelay;
};

const adapt = (wanted: readonly KernelObject[], { ours }: Actual): readonly KernelObject[] =>
  holdingGroups(wanted, ours);

export class LinuxDriver implements Driver {
  readonly kind = "linux";
  readonly #parts: LinuxParts;
  /** What was in place after the last apply: what of it has to be done again, has drifted. */
  #stood = new Map<string, KernelObject>();
  /** The edge's table as it was last seen to stand; reading it is a process of its own. */
  #edgeSeen: string | undefined;
  #keepsEndXDevice: boolean | undefined;

  constructor(parts: LinuxParts) {
    this.#parts = parts;
  }

  async supports(): Promise<Supports> {
    return { groups: await this.#parts.kernel.nexthopObjects() };
  }

  async observe(lanes: readonly Lane[]): Promise<Observation> {
    const { kernel, journal } = this.#parts;
    const { ours } = await kernel.read([], journal.claimed());
    const { carried, installed } = lanesSeen(ours, lanes);
    return {
      carried,
      installed: (lane, key) => installed.has(`${lane} ${key}`),
      links: linksByName(await kernel.links()),
    };
  }

  async plan(goal: Goal): Promise<readonly string[]> {
    const { kernel, journal } = this.#parts;
    const { plan } = await look(kernel, (await this.#wanted(goal)).objects, journal, adapt);
    return planCommands(plan.steps);
  }

  async apply(goal: Goal): Promise<Outcome> {
    const { kernel, edge, journal, tables } = this.#parts;
    const refused: Refused[] = [];
    const own = await tables.apply(goal, refused);
    this.#parts.tooBig.setBlocks(goal.desired.domain.blocks);
    const wanted = await this.#settable(await this.#wanted(goal), refused);
    const next = await look(kernel, wanted.objects, journal, adapt);
    const isSettled =
      next.plan.steps.length === 0 &&
      next.plan.foreign.length === 0 &&
      this.#edgeStands(wanted.edge) &&
      (await dueSource(kernel, wanted.tunnelSource, journal)) === undefined;
    if (isSettled) {
      this.#stand(wanted.objects, []);
      return { objectsInPlace: wanted.objects.length, repaired: [], refused, ...own };
    }
    this.#edgeSeen = undefined;
    const machine: Machine = { kernel, edge, journal };
    const done = await apply(machine, wanted, undefined, adapt);
    // What is refused is tried again at each look, and changes nothing.
    const open = new Set(done.troubles.map(({ object }) => identity(object)));
    const taken = done.steps.filter(({ object }) => !open.has(identity(object)));
    const repaired = taken.filter((step) => this.#drifted(step)).map(text);
    if (done.edgeChanged && this.#stood.size > 0) repaired.push("the nftables table of the edge");
    const need = needOf(goal);
    for (const trouble of done.troubles) refused.push(refusedOf(trouble, need));
    this.#stand(wanted.objects, done.troubles);
    return {
      objectsInPlace: done.inPlace,
      changed: [...own.changed, ...taken.map(text), ...(done.edgeChanged ? ["nft: table inet srwan"] : [])],
      repaired,
      refused,
      finals: [
        ...own.finals,
        ...done.steps.flatMap(({ change, before }) => (change === "add" ? [] : countersOf(before))),
      ],
    };
  }

  async shift(goal: Goal, lanes: readonly string[]): Promise<readonly string[]> {
    const wanted = new Set(lanes);
    const moved = compilePolicies(goal.desired.policies.filter(({ name }) => wanted.has(name)));
    const groups = [...moved].flatMap(([lane, { objects }]) =>
      objects.flatMap((one) => (one.kind === "group" ? [{ lane, group: one as KernelGroup }] : [])),
    );
    const answers = await this.#parts.quick.regroup(groups.map(({ group }) => group));
    return [...new Set(groups.flatMap(({ lane }, i) => (answers[i] === 0 ? [] : [lane])))];
  }

  async readCounters(): Promise<readonly Reading[]> {
    const { kernel, journal } = this.#parts;
    const { ours } = await kernel.read([], journal.claimed());
    return [...ours.flatMap(countersOf), ...(await this.#parts.tables.read())];
  }

  readRefused(): Promise<ReadonlyMap<string, bigint> | undefined> {
    return this.#parts.tables.refused();
  }

  watch(changed: () => void, links: (links: ReadonlyMap<string, Link>) => void): () => void {
    const { kernel, quick, watchEdge } = this.#parts;
    kernel.watch(Object.values(GROUP), changed);
    const look = (): void => void quick.links().then((all) => links(linksByName(all)), changed);
    quick.watch([GROUP.link], look);
    return watchEdge(() => {
      this.#edgeSeen = undefined;
      this.#parts.tables.doubt();
      changed();
    });
  }

  close(): void {
    this.#parts.kernel.close();
    this.#parts.quick.close();
    this.#parts.tooBig.close();
  }

  async #wanted({ desired }: Goal): Promise<Wanted> {
    this.#keepsEndXDevice ??= await keepsEndXDevice(this.#parts.kernel);
    const objects = compile(desired, { nexthopEncap: true });
    return {
      objects: this.#keepsEndXDevice ? objects : withoutEndXDevices(objects),
      edge: edgeText(desired),
      ...(desired.tunnelSource === undefined ? {} : { tunnelSource: desired.tunnelSource }),
    };
  }

  /** The kernel keeps the source of tunnels from user namespaces: without it, it chooses one itself. */
  async #settable(wanted: Wanted, refused: Refused[]): Promise<Wanted> {
    if (wanted.tunnelSource === undefined || (await this.#parts.kernel.tunnelSource()) !== undefined) return wanted;
    const { tunnelSource: _, ...rest } = wanted;
    refused.push({
      object: "the source address of tunnels",
      error: {
        code: "APPLY_INCOMPLETE",
        message: "this user may not set it: the kernel chooses an address by itself",
        remedy: "Run as root of the machine where the choice matters.",
      },
    });
    return rest;
  }

  #edgeStands(text: string): boolean {
    if (this.#edgeSeen === text) return true;
    const { edge, journal } = this.#parts;
    const stands = edgeStands(edge, text, journal);
    this.#edgeSeen = stands ? text : undefined;
    return stands;
  }

  #drifted({ change, object }: Step): boolean {
    if (change === "delete") return false;
    const stood = this.#stood.get(identity(object));
    return stood !== undefined && same(stood, object);
  }

  #stand(wanted: readonly KernelObject[], troubles: readonly ObjectReport[]): void {
    const open = new Set(troubles.map(({ object }) => object));
    this.#stood = new Map(wanted.flatMap((one) => (open.has(one) ? [] : [[identity(one), one] as const])));
  }
}

const text = ({ change, object }: Step): string => commandText(change, object);

const linksByName = (links: readonly KernelLink[]): ReadonlyMap<string, Link> =>
  new Map(links.map(({ name, up, carrier, mtu }) => [name, { up: up && carrier, mtuOctets: mtu }]));

/** Only local SIDs are read here; a binding SID's count lies in nexthop objects that come and go. */
function countersOf(object: KernelObject | undefined): Reading[] {
  if (object?.kind !== "route" || object.target.kind !== "hops") return [];
  return object.target.hops.flatMap(({ encap }): Reading[] => {
    if (encap?.kind !== "seg6local" || encap.counters === undefined) return [];
    const { packets, octets } = encap.counters;
    return [{ what: "sid", name: formatPrefix(object.prefix).replace(/\/128$/, ""), packets, octets }];
  });
}

type Need = (object: KernelObject) => Pick<Refused, "policy" | "tenant" | "sid">;

/** What cannot be without an object. */
function needOf(goal: Goal): Need {
  const owner = owners(goal);
  const tenants = new Map(goal.desired.tenants.map(({ name }) => [vrfName(name), name]));
  const sids = new Set(goal.desired.localSids.map(({ prefix }) => formatPrefix(prefix)));
  return (object) => {
    const policy = owner.get(identity(object));
    if (policy !== undefined) return { policy };
    const tenant = object.kind === "vrf" ? tenants.get(object.name) : undefined;
    if (tenant !== undefined) return { tenant };
    const prefix = object.kind === "route" ? formatPrefix(object.prefix) : "";
    return sids.has(prefix) ? { sid: prefix.replace(/\/\d+$/, "") } : {};
  };
}

function refusedOf(trouble: ObjectReport, need: Need): Refused {
  const { object } = trouble;
  const error = new SrwanError("APPLY_INCOMPLETE", troubleText(trouble).replace(/^\S+\s+/, ""), {
    remedy: remedyOf(trouble),
  });
  return {
    object: identity(object).slice(0, 1_024),
    ...need(object),
    error: { code: error.code, message: asSrwanError(error).message.slice(0, 1_024), remedy: error.remedy },
  };
}

function remedyOf(trouble: ObjectReport): string {
  const { object } = trouble;
  if (trouble.state === "foreign") return "Whoever put it there must take it away, or the policy another prefix.";
  if (object.kind === "vrf" || (object.kind === "setting" && object.name.includes("vrf"))) {
    return "Tenants need VRF devices: load the kernel's module vrf, or take the tenant away from this POP.";
  }
  const why = trouble.state === "failed" ? trouble.why : "";
  if (why.startsWith("ENODEV")) return "Bring its interface up, or correct the POP's record.";
  if (why.startsWith("EPERM")) return "See `srwan doctor` for what this kernel and this user may do.";
  return "See `srwan doctor` and the agent's log; it is tried again at the next change.";
}
