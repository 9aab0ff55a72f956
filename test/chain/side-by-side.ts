// Validators beside each other in one process, taken step by step, with one clock for them and their chain; and the traffic of
// one consumer over one provider's link.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJson } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import type { Logger } from "../../src/base/log.ts";
import { writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { sendEvidence } from "../../src/settlement/service/peers.ts";
import { startValidator, type Validator, type ValidatorSettings } from "../../src/settlement/service/validator.ts";
import { epochOf } from "../../src/settlement/store/epochs.ts";
import type { EvidenceItem } from "../../src/wire/settlement.ts";
import { freePort } from "../support/free-port.ts";
import { silent } from "../support/stores.ts";
import { coins, consumer, consumerWallet, signer } from "./flows.ts";
import { type Stage, stage } from "./stage.ts";
import { linkOf, lower, pathOf, Signing, termsId } from "./traffic.ts";
import { wallet, whyNoChain } from "./world.ts";

export const SEATS = 3;
export const TURN_SECONDS = 100;
export const OCTETS = 1_000_000n;
export const [near, far] = [wallet(40), wallet(41)];
export const LINK = linkOf("near>far", lower(near), lower(far));
/** For 10⁹ octets, and what a million of them come to. */
const PRICE = 1_000_000_000_000n;
export const MILLION_COSTS = PRICE / 1_000n;
export const PATH = pathOf("gold", lower(consumerWallet(0)), PRICE, [[lower(near), LINK]]);

/** Totals so far of what the link carried and of what tickets are for, in millions of octets. */
export type Told = { readonly carried: bigint; readonly ticketed: bigint };

export class SideBySide {
  readonly stage: Stage;
  folder = "";
  running = new Map<number, Validator>();
  #clock = new ManualClock(0n);
  readonly #ports: number[] = [];
  #round = 0;
  #seq = 0n;

  constructor() {
    this.stage = stage(async ({ world, flows }) => {
      await flows.deposit(consumer(0), coins(1_000), coins(1_000));
      await flows.providers(2);
      await flows.validators(SEATS);
      for (let i = 0; i < SEATS; i++) {
        await world.provider.send("anvil_setBalance", [signer(i).address, "0x3635c9adc5dea00000"]);
      }
    });
    beforeAll(async () => {
      this.folder = mkdtempSync(join(tmpdir(), "srwan-workers-"));
      writeFileSync(join(this.folder, "password"), "secret\n", { mode: 0o600 });
      for (let seat = 0; seat < SEATS; seat++) {
        const { address, privateKey } = signer(seat);
        const json = await encryptKeystoreJson({ address, privateKey }, "secret", { scrypt: { N: 2 } });
        writeFileSync(join(this.folder, `key-${seat}.json`), json, { mode: 0o600 });
        this.#ports.push(await freePort());
      }
    });
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
    beforeEach(() => {
      if (whyNoChain() !== undefined) return;
      writeDeployment(join(this.folder, "chain.json"), this.world.deployment);
      this.#clock = new ManualClock(BigInt(this.world.seconds) * 1_000_000n);
      this.running = new Map();
      this.#round++;
      this.#seq = 0n;
    });
    afterEach(async () => {
      for (const seat of [...this.running.keys()]) await this.stop(seat);
    });
  }

  get world() {
    return this.stage.world;
  }

  get clock(): ManualClock {
    return this.#clock;
  }

  storeOf = (seat: number): string => join(this.folder, `store-${this.#round}-${seat}.db`);
  keyOf = (seat: number): string => join(this.folder, `key-${seat}.json`);
  urlOf = (seat: number): string => `http://127.0.0.1:${this.#ports[seat]}`;
  othersOf = (seat: number): string[] => this.#ports.flatMap((_, other) => (other === seat ? [] : [this.urlOf(other)]));

  start = async (seat: number, more: { peers?: string[]; log?: Logger; store?: string } = {}): Promise<Validator> => {
    const made = await startValidator(
      {
        store: more.store ?? this.storeOf(seat),
        listen: `127.0.0.1:${this.#ports[seat]}`,
        deployment: join(this.folder, "chain.json"),
        keystore: this.keyOf(seat),
        passwordFile: join(this.folder, "password"),
        peers: more.peers ?? this.othersOf(seat),
        chain: { url: this.world.anvil.url, finalityBlocks: 0, staleMs: 120_000 },
        turnSeconds: TURN_SECONDS,
        infrastructure: { ppm: 0 },
        requestsPerMinute: 6_000,
        metrics: { port: 0 },
        log: {} as ValidatorSettings["log"],
      },
      { clock: this.#clock, log: more.log ?? silent, paused: true },
    );
    this.running.set(seat, made);
    return made;
  };

  stop = async (seat: number): Promise<void> => {
    await this.running.get(seat)?.close();
    this.running.delete(seat);
  };

  at = (seat: number): Validator => {
    const found = this.running.get(seat);
    if (found === undefined) throw new Error(`seat ${seat} does not run`);
    return found;
  };

  /** The chain and this machine's clock, together. */
  toEpoch = async (epoch: bigint): Promise<void> => {
    await this.world.toEpoch(epoch);
    await this.tick();
  };

  warp = async (seconds: number): Promise<void> => {
    await this.world.warp(seconds);
    await this.tick();
  };

  tick = async (): Promise<void> => {
    await this.world.look();
    await this.#clock.advanceMs(Math.max(0, this.world.seconds * 1_000 - Number(this.#clock.wallUs() / 1_000n)));
  };

  /** What meters and the consumer sign in the epoch that runs. */
  told({ carried, ticketed }: Told): EvidenceItem[] {
    const signing = new Signing(this.world.deployment);
    const { epoch } = this.world;
    const report = (by: typeof near, seq: bigint, octets: bigint) => {
      const [inOctets, outOctets] = by === near ? [0n, octets] : [octets, 0n];
      const counts = { inOctets, outOctets, inPkts: inOctets / 1_000n, outPkts: outOctets / 1_000n };
      return signing.report(by, { epoch, linkId: termsId(LINK), bootTime: 7n, seq, ...counts });
    };
    const ends = (seq: bigint, octets: bigint) => [near, far].map((by) => report(by, seq, octets));
    const isFirst = this.#seq === 0n;
    const seq = ++this.#seq;
    const [of, total] = [{ pathId: termsId(PATH), bootTime: 7n, seq }, ticketed * OCTETS];
    return [
      LINK,
      PATH,
      ...(isFirst ? ends(1n, 0n) : []),
      signing.ticket(near, { ...of, totalIn: total, totalOut: total }),
      signing.voucher(consumerWallet(0), { pathId: termsId(PATH), epoch, cumulativeAmount: coins(10) }),
      ...ends(seq + 1n, carried * OCTETS),
    ];
  }

  /** `turn` times another million octets. */
  traffic = (turn: bigint): EvidenceItem[] => this.told({ carried: turn, ticketed: turn });

  everybodyHears = async (items: readonly EvidenceItem[]): Promise<void> => {
    for (const { url } of this.running.values()) expect((await sendEvidence(url, items)).refused).toEqual([]);
  };

  chunksOnChain = async (epoch: bigint) => (await this.world.readAll("Settlement", "progress", epoch)).chunks;
  stateAt = async (seat: number, epoch: bigint) => (await epochOf(this.at(seat).store, Number(epoch)))?.state;
  inTurn = (epoch: bigint, place: number) => (Number(epoch % BigInt(SEATS)) + place) % SEATS;
}
