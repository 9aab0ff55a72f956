// A settlement without a chain: a deployment's file, a folder of signed quotes, and a store in which some epochs of two paths
// were really signed, reckoned and settled, with disputes. For whoever shows it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealClock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/log.ts";
import { CONTRACT_NAMES } from "../../src/settlement/chain/artifacts.ts";
import { type Deployment, writeDeployment } from "../../src/settlement/chain/deployment.ts";
import { COIN } from "../../src/settlement/chain/parameters.ts";
import { quoteFileOf, segmentIdOf } from "../../src/settlement/chain/quotes.ts";
import { digestOf, signTyped } from "../../src/settlement/chain/sign.ts";
import { Verifier } from "../../src/settlement/chain/verify.ts";
import { cancelText, type PlacedOrder, placedOrder, type QosOrder } from "../../src/settlement/qos/terms.ts";
import { checkEvidence } from "../../src/settlement/service/evidence.ts";
import { makeEpoch } from "../../src/settlement/service/making.ts";
import { termsId, termsRow } from "../../src/settlement/service/terms.ts";
import { keepMade } from "../../src/settlement/store/epochs.ts";
import { type Kept, keepEvidence, keepTerms, openIntake } from "../../src/settlement/store/evidence.ts";
import { SettlementStore } from "../../src/settlement/store/store.ts";
import { type Hex, INFINITE_PRICE } from "../../src/settlement/typed.ts";
import type { EvidenceItem } from "../../src/wire/settlement.ts";
import { linkOf, lower, pathOf, Signing } from "../chain/traffic.ts";
import { account, wallet } from "../chain/world.ts";

export const EPOCH_SECONDS = 3_600;
const HOUR = 3_600n;
const GB = 1_000_000_000n;
const PACKET = 1_000n;
const PRICE = COIN / 50n;
const silent = createLogger({ level: "silent", format: "json", write: () => undefined });

/** Who relays where, and who buys. */
export const PEOPLE = { sea: 20, chi: 21, ewr: 22, lon: 23, lab: 24, seller: 25, stranger: 26 } as const;
export type Person = keyof typeof PEOPLE;
export const accountOf = (who: Person): Hex => lower(wallet(PEOPLE[who]));

/** No chain has it; what is signed for it is as good. */
export const standIn = (): Deployment => ({
  schema: "srwan.chain/1",
  chainId: 31_337,
  block: 0,
  parameters: {
    epochSeconds: EPOCH_SECONDS,
    graceSeconds: 120,
    roundSeconds: 6_000,
    feePpm: 10_000,
    subsidy: "0",
    minStake: "1",
    bond: "1",
  },
  contracts: Object.fromEntries(
    CONTRACT_NAMES.map((name, i) => [name, { address: account(60 + i), codeHash: `0x${"00".repeat(32)}` }]),
  ) as Deployment["contracts"],
});

export class Books {
  readonly folder: string;
  readonly deployment: Deployment;
  readonly store: SettlementStore;
  /** The newest with tickets; it runs. */
  readonly epoch: number;
  readonly #signing: Signing;
  #nonce = 0n;

  private constructor(folder: string, deployment: Deployment, store: SettlementStore) {
    this.folder = folder;
    this.deployment = deployment;
    this.store = store;
    this.epoch = Math.floor(Date.now() / 1_000 / deployment.parameters.epochSeconds);
    this.#signing = new Signing(deployment);
  }

  /** Over an empty store of either kind. */
  static async open(address?: string, deployment = standIn()): Promise<Books> {
    const folder = mkdtempSync(join(tmpdir(), "srwan-books-"));
    mkdirSync(join(folder, "quotes"));
    writeDeployment(join(folder, "chain.json"), deployment);
    const at = address ?? join(folder, "settlement.db");
    const store = await SettlementStore.open({ address: at, clock: new RealClock(), log: silent });
    await openIntake(store);
    return new Books(folder, deployment, store);
  }

  get settings(): Readonly<Record<"store" | "deployment" | "quotes", string>> {
    return {
      store: this.store.address,
      deployment: join(this.folder, "chain.json"),
      quotes: join(this.folder, "quotes"),
    };
  }

  async end(): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true });
  }

  /** So many epochs up to the one that runs: all but the last two are settled, the one before it is sealed. */
  async traffic(epochs: number, block = 1): Promise<void> {
    const first = linkOf("sea/alder>chi", accountOf("sea"), accountOf("chi"));
    const second = linkOf("chi/alder>ewr", accountOf("chi"), accountOf("ewr"));
    const third = linkOf("ewr/birch>lon", accountOf("ewr"), accountOf("lon"));
    const long = pathOf("lab: sea to lon", accountOf("lab"), PRICE, [
      [accountOf("sea"), first],
      [accountOf("chi"), second],
      [accountOf("ewr"), third],
    ]);
    const short = pathOf("chi's own, to lon", accountOf("chi"), PRICE, [[accountOf("ewr"), third]]);
    await keepTerms(this.store, [first, second, third, long, short].map(termsRow));
    const links = [
      { id: termsId(first), ends: ["sea", "chi"] },
      { id: termsId(second), ends: ["chi", "ewr"] },
      { id: termsId(third), ends: ["ewr", "lon"] },
    ] as const;
    const paths = [
      { id: termsId(long), consumer: "lab", providers: ["sea", "chi", "ewr"] },
      { id: termsId(short), consumer: "chi", providers: ["ewr"] },
    ] as const;
    const verifier = new Verifier(this.deployment);
    const zero = this.epoch - epochs;
    for (let step = 0; step <= epochs; step++) {
      const epoch = zero + step;
      const octets = BigInt(step) * 40n * GB;
      const seq = BigInt(step + 1);
      const items: EvidenceItem[] = [];
      for (const [place, { id, ends }] of links.entries()) {
        for (const [end, who] of ends.entries()) {
          // In the last but two epochs the far end of the second link counts less than was sent.
          const less = place === 1 && end === 1 && step >= epochs - 2 ? 10n * GB : 0n;
          const counted = octets * (place === 2 ? 2n : 1n) - less;
          const [outOctets, inOctets] = end === 0 ? [counted, 0n] : [0n, counted];
          const packets = { inPkts: inOctets / PACKET, outPkts: outOctets / PACKET };
          const report = { epoch: BigInt(epoch), linkId: id, bootTime: 1n, inOctets, outOctets, ...packets, seq };
          items.push(this.#signing.report(wallet(PEOPLE[who]), report));
        }
      }
      for (const { id, consumer, providers } of paths) {
        for (const who of providers) {
          const totals = { totalIn: octets, totalOut: octets };
          items.push(this.#signing.ticket(wallet(PEOPLE[who]), { pathId: id, bootTime: 1n, seq, ...totals }));
        }
        // Chicago signs for less than it used in the last but one.
        const cumulativeAmount = consumer === "chi" && step === epochs - 1 ? COIN / 2n : 3n * COIN;
        const voucher = { pathId: id, epoch: BigInt(epoch), cumulativeAmount };
        items.push(this.#signing.voucher(wallet(PEOPLE[consumer]), voucher));
      }
      await this.#keep(verifier, items, epoch);
      if (step > 0 && step < epochs) await this.#make(verifier, epoch, block, step < epochs - 1 ? "settled" : "sealed");
    }
  }

  async #keep(verifier: Verifier, items: readonly EvidenceItem[], epoch: number): Promise<void> {
    const everybody = Object.keys(PEOPLE).map((who) => accountOf(who as Person));
    const kept: Kept[] = [];
    for (const item of items) {
      if (item.kind === "link" || item.kind === "path") continue;
      const consumer = item.kind === "voucher" ? item.message.consumer : "";
      const known = {
        endsOf: () => everybody,
        pathOf: () => ({ consumer, providers: everybody }),
        isSessionKey: async () => false,
        epoch,
      };
      const checked = await checkEvidence(item, verifier, known);
      if ("refused" in checked) throw new Error(checked.refused);
      kept.push(checked.kept);
    }
    await keepEvidence(this.store, kept, epoch);
  }

  async #make(verifier: Verifier, epoch: number, block: number, state: "settled" | "sealed"): Promise<void> {
    const means = { spendable: async () => 1_000n * COIN, isActive: async () => true };
    const rules = { feePpm: 10_000n, infrastructurePpm: 0n, infrastructure: accountOf("stranger") };
    const options = { epoch, attempt: 0, block, rules, entriesMax: 100 };
    const { made } = await makeEpoch(this.store, verifier, means, options);
    await this.store.write(async (tx) => {
      await keepMade(this.store, tx, epoch, made);
      await tx.updateTable("epochs").set({ state }).where("epoch", "=", epoch).execute();
    });
  }

  /** A window of hours, counted from the present one. */
  async quote(segment: string, from: number, until: number, price: bigint | "infinity" = PRICE): Promise<string> {
    const hour = BigInt(Math.floor(Date.now() / 3_600_000));
    const quote = {
      segmentId: segmentIdOf(segment),
      seller: account(PEOPLE.seller),
      pricePerGB: price === "infinity" ? INFINITE_PRICE : price,
      start: (hour + BigInt(from)) * HOUR,
      end: (hour + BigInt(until)) * HOUR,
      nonce: ++this.#nonce,
      expiry: (hour + BigInt(until)) * HOUR,
    };
    const { chainId } = this.deployment;
    const signature = await signTyped(wallet(PEOPLE.seller), this.deployment, "Quote", quote);
    const file = quoteFileOf(segment, chainId, quote, signature);
    writeFileSync(join(this.folder, "quotes", `${this.#nonce}.json`), JSON.stringify(file));
    return digestOf(this.deployment, "Quote", quote);
  }

  /** Signed by its consumer; nobody has it yet. */
  async order(port: number, more: Partial<QosOrder> = {}): Promise<{ id: Hex; terms: PlacedOrder; cancel: Hex }> {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    const order: QosOrder = {
      consumer: account(PEOPLE.lab),
      provider: account(PEOPLE.sea),
      routerKey: account(50),
      configHash: `0x${"11".repeat(32)}`,
      amount: 10n * COIN,
      holdBack: 4n * COIN,
      deadline: now + 600n,
      until: now + 7_200n,
      nonce: ++this.#nonce,
      ...more,
    };
    const intent = {
      kind: "queue" as const,
      name: `q${this.#nonce}`,
      device: `HundredGigE0/0/0/${port}`,
      dscp: [46],
      rateBps: 100_000_000,
    };
    const signature = await signTyped(wallet(PEOPLE.lab), this.deployment, "QosOrder", order);
    const id = digestOf(this.deployment, "QosOrder", order);
    const cancel = (await wallet(PEOPLE.lab).signMessage(cancelText(id))) as Hex;
    return { id, terms: placedOrder("sea-r1", intent, order, signature), cancel };
  }
}
