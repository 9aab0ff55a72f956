// What the machine shows of our WireGuard devices, and what of it is not as we made it. Pure: the words of `wg show all dump`
// and of `ip -j link` come in.

import { Type } from "typebox";
import { Check } from "typebox/value";
import type { WireTunnel } from "../../wire/desired.ts";
import { ANYTHING, type Device, endpointText } from "./plan.ts";

export type SeenPeer = {
  readonly publicKey: string;
  readonly sharedKey: string;
  readonly endpoint: string;
  readonly allowedIps: readonly string[];
  /** When hands were last shaken, in milliseconds since 1970; undefined: never. */
  readonly handshakeMs: number | undefined;
  /** Of what was sealed as it must be. */
  readonly receivedOctets: bigint;
};

export type SeenLink = {
  readonly up: boolean;
  readonly mtuOctets: number;
  readonly alias: string;
  /** Undefined: another kind of interface. */
  readonly wireguard:
    | { readonly publicKey: string; readonly listenPort: number; readonly peers: readonly SeenPeer[] }
    | undefined;
};

/** By name, every interface of this network namespace. */
export type Seen = ReadonlyMap<string, SeenLink>;

const Link = Type.Object({
  ifname: Type.String(),
  flags: Type.Array(Type.String()),
  mtu: Type.Integer(),
  ifalias: Type.Optional(Type.String()),
});

/** A device of wireguard-go answers in every namespace; it is where its interface is. */
export function seenOf(links: string, dump: string): Seen {
  const said: unknown = JSON.parse(links.trim() === "" ? "[]" : links);
  const devices = readDump(dump);
  const found = new Map<string, SeenLink>();
  for (const one of Array.isArray(said) ? (said as unknown[]) : []) {
    // What vanishes while `ip` looks is an empty object.
    if (!Check(Link, one)) continue;
    const { ifname, flags, mtu, ifalias = "" } = one;
    const wireguard = devices.get(ifname);
    found.set(ifname, { up: flags.includes("UP"), mtuOctets: mtu, alias: ifalias, wireguard });
  }
  return found;
}

type SeenDevice = { readonly publicKey: string; readonly listenPort: number; readonly peers: SeenPeer[] };

function readDump(text: string): ReadonlyMap<string, SeenDevice> {
  const found = new Map<string, SeenDevice>();
  for (const line of text.split("\n")) {
    const fields = line.split("\t");
    const [name = ""] = fields;
    if (fields.length === 5) {
      const [, , publicKey = "", listenPort = ""] = fields;
      found.set(name, { publicKey, listenPort: Number(listenPort), peers: [] });
    } else if (fields.length === 9) {
      const [, publicKey = "", sharedKey = "", endpoint = "", allowed = "", seconds = "", received = ""] = fields;
      const handshakeMs = Number(seconds) === 0 ? undefined : Number(seconds) * 1_000;
      const peer = { publicKey, sharedKey, endpoint, allowedIps: allowed.split(","), handshakeMs };
      found.get(name)?.peers.push({ ...peer, receivedOctets: BigInt(received) });
    }
  }
  return found;
}

export type Made = {
  readonly device: Device;
  readonly publicKey: string;
  readonly peer: WireTunnel | undefined;
  /** As it was last given; undefined: none yet. */
  readonly sharedKey: string | undefined;
};

/** What somebody changed behind our back, in words; empty where all is as it was made. */
export function misfits(seen: SeenLink | undefined, made: Made): string[] {
  if (seen === undefined) return ["the device was gone"];
  const { device, publicKey, peer, sharedKey } = made;
  const { wireguard } = seen;
  const peers = wireguard?.peers ?? [];
  const other = peers.find((one) => one.publicKey === peer?.publicKey);
  const found: (readonly [boolean, string])[] = [
    [!seen.up, "it was down"],
    [seen.mtuOctets !== device.mtuOctets, `its MTU was ${seen.mtuOctets}, not ${device.mtuOctets}`],
    [!isOurs(seen, device, publicKey), "its key or its port was another"],
    [peer !== undefined && (other === undefined || peers.length > 1), "its peer was another, or not alone"],
    [peer === undefined && peers.length > 0, "it had a peer that the service does not name"],
    [other !== undefined && !takesAnything(other), "its peer might not send everything"],
    [other !== undefined && sharedKey !== undefined && other.sharedKey !== sharedKey, "its shared key was another"],
  ];
  return found.flatMap(([is, what]) => (is ? [what] : []));
}

export const isOurs = ({ wireguard }: SeenLink, { listenPort }: Device, publicKey: string): boolean =>
  wireguard?.publicKey === publicKey && wireguard.listenPort === listenPort;

/** Alone, at the right place, for any address: then nothing is set anew, and a session that runs is not disturbed. */
export function isJoined(seen: SeenLink | undefined, peer: WireTunnel): boolean {
  const [only, ...more] = seen?.wireguard?.peers ?? [];
  if (only === undefined || more.length > 0 || only.publicKey !== peer.publicKey) return false;
  return only.endpoint === endpointText(peer) && takesAnything(only);
}

const takesAnything = ({ allowedIps }: SeenPeer): boolean => ANYTHING.every((one) => allowedIps.includes(one));

export type Silence = {
  readonly device: Device;
  readonly peer: WireTunnel | undefined;
  /** Why the device does not stand; empty where it does. */
  readonly trouble: string;
  /** Since the last handshake; undefined: never. */
  readonly handshakeAgoMs: number | undefined;
  /** Whether something came in since the look before. */
  readonly hears: boolean;
  /** Looks in a row at which nothing came through the segment. */
  readonly looks: number;
};

/** What a silent tunnel lacks: in one word for programs, and in words for people with what to look at. */
export type Lack = {
  readonly lacks: "nothing known" | "device" | "key" | "first handshake" | "handshake" | "answers to pulses";
  readonly why: string;
};

/** Why nothing comes through a segment inside WireGuard; no words while that is not known yet. */
export function whySilent({ device, peer, trouble, handshakeAgoMs, hears, looks }: Silence): Lack {
  const { name, to } = device;
  if (trouble !== "") return { lacks: "device", why: `${name} does not stand: ${trouble}` };
  if (peer === undefined) {
    const see = "see that its agent runs, and that its record has wireguard on this segment";
    return { lacks: "key", why: `${to} has told no key yet: ${see}` };
  }
  if (hears && looks < 2) return { lacks: "nothing known", why: "" };
  if (hears) {
    const why = `${name} shakes hands with ${to} and hears it: see that pulses are answered there`;
    return { lacks: "answers to pulses", why };
  }
  const at = endpointText(peer);
  const look = `see that UDP to and from ${at} passes, and that the agent of ${to} runs and has the key it told`;
  if (handshakeAgoMs === undefined) {
    return { lacks: "first handshake", why: `${name} has shaken no hands with ${to} at ${at} yet: ${look}` };
  }
  const last = `hands were last shaken ${ago(handshakeAgoMs)} ago`;
  return { lacks: "handshake", why: `${name} hears nothing from ${to} at ${at} any more, ${last}: ${look}` };
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
