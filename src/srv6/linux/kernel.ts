// One namespace's kernel: opens the channels, reads back what is there, and gives plans their changes. The only file that
// joins codecs and transport.

import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import type { Ipv6 } from "../address.ts";
import { Channel, type Requests } from "./channel.ts";
import { ERRNO, UNANSWERED } from "./errno.ts";
import { linksOf, RTM_LINK, readLink, writeLinkDump, writeVrf } from "./link-codec.ts";
import { NHM, readNexthop, writeNexthop, writeNexthopDump, writeNexthopGet } from "./nexthop-codec.ts";
import {
  type KernelGroup,
  type KernelLink,
  type KernelObject,
  type KernelRoute,
  type Links,
  OUR_PROTOCOL,
  REVERSIBLE,
} from "./objects.ts";
import type { Actual, Step } from "./plan.ts";
import type { Port, Settings } from "./port.ts";
import { keptMetric, RTM, readRoute, routeProtocol, writeRoute, writeRouteDump } from "./route-codec.ts";
import { FRM, readRule, writeRule, writeRuleDump } from "./rule-codec.ts";
import {
  readFamily,
  readHmacKey,
  readTunnelSource,
  writeFamilyRequest,
  writeHmacDump,
  writeHmacKey,
  writeTunnelSource,
  writeTunnelSourceRequest,
} from "./seg6-genl.ts";
import { identity } from "./text.ts";
import type { Writer } from "./wire.ts";

/** Names of devices that are ours begin so. */
const OUR_PREFIX = "srwan-";
const NOBODYS_ID = 0xffff_ffff;
const NO_SETTINGS: Settings = { read: () => undefined, write: () => ERRNO.ENOENT };

export class Kernel {
  readonly #route: Channel;
  readonly #generic: Channel;
  readonly #settings: Settings;
  #seg6Family: number | undefined;
  #nexthopObjects: boolean | undefined;

  constructor(ports: { readonly route: Port; readonly generic: Port; readonly settings?: Settings }, clock: Clock) {
    this.#route = new Channel(ports.route, clock);
    this.#generic = new Channel(ports.generic, clock);
    this.#settings = ports.settings ?? NO_SETTINGS;
  }

  close(): void {
    this.#route.close();
    this.#generic.close();
  }

  async links(): Promise<readonly KernelLink[]> {
    const found: KernelLink[] = [];
    await this.#route.dump(
      (w, s) => writeLinkDump(w, s),
      (m) => m.type === RTM_LINK.newLink && found.push(readLink(m)),
      () => found.splice(0),
    );
    return found;
  }

  /**
   * Whether this kernel has nexthop objects. They came with SID lists in them, in one release (5.3), so to ask for one that
   * nobody has tells both, changes nothing, and needs no rights. A lost answer does not count: it would move every route.
   */
  async nexthopObjects(): Promise<boolean> {
    if (this.#nexthopObjects === undefined) {
      const [answer] = await this.#route.request(1, (_i, w, s) => writeNexthopGet(w, NOBODYS_ID, s));
      this.#nexthopObjects = answer !== ERRNO.EOPNOTSUPP;
    }
    return this.#nexthopObjects;
  }

  /**
   * Everything that is ours, and of the others' what stands at a wanted place. `claimed` names what carries no mark of
   * ours in the kernel (HMAC keys) and is ours because the journal says so.
   */
  async read(wanted: readonly KernelObject[], claimed: ReadonlySet<string>): Promise<Actual> {
    const places = new Set(wanted.map(identity));
    const links = await this.links();
    const names = linksOf(links);
    const [ours, others]: [KernelObject[], KernelObject[]] = [[], []];
    for (const link of links) {
      if (link.vrfTable === undefined) continue;
      const vrf = { kind: "vrf", name: link.name, table: link.vrfTable } as const;
      if (link.name.startsWith(OUR_PREFIX)) ours.push(vrf);
    }
    // A switch that is otherwise is one to add: other additions wait for it, none waits for a replacement.
    for (const object of wanted)
      if (object.kind === "setting" && this.#settings.read(object.name) === object.value) ours.push(object);
    for (const id of claimed) {
      const name = id.endsWith(REVERSIBLE) && !places.has(id) ? id.slice("setting ".length) : "";
      if (name !== "" && this.#settings.read(name) === 1) ours.push({ kind: "setting", name, value: 1 });
    }
    const sort = (object: KernelObject, protocol: number): void => {
      if (protocol === OUR_PROTOCOL) ours.push(object);
      else if (places.has(identity(object))) others.push(object);
    };
    if (await this.nexthopObjects()) for (const object of await this.#nexthops(names)) sort(object, object.protocol);
    for (const family of [4, 6] as const) {
      const routes: KernelRoute[] = [];
      const wantsFamily = wanted.some((object) => object.kind === "route" && object.prefix.family === family);
      await this.#route.dump(
        (w, s) => writeRouteDump(w, family, s),
        (m) => {
          if (m.type !== RTM.newRoute || (routeProtocol(m) !== OUR_PROTOCOL && !wantsFamily)) return;
          const route = readRoute(m, names);
          if (route) routes.push(withKeptMetric(route));
        },
        () => routes.splice(0),
      );
      for (const route of routes) sort(route, route.protocol);
      for (const rule of await this.#rules(family)) if (rule.protocol === OUR_PROTOCOL) ours.push(rule);
    }
    for (const key of await this.#hmacKeys()) {
      if (claimed.has(identity(key))) ours.push(key);
      else if (places.has(identity(key))) others.push(key);
    }
    return { ours, others };
  }

  /** Runs steps in order and gives one error number each. Steps of one kind go in batches. */
  async change(steps: readonly Step[], progress: (done: number) => void = () => undefined): Promise<Int32Array> {
    const answers = new Int32Array(steps.length);
    let links = linksOf(await this.links());
    for (let from = 0; from < steps.length; ) {
      const kind = steps[from]?.object.kind;
      let to = from;
      while (to < steps.length && steps[to]?.object.kind === kind) to++;
      if (kind === "setting") {
        for (; from < to; from++) answers[from] = this.#set(steps[from]);
        continue;
      }
      const part = steps.slice(from, to).filter((step, i) => {
        const there = hasDevices(step, links);
        if (!there) answers[from + i] = ERRNO.ENODEV;
        return there;
      });
      const channel = kind === "hmac" ? this.#generic : this.#route;
      const family = kind === "hmac" ? await this.#seg6() : 0;
      const known = links;
      const start = from;
      const write: Requests = (i, w, s) => writeStep(w, part[i] as Step, known, family, s);
      const told = await channel.request(part.length, write, (done) => progress(start + done));
      for (let i = from, next = 0; i < to; i++) if (answers[i] === 0) answers[i] = told[next++] ?? UNANSWERED;
      if (kind === "vrf") links = linksOf(await this.links());
      from = to;
    }
    return answers;
  }

  /** Groups name no device, so they go at once, all in one send. */
  regroup(groups: readonly KernelGroup[]): Promise<Int32Array> {
    const none = linksOf([]);
    return this.#route.request(groups.length, (i, w, s) =>
      writeNexthop(w, "replace", groups[i] as KernelGroup, none, s),
    );
  }

  #set(step: Step | undefined): number {
    if (step?.object.kind !== "setting") return 0;
    return this.#settings.write(step.object.name, step.change === "delete" ? 0 : step.object.value);
  }

  /** Undefined in a user namespace, where the kernel neither tells it nor lets it be set. */
  async tunnelSource(): Promise<Ipv6 | undefined> {
    const family = await this.#seg6();
    return unlessForbidden(
      async () => readTunnelSource(await this.#generic.ask((w, s) => writeTunnelSourceRequest(w, family, s))),
      undefined,
    );
  }

  async setTunnelSource(source: Ipv6): Promise<number> {
    const family = await this.#seg6();
    const [answer = 0] = await this.#generic.request(1, (_i, w, s) => writeTunnelSource(w, source, family, s));
    return answer;
  }

  /** Calls back whenever something of ours may have changed: any route, nexthop, rule or link event, or a loss of events. */
  watch(groups: readonly number[], changed: () => void): void {
    for (const group of groups) this.#route.join(group);
    this.#route.onNotice = changed;
    this.#route.onLost = changed;
  }

  async #nexthops(names: Links) {
    const found: NonNullable<ReturnType<typeof readNexthop>>[] = [];
    await this.#route.dump(
      (w, s) => writeNexthopDump(w, s),
      (m) => {
        const object = m.type === NHM.newNexthop ? readNexthop(m, names) : undefined;
        if (object) found.push(object);
      },
      () => found.splice(0),
    );
    return found;
  }

  async #rules(family: 4 | 6) {
    const found: NonNullable<ReturnType<typeof readRule>>[] = [];
    await this.#route.dump(
      (w, s) => writeRuleDump(w, family, s),
      (m) => {
        const rule = m.type === FRM.newRule ? readRule(m) : undefined;
        if (rule) found.push(rule);
      },
      () => found.splice(0),
    );
    return found;
  }

  async #hmacKeys() {
    const family = await this.#seg6();
    const found: ReturnType<typeof readHmacKey>[] = [];
    // In a user namespace the kernel tells no keys; none of ours can be there, for it takes none either.
    await unlessForbidden(
      () =>
        this.#generic.dump(
          (w, s) => writeHmacDump(w, family, s),
          (m) => found.push(readHmacKey(m)),
          () => found.splice(0),
        ),
      undefined,
    );
    return found.filter((key) => key.id !== 0);
  }

  async #seg6(): Promise<number> {
    this.#seg6Family ??= readFamily(await this.#generic.ask((w, s) => writeFamilyRequest(w, s)));
    return this.#seg6Family ?? 0;
  }
}

async function unlessForbidden<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SrwanError && error.details.errno === ERRNO.EPERM) return otherwise;
    throw error;
  }
}

/** A device that is not there has no index to name it by: that step fails, and the others do not. */
function hasDevices({ change, object }: Step, links: Links): boolean {
  if (change === "delete") return true;
  const hops =
    object.kind === "nexthop"
      ? [object.hop]
      : object.kind === "route" && object.target.kind === "hops"
        ? object.target.hops
        : [];
  return hops.every(({ device, encap }) => {
    const out = encap?.kind === "seg6local" && "device" in encap.behavior ? encap.behavior.device : undefined;
    return (device === undefined || links.has(device)) && (out === undefined || links.has(out));
  });
}

function writeStep(w: Writer, { change, object }: Step, links: Links, family: number, sequence: number): void {
  const addOrDelete = change === "delete" ? "delete" : "add";
  if (object.kind === "route") writeRoute(w, change, object, links, sequence);
  else if (object.kind === "rule") writeRule(w, addOrDelete, object, sequence);
  else if (object.kind === "vrf") writeVrf(w, addOrDelete, object, sequence);
  else if (object.kind === "hmac") writeHmacKey(w, addOrDelete, object, family, sequence);
  else if (object.kind !== "setting") writeNexthop(w, change, object, links, sequence);
}

const withKeptMetric = (route: KernelRoute): KernelRoute => ({
  ...route,
  metric: route.metric === keptMetric(route.prefix.family, 0) ? 0 : route.metric,
});
