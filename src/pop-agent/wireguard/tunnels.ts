// A POP's segments inside WireGuard over time: devices from its record, the other ends as the service tells of them, and a
// shared key that rotates. Keys are made here; of each the public half alone is told.

import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { Clock } from "../../base/clock.ts";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import type { WireTunnel } from "../../wire/desired.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { StateFolder } from "../state-folder.ts";
import type { WireguardDevices } from "./devices.ts";
import { newCurvePair, sharedKey } from "./keys.ts";
import { type Device, devicesOf, nextPair, pairsOf, peerWords, withKeys } from "./plan.ts";

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

type Tunnel = {
  readonly device: Device;
  peer: WireTunnel | undefined;
  /** Their fresh halves, the newest first. */
  theirs: string[];
  at: number;
  sinceMs: number;
};

export type TunnelParts = {
  readonly folder: StateFolder;
  readonly devices: WireguardDevices;
  readonly record: PopRecord;
  readonly rotateMs: number;
  readonly clock: Clock;
  readonly log: Logger;
};

export class Tunnels {
  readonly #parts: TunnelParts;
  readonly #tunnels: ReadonlyMap<string, Tunnel>;
  #kept: Kept;
  /** One thing at a time, in order. */
  #last: Promise<void> = Promise.resolve();
  #lookedMs = 0;
  /** The record is another: whoever knows the old one is to be told. */
  onRecord: (record: PopRecord) => void = () => undefined;
  onTrouble: (device: string, why: string) => void = () => undefined;

  constructor(parts: TunnelParts) {
    this.#parts = parts;
    const kept = parts.folder.read(FILE);
    const madeMs = this.#nowMs();
    this.#kept = Check(Kept, kept)
      ? kept
      : { identity: newCurvePair(), fresh: [{ ...newCurvePair(), madeMs }], devices: [] };
    const devices = devicesOf(parts.record);
    this.#tunnels = new Map(
      devices.map((device) => [device.name, { device, peer: undefined, theirs: [], at: 0, sinceMs: madeMs }]),
    );
    if (devices.length > 0 || Check(Kept, kept)) this.#keep(this.#kept);
  }

  /** With the public halves of this POP's keys. */
  get record(): PopRecord {
    const [{ publicKey: fresh } = { publicKey: "" }] = this.#kept.fresh;
    return withKeys(this.#parts.record, this.#kept.identity.publicKey, fresh);
  }

  /** Every device stands when this ends; those that nobody wants any more are gone. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const { devices } = this.#parts;
      const gone = this.#kept.devices.filter((name) => !this.#tunnels.has(name));
      for (const name of gone) await devices.remove(name);
      if (gone.length > 0)
        this.#keep({ ...this.#kept, devices: this.#kept.devices.filter((one) => !gone.includes(one)) });
      for (const { device } of this.#tunnels.values()) await this.#try(device.name, () => this.#stand(device));
    });
  }

  /** From the service's document. */
  hold(wanted: readonly WireTunnel[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const peer of wanted) {
        const tunnel = this.#tunnels.get(peer.device);
        if (tunnel !== undefined) await this.#try(peer.device, () => this.#join(tunnel, peer));
      }
    });
  }

  /** Looks now and then whether all stand and shake hands, and rotates when it is time. */
  tick(isConnected: boolean): void {
    if (this.#tunnels.size === 0 || this.#nowMs() - this.#lookedMs < LIMITS.wireguardLookMs) return;
    this.#lookedMs = this.#nowMs();
    void this.#inTurn(async () => {
      await this.#look();
      const [newest] = this.#kept.fresh;
      // Nobody would hear of it.
      if (isConnected && newest !== undefined && this.#nowMs() - newest.madeMs >= this.#parts.rotateMs)
        await this.#rotate();
    });
  }

  /** Resolves when what was begun is done; devices stay, and traffic goes on. */
  stop(): Promise<void> {
    return this.#last;
  }

  async #look(): Promise<void> {
    const { devices, record } = this.#parts;
    for (const { device, peer } of this.#tunnels.values()) {
      if (await devices.has(device.name)) continue;
      await this.#try(device.name, () => this.#stand(device));
      const tunnel = this.#tunnels.get(device.name);
      if (tunnel === undefined || peer === undefined) continue;
      tunnel.peer = undefined;
      await this.#try(device.name, () => this.#join(tunnel, peer));
    }
    const handshakes = await devices.handshakes([...this.#tunnels.keys()]);
    for (const tunnel of this.#tunnels.values()) {
      const { device, peer, theirs, at, sinceMs } = tunnel;
      if (peer === undefined) continue;
      const pairs = pairsOf(this.#kept.fresh.length, theirs.length).length;
      const standing = { sinceMs, handshakeMs: handshakes.get(device.name), pairs, at };
      const next = nextPair(standing, this.#nowMs(), record.name < peer.to);
      if (next !== at) await this.#try(device.name, () => this.#share(tunnel, next));
    }
  }

  async #stand(device: Device): Promise<void> {
    const { devices } = this.#parts;
    const { name } = device;
    const isThere = await devices.has(name);
    if (isThere && !this.#kept.devices.includes(name) && !(await devices.isMarked(name))) {
      throw new Error(`an interface ${name} is there and is not ours`);
    }
    if (!this.#kept.devices.includes(name)) this.#keep({ ...this.#kept, devices: [...this.#kept.devices, name] });
    if (!isThere) await devices.make(name);
    await devices.dress(device, this.#kept.identity.privateKey);
  }

  async #join(tunnel: Tunnel, peer: WireTunnel): Promise<void> {
    const before = tunnel.peer;
    const { fresh } = peer;
    const isNew = fresh !== undefined && fresh !== tunnel.theirs[0];
    if (before?.publicKey !== peer.publicKey) tunnel.theirs = [];
    if (fresh !== undefined && fresh !== tunnel.theirs[0]) tunnel.theirs = [fresh, ...tunnel.theirs.slice(0, 1)];
    const isSame =
      before !== undefined &&
      before.publicKey === peer.publicKey &&
      before.endpoint === peer.endpoint &&
      before.port === peer.port;
    if (!isSame) await this.#parts.devices.join(tunnel.device.name, peerWords(peer), peer.publicKey);
    tunnel.peer = peer;
    if (!isSame || isNew) await this.#share(tunnel, 0);
  }

  async #share(tunnel: Tunnel, at: number): Promise<void> {
    const { device, peer, theirs } = tunnel;
    const pair = pairsOf(this.#kept.fresh.length, theirs.length)[at];
    const [own, other] = [this.#kept.fresh[pair?.own ?? 0], theirs[pair?.theirs ?? 0]];
    if (peer === undefined || own === undefined || other === undefined) return;
    const key = sharedKey(own, other, [this.#parts.record.name, peer.to], device.transit);
    tunnel.at = at;
    tunnel.sinceMs = this.#nowMs();
    await this.#parts.devices.share(device.name, peer.publicKey, key);
  }

  /** Told first, then used: a session that runs goes on with what it has. */
  async #rotate(): Promise<void> {
    const fresh = [{ ...newCurvePair(), madeMs: this.#nowMs() }, ...this.#kept.fresh.slice(0, 1)];
    this.#keep({ ...this.#kept, fresh });
    this.onRecord(this.record);
    for (const tunnel of this.#tunnels.values()) await this.#try(tunnel.device.name, () => this.#share(tunnel, 0));
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    this.#parts.folder.write(FILE, kept);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work).catch((thrown: unknown) => this.#parts.log.warn(asSrwanError(thrown).message));
    return this.#last;
  }

  async #try(device: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const { message } = asSrwanError(thrown);
      this.#parts.log.warn("a segment inside WireGuard does not stand", { device, why: message });
      this.onTrouble(device, message);
    }
  }

  #nowMs = (): number => Number(this.#parts.clock.wallUs() / 1_000n);
}
