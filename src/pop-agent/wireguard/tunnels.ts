// A POP's segments inside WireGuard over time: devices from its record, the other ends as the service tells of them, and a
// shared key that rotates. Keys are made here; of each the public half alone is told.

import { isDeepStrictEqual } from "node:util";
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { Clock } from "../../base/clock.ts";
import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { WireTunnel } from "../../wire/desired.ts";
import { segmentName } from "../../wire/parts.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { EventTold } from "../applied.ts";
import type { StateFolder } from "../state-folder.ts";
import { isMarked, type WireguardDevices } from "./devices.ts";
import { newCurvePair, sharedKey } from "./keys.ts";
import { type Device, devicesOf, nextPair, pairsOf, peerWords, withKeys } from "./plan.ts";
import { isJoined, isOurs, type Lack, misfits, type Seen, type SeenLink, whySilent } from "./seen.ts";

const Pair = Type.Object({ privateKey: Type.String(), publicKey: Type.String() });
const Kept = Type.Object({
  identity: Pair,
  /** The newest first; the one before is kept for who has not heard of it. */
  fresh: Type.Array(Type.Object({ ...Pair.properties, madeMs: Type.Integer() }), { minItems: 1, maxItems: 2 }),
  /** Made by us, written before they were. */
  devices: Type.Array(Type.String()),
});
type Kept = Static<typeof Kept>;

const FILE = "wireguard.json";
const UNSEEN = { sharedKey: undefined, trouble: "", received: 0n, silentLooks: 0, lack: undefined } as const;

type Tunnel = {
  readonly device: Device;
  peer: WireTunnel | undefined;
  /** Their fresh halves, the newest first. */
  theirs: string[];
  at: number;
  sinceMs: number;
  /** As it was last given. */
  sharedKey: string | undefined;
  /** Why what was tried last did not work; empty where it did. */
  trouble: string;
  received: bigint;
  /** Looks in a row at which nothing came through its segment, and what it lacks, as far as it is known. */
  silentLooks: number;
  lack: Lack | undefined;
};

export type TunnelParts = {
  readonly folder: StateFolder;
  readonly devices: WireguardDevices;
  readonly record: PopRecord;
  readonly rotateMs: number;
  /** Whether pulses say that nothing comes through the segment of a device. */
  readonly isDown: (device: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
};

export class Tunnels {
  readonly #parts: TunnelParts;
  readonly #tunnels: ReadonlyMap<string, Tunnel>;
  #kept: Kept;
  /** One thing at a time, in order. */
  #last: Promise<void> = Promise.resolve();
  #lookedMs: number;
  /** The record is another: whoever knows the old one is to be told. */
  onRecord: (record: PopRecord) => void = () => undefined;
  onEvent: (event: EventTold) => void = () => undefined;

  constructor(parts: TunnelParts) {
    this.#parts = parts;
    this.#lookedMs = this.#monoMs();
    const kept = parts.folder.read(FILE);
    const madeMs = this.#nowMs();
    this.#kept = Check(Kept, kept)
      ? kept
      : { identity: newCurvePair(), fresh: [{ ...newCurvePair(), madeMs }], devices: [] };
    const devices = devicesOf(parts.record);
    this.#tunnels = new Map(
      devices.map((device) => [
        device.name,
        { ...UNSEEN, device, peer: undefined, theirs: [], at: 0, sinceMs: madeMs },
      ]),
    );
    if (devices.length > 0 || Check(Kept, kept)) this.#keep(this.#kept);
  }

  /** With the public halves of this POP's keys. */
  get record(): PopRecord {
    const [{ publicKey: fresh } = { publicKey: "" }] = this.#kept.fresh;
    return withKeys(this.#parts.record, this.#kept.identity.publicKey, fresh);
  }

  /** Why nothing comes through the segment of a device, as far as it is known; empty where something does. */
  why(device: string): string {
    return (this.#parts.isDown(device) ? this.#tunnels.get(device)?.lack?.why : undefined) ?? "";
  }

  /** Every device stands when this ends; those that nobody wants any more are gone. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const { devices } = this.#parts;
      const gone = this.#kept.devices.filter((name) => !this.#tunnels.has(name));
      for (const name of gone) await devices.remove(name);
      if (gone.length > 0)
        this.#keep({ ...this.#kept, devices: this.#kept.devices.filter((one) => !gone.includes(one)) });
      if (this.#tunnels.size === 0) return;
      const seen = await this.#seen();
      if (seen === undefined) return;
      for (const tunnel of this.#tunnels.values()) {
        await this.#try(tunnel, () => this.#stand(tunnel, seen.get(tunnel.device.name)));
      }
    });
  }

  /** From the service's document. Who is named no more is heard no more: a POP that was removed keeps no way in. */
  hold(wanted: readonly WireTunnel[]): Promise<void> {
    return this.#inTurn(async () => {
      const fresh = wanted.filter((peer) => !isDeepStrictEqual(this.#tunnels.get(peer.device)?.peer, peer));
      const named = new Set(wanted.map(({ device }) => device));
      const gone = [...this.#tunnels.values()].filter(
        ({ device, peer }) => peer !== undefined && !named.has(device.name),
      );
      if (fresh.length + gone.length === 0) return;
      const seen = await this.#seen();
      if (seen === undefined) return;
      for (const tunnel of gone) await this.#try(tunnel, () => this.#part(tunnel, seen.get(tunnel.device.name)));
      for (const peer of fresh) {
        const tunnel = this.#tunnels.get(peer.device);
        if (tunnel !== undefined) await this.#try(tunnel, () => this.#join(tunnel, peer, seen.get(peer.device)));
      }
    });
  }

  /** Looks now and then whether all stand and shake hands, and rotates when it is time. */
  tick(isConnected: boolean): void {
    if (this.#tunnels.size === 0) return;
    if (this.#monoMs() - this.#lookedMs >= LIMITS.wireguardLookMs) {
      this.#lookedMs = this.#monoMs();
      void this.#inTurn(() => this.#look());
    }
    // While the service is away nobody would hear of it.
    if (isConnected && this.#isDue()) void this.#inTurn(() => (this.#isDue() ? this.#rotate() : Promise.resolve()));
  }

  /** Resolves when what was begun is done; devices stay, and traffic goes on. */
  stop(): Promise<void> {
    return this.#last;
  }

  async #look(): Promise<void> {
    const { record } = this.#parts;
    const seen = await this.#seen();
    if (seen === undefined) return;
    for (const tunnel of this.#tunnels.values()) {
      const { device, peer, sharedKey: key } = tunnel;
      const link = seen.get(device.name);
      const made = { device, publicKey: this.#kept.identity.publicKey, peer, sharedKey: key };
      const wrong = misfits(link, made);
      if (wrong.length > 0) await this.#mend(tunnel, link, wrong);
      else tunnel.trouble = "";
      const other = link?.wireguard?.peers.find(({ publicKey }) => publicKey === peer?.publicKey);
      this.#judge(tunnel, other?.handshakeMs, other?.receivedOctets ?? 0n);
      if (peer === undefined || tunnel.trouble !== "") continue;
      const pairs = pairsOf(this.#kept.fresh.length, tunnel.theirs.length).length;
      const standing = { sinceMs: tunnel.sinceMs, handshakeMs: other?.handshakeMs, pairs, at: tunnel.at };
      const next = nextPair(standing, this.#nowMs(), record.name < peer.to);
      if (next !== tunnel.at) await this.#try(tunnel, () => this.#share(tunnel, next));
    }
  }

  async #mend(tunnel: Tunnel, link: SeenLink | undefined, wrong: readonly string[]): Promise<void> {
    const { device, peer } = tunnel;
    const wasWell = tunnel.trouble === "";
    await this.#try(tunnel, async () => {
      await this.#stand(tunnel, link);
      tunnel.peer = undefined;
      await (peer === undefined ? this.#part(tunnel, link) : this.#join(tunnel, peer, link));
    });
    if (!wasWell || tunnel.trouble !== "") return;
    this.onEvent({ type: "drift-repaired", subject: device.name, text: wrong.join("; "), data: {} });
  }

  #judge(tunnel: Tunnel, handshakeMs: number | undefined, received: bigint): void {
    const { device, peer, trouble, lack: before } = tunnel;
    const hears = received !== tunnel.received;
    tunnel.received = received;
    tunnel.silentLooks = this.#parts.isDown(device.name) ? tunnel.silentLooks + 1 : 0;
    const looks = tunnel.silentLooks;
    const handshakeAgoMs = handshakeMs === undefined ? undefined : this.#nowMs() - handshakeMs;
    const lack = looks === 0 ? undefined : whySilent({ device, peer, trouble, handshakeAgoMs, hears, looks });
    tunnel.lack = lack;
    if (lack === undefined || lack.why === "" || lack.lacks === before?.lacks) return;
    const { lacks, why } = lack;
    this.#parts.log.warn("a segment inside WireGuard is silent", { device: device.name, why });
    const subject = segmentName({ from: this.#parts.record.name, transit: device.transit, to: device.to });
    this.onEvent({ type: "tunnel-silent", subject, text: why, data: { device: device.name, lacks } });
  }

  async #stand({ device }: Tunnel, link: SeenLink | undefined): Promise<void> {
    const { devices } = this.#parts;
    const { name } = device;
    const { publicKey, privateKey } = this.#kept.identity;
    const isKept = this.#kept.devices.includes(name);
    if (link !== undefined && !isKept && !isMarked(link)) {
      throw new SrwanError("APPLY_INCOMPLETE", `an interface ${name} is there and is not ours`, {
        remedy: "Give the segment another device in the POP's record, or take that interface away.",
      });
    }
    if (!isKept) this.#keep({ ...this.#kept, devices: [...this.#kept.devices, name] });
    if (link === undefined) await devices.make(name);
    const isRight = link !== undefined && isOurs(link, device, publicKey);
    await devices.dress(device, isRight ? undefined : privateKey);
  }

  async #join(tunnel: Tunnel, peer: WireTunnel, link: SeenLink | undefined): Promise<void> {
    const before = tunnel.peer;
    const { fresh } = peer;
    // Held from here on: what does not succeed is seen by the next look.
    tunnel.peer = peer;
    if (before !== undefined && before.publicKey !== peer.publicKey) tunnel.theirs = [];
    const isNew = fresh !== undefined && fresh !== tunnel.theirs[0];
    if (isNew) tunnel.theirs = [fresh, ...tunnel.theirs.slice(0, 1)];
    const isSame =
      before !== undefined &&
      before.publicKey === peer.publicKey &&
      before.endpoint === peer.endpoint &&
      before.port === peer.port;
    if (!isSame && !isJoined(link, peer)) {
      const others = (link?.wireguard?.peers ?? []).map((one) => one.publicKey);
      const gone = others.filter((one) => one !== peer.publicKey);
      await this.#parts.devices.join(tunnel.device.name, peerWords(peer), gone);
    }
    if (!isSame || isNew) await this.#share(tunnel, 0);
  }

  async #part(tunnel: Tunnel, link: SeenLink | undefined): Promise<void> {
    Object.assign(tunnel, { peer: undefined, theirs: [], sharedKey: undefined });
    const peers = (link?.wireguard?.peers ?? []).map(({ publicKey }) => publicKey);
    if (peers.length > 0) await this.#parts.devices.join(tunnel.device.name, [], peers);
  }

  async #share(tunnel: Tunnel, at: number): Promise<void> {
    const { device, peer, theirs } = tunnel;
    const pair = pairsOf(this.#kept.fresh.length, theirs.length)[at];
    const [own, other] = [this.#kept.fresh[pair?.own ?? 0], theirs[pair?.theirs ?? 0]];
    if (peer === undefined || own === undefined || other === undefined) return;
    const key = sharedKey(own, other, [this.#parts.record.name, peer.to], device.transit);
    tunnel.at = at;
    tunnel.sinceMs = this.#nowMs();
    tunnel.sharedKey = key;
    await this.#parts.devices.share(device.name, peer.publicKey, key);
  }

  #isDue(): boolean {
    const [newest] = this.#kept.fresh;
    const ageMs = newest === undefined ? 0 : this.#nowMs() - newest.madeMs;
    // A half of the future is of before this machine's clock was set back.
    return ageMs < 0 || ageMs >= this.#parts.rotateMs;
  }

  /** Told first, then used: a session that runs goes on with what it has. */
  async #rotate(): Promise<void> {
    const fresh = [{ ...newCurvePair(), madeMs: this.#nowMs() }, ...this.#kept.fresh.slice(0, 1)];
    this.#keep({ ...this.#kept, fresh });
    this.onRecord(this.record);
    for (const tunnel of this.#tunnels.values()) await this.#try(tunnel, () => this.#share(tunnel, 0));
  }

  /** Undefined where the machine cannot be looked at: each tunnel has that trouble. */
  async #seen(): Promise<Seen | undefined> {
    try {
      return await this.#parts.devices.look();
    } catch (thrown) {
      for (const tunnel of this.#tunnels.values()) this.#troubled(tunnel, asSrwanError(thrown).message);
      return undefined;
    }
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    this.#parts.folder.write(FILE, kept);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work).catch((thrown: unknown) => this.#parts.log.warn(asSrwanError(thrown).message));
    return this.#last;
  }

  async #try(tunnel: Tunnel, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      tunnel.trouble = "";
    } catch (thrown) {
      this.#troubled(tunnel, asSrwanError(thrown).message);
    }
  }

  /** The same trouble at every look is told once. */
  #troubled(tunnel: Tunnel, why: string): void {
    const { device, trouble } = tunnel;
    tunnel.trouble = why;
    if (trouble === why) return;
    this.#parts.log.warn("a segment inside WireGuard does not stand", { device: device.name, why });
    this.onEvent({ type: "refused", subject: device.name, text: why.slice(0, LIMITS.wireTextMax), data: {} });
  }

  #nowMs = (): number => Number(this.#parts.clock.wallUs() / 1_000n);
  #monoMs = (): number => Number(this.#parts.clock.monoUs() / 1_000n);
}
