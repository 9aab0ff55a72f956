// A kernel in memory behind the same port: what it accepts, refuses and pulls along is what Linux was seen to do
// (test/kernel/parity.test.ts holds the two to the same answers). It also fails on request, as a real one does now and then.

import type { Ipv6 } from "../address.ts";
import { forgetting } from "./end-x.ts";
import { ERRNO } from "./errno.ts";
import { linksOf, RTM_LINK } from "./link-codec.ts";
import { NHM, readNexthop } from "./nexthop-codec.ts";
import {
  type Hop,
  type KernelGroup,
  type KernelLink,
  type KernelNexthop,
  type KernelObject,
  type KernelRoute,
  type Links,
  MAIN_TABLE,
} from "./objects.ts";
import type { Port, PortListener, Settings } from "./port.ts";
import { keptMetric, RTM, readRoute } from "./route-codec.ts";
import { FRM, readRule } from "./rule-codec.ts";
import { identity } from "./text.ts";
import { answerGeneric } from "./twin-generic.ts";
import { doneMessage, dumpMessages, errorMessage, readVrfRequest } from "./twin-messages.ts";
import { FLAG, type Message, messages, type Reader } from "./wire.ts";

/** What goes wrong, by the count of requests, dumps and datagrams so far; nothing unless it is said. */
export type Faults = {
  /** An error number in place of trying. */
  readonly refuse?: (request: number) => number | undefined;
  /** The answers to this datagram are lost, and the receiver is told so. */
  readonly overrun?: (datagram: number) => boolean;
  /** The table changes under this dump. */
  readonly interrupt?: (dump: number) => boolean;
};

export type TwinOptions = {
  /** Hands answers over later, never within the send: `queueMicrotask` will do. */
  readonly later: (work: () => void) => void;
  readonly faults?: Faults;
  /** Whether VRF devices can be made. */
  readonly vrf?: boolean;
  /** False stands for a kernel before 5.3, which knows none. */
  readonly nexthopObjects?: boolean;
  /** False stands for one that forgets through which interface End.X leaves. */
  readonly endXDevice?: boolean;
};

export class Twin {
  readonly #options: TwinOptions;
  readonly #held = new Map<string, KernelObject>();
  #links: KernelLink[] = [{ index: 1, name: "lo", up: true, carrier: true, mtu: 65_536 }];
  #requests = 0;
  #dumps = 0;
  #datagrams = 0;
  tunnelSource = 0n as Ipv6;
  /** net.vrf.strict_mode, which comes with the first VRF device. */
  strictVrf: number | undefined;

  constructor(options: TwinOptions) {
    this.#options = options;
  }

  get objects(): readonly KernelObject[] {
    return [...this.#held.values()];
  }

  get links(): readonly KernelLink[] {
    return this.#links;
  }

  /** Puts an object in as somebody else would, without asking. */
  place(object: KernelObject): void {
    this.#held.set(identity(object), object);
  }

  addLink(name: string): void {
    const index = Math.max(...this.#links.map((link) => link.index)) + 1;
    this.#links.push({ index, name, up: true, carrier: true, mtu: 1_500 });
  }

  /** Takes a link down: what hangs on it goes, silently, as Linux does it (facts of nexthop objects). */
  downLink(name: string): void {
    this.#links = this.#links.map((link) => (link.name === name ? { ...link, up: false, carrier: false } : link));
    this.#dropDevice(name);
  }

  upLink(name: string): void {
    this.#links = this.#links.map((link) => (link.name === name ? { ...link, up: true, carrier: true } : link));
  }

  remove(id: string): number {
    const object = this.#held.get(id);
    if (!object) return ERRNO.ENOENT;
    this.#held.delete(id);
    if (object.kind === "nexthop" || object.kind === "group") this.#pullAlong(object.id);
    return 0;
  }

  routePort(): Port {
    return this.#port((message) => this.#answerRoute(message));
  }

  genericPort(): Port {
    return this.#port((message) => answerGeneric(this, message));
  }

  settings(): Settings {
    return {
      read: () => this.strictVrf,
      write: (_name, value) => {
        if (this.strictVrf === undefined) return ERRNO.ENOENT;
        this.strictVrf = value;
        return 0;
      },
    };
  }

  #port(answer: (message: Message) => readonly Uint8Array[]): Port {
    let to: PortListener | undefined;
    return {
      send: (datagram) => {
        const replies = [...messages(datagram)].flatMap(answer);
        const lost = this.#options.faults?.overrun?.(this.#datagrams++) === true;
        this.#options.later(() => {
          if (lost) to?.overrun();
          else for (const octets of replies) to?.datagram(octets);
        });
      },
      listen: (listener) => {
        to = listener;
      },
      join: () => undefined,
      close: () => {
        to = undefined;
      },
    };
  }

  #answerRoute(message: Message): readonly Uint8Array[] {
    const names = linksOf(this.#links);
    if (this.#options.nexthopObjects === false && NEXTHOP_TYPES.includes(message.type)) {
      return [errorMessage(message, ERRNO.EOPNOTSUPP)];
    }
    // In the routing family every third of four types is a GET (linux/rtnetlink.h).
    if ((message.type & 3) === 2 && message.flags & FLAG.dump) {
      const torn = this.#options.faults?.interrupt?.(this.#dumps++) === true;
      return [...dumpMessages(message, this, names, torn), doneMessage(message)];
    }
    const answer = this.#options.faults?.refuse?.(this.#requests++) ?? this.#change(message, names);
    return answer !== 0 || message.flags & FLAG.ack ? [errorMessage(message, answer)] : [];
  }

  #change(message: Message, names: Links): number {
    const { type, flags } = message;
    if (type === RTM.newRoute || type === RTM.deleteRoute) {
      const route = readRoute(message, names);
      if (!route) return ERRNO.EINVAL;
      return type === RTM.newRoute ? this.#addRoute(route, flags) : this.#deleteRoute(route);
    }
    if (type === NHM.newNexthop) return this.#addNexthop(readNexthop(message, names), flags);
    if (type === NHM.getNexthop) return this.#held.has(`nexthop ${nexthopId(message.payload)}`) ? 0 : ERRNO.ENOENT;
    if (type === NHM.deleteNexthop) return this.remove(`nexthop ${nexthopId(message.payload)}`);
    const rule = type === FRM.newRule || type === FRM.deleteRule ? readRule(message) : undefined;
    if (rule && type === FRM.newRule) return this.#put(rule, flags);
    if (rule) return this.remove(identity(rule));
    if (type === RTM_LINK.newLink || type === RTM_LINK.deleteLink) return this.#changeVrf(message);
    return ERRNO.EOPNOTSUPP;
  }

  #put(object: KernelObject, flags: number): number {
    if (this.#held.has(identity(object)) && !(flags & FLAG.replace)) return ERRNO.EEXIST;
    this.#held.set(identity(object), object);
    return 0;
  }

  #addRoute(given: KernelRoute, flags: number): number {
    const kept = this.#options.endXDevice === false ? forgetting(given) : given;
    const route = { ...kept, metric: keptMetric(given.prefix.family, given.metric) };
    const { target } = route;
    if (target.kind === "nexthop") {
      const to = this.#held.get(`nexthop ${target.id}`);
      if (!to || (route.prefix.family === 6 && this.#leadsTo4(to))) return ERRNO.EINVAL;
    } else if (target.kind === "hops") {
      for (const hop of target.hops) {
        const trouble = this.#checkDevice(hop) || this.#checkVrf(hop);
        if (trouble) return trouble;
      }
    }
    return this.#put(route, flags);
  }

  #leadsTo4(object: KernelObject): boolean {
    if (object.kind === "nexthop") return object.family === 4;
    if (object.kind !== "group") return false;
    return object.members.some(({ id }) => {
      const member = this.#held.get(`nexthop ${id}`);
      return member !== undefined && this.#leadsTo4(member);
    });
  }

  #checkDevice({ device }: Hop): number {
    if (device === undefined) return 0;
    const link = this.#links.find(({ name }) => name === device);
    return link === undefined ? ERRNO.ENODEV : link.up ? 0 : ERRNO.ENETDOWN;
  }

  #checkVrf({ encap }: Hop): number {
    if (encap?.kind !== "seg6local" || !("vrfTable" in encap.behavior)) return 0;
    const { vrfTable } = encap.behavior;
    if (this.strictVrf !== 1) return ERRNO.EPERM;
    return this.#links.some((link) => link.vrfTable === vrfTable) ? 0 : ERRNO.ENODEV;
  }

  /** The first of the place whose protocol fits; a metric that is not said fits any. */
  #deleteRoute(named: KernelRoute): number {
    const found = this.objects
      .filter((object): object is KernelRoute => object.kind === "route")
      .filter((route) => route.prefix.family === named.prefix.family && route.prefix.address === named.prefix.address)
      .filter((route) => route.prefix.length === named.prefix.length && route.table === (named.table || MAIN_TABLE))
      .filter((route) => named.metric === 0 || route.metric === named.metric)
      .sort((a, b) => a.metric - b.metric)
      .find((route) => route.protocol === named.protocol);
    return found ? this.remove(identity(found)) : ERRNO.ESRCH;
  }

  /** What it says is checked before whether its place is taken. */
  #addNexthop(object: KernelNexthop | KernelGroup | undefined, flags: number): number {
    if (!object) return ERRNO.EINVAL;
    const trouble = object.kind === "nexthop" ? this.#checkDevice(object.hop) : this.#checkMembers(object);
    if (trouble) return trouble;
    const before = this.#held.get(identity(object));
    if (before && !(flags & FLAG.replace)) return ERRNO.EEXIST;
    if (before && before.kind !== object.kind) return ERRNO.EINVAL;
    if (
      before?.kind === "group" &&
      object.kind === "group" &&
      before.resilient?.buckets !== object.resilient?.buckets
    ) {
      return ERRNO.EINVAL;
    }
    return this.#put(object, flags);
  }

  #checkMembers({ members }: KernelGroup): number {
    const ids = members.map(({ id }) => id);
    const known = ids.every((id) => this.#held.get(`nexthop ${id}`)?.kind === "nexthop");
    return known && ids.length > 0 && new Set(ids).size === ids.length ? 0 : ERRNO.EINVAL;
  }

  /** A nexthop that goes leaves its groups, a group that is empty goes, and routes that have nowhere to go go. */
  #pullAlong(id: number): void {
    for (const object of this.objects) {
      if (object.kind === "route" && object.target.kind === "nexthop" && object.target.id === id) {
        this.#held.delete(identity(object));
      }
      if (object.kind !== "group" || !object.members.some((member) => member.id === id)) continue;
      const members = object.members.filter((member) => member.id !== id);
      if (members.length > 0) this.#held.set(identity(object), { ...object, members });
      else this.remove(identity(object));
    }
  }

  #changeVrf(message: Message): number {
    const vrf = readVrfRequest(message);
    if (message.type === RTM_LINK.deleteLink) {
      if (!this.#links.some((link) => link.name === vrf.name)) return ERRNO.ENODEV;
      this.#dropDevice(vrf.name);
      this.#links = this.#links.filter((link) => link.name !== vrf.name);
      return 0;
    }
    if (this.#options.vrf !== true) return ERRNO.EOPNOTSUPP;
    if (this.#links.some((link) => link.name === vrf.name)) return ERRNO.EEXIST;
    this.addLink(vrf.name);
    this.strictVrf ??= 0;
    this.#links = this.#links.map((link) => (link.name === vrf.name ? { ...link, vrfTable: vrf.table } : link));
    return 0;
  }

  #dropDevice(name: string): void {
    for (const object of this.objects) {
      const hops = object.kind === "nexthop" ? [object.hop] : object.kind === "route" ? hopsOf(object) : [];
      if (hops.some((hop) => hop.device === name)) this.remove(identity(object));
    }
  }
}

const hopsOf = ({ target }: KernelRoute): readonly Hop[] => (target.kind === "hops" ? target.hops : []);

const NEXTHOP_TYPES: readonly number[] = Object.values(NHM);
const nexthopId = (payload: Reader): number => payload.attributes(8).get(1)?.u32() ?? 0;
