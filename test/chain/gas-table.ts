// The gas of everything that somebody pays for, measured on a chain with the limits of live ones. The same each time: keys,
// clock and code are fixed.

import { keccak256, toBeHex } from "ethers";
import { ARTIFACTS, CONTRACT_NAMES } from "../../src/settlement/chain/artifacts.ts";
import type { Entry } from "../../src/settlement/chain/entries.ts";
import { digestOf } from "../../src/settlement/chain/sign.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { coins, consumer, Flows, owner, path, provider, stranger, ticket, treeOf } from "./flows.ts";
import { account, PARAMETERS, World, wallet } from "./world.ts";

export type GasRow = { readonly about: string; readonly name: string; readonly gas: bigint };

export const CONSUMERS = 100;
export const PROVIDERS = 200;
export const TICKETS = 10_000;

const router = wallet(140);
const ROUND = PARAMETERS.roundSeconds;

/** Somebody in a crowd; nobody has the key. */
const crowd = (i: number): Hex => `0x${keccak256(toBeHex(i + 1, 32)).slice(-40)}`;

export class GasTable {
  readonly world: World;
  readonly flows: Flows;
  readonly rows: GasRow[] = [];

  private constructor(world: World) {
    this.world = world;
    this.flows = new Flows(world);
  }

  static async measure(): Promise<readonly GasRow[]> {
    const world = await World.start();
    try {
      const table = new GasTable(world);
      table.#sizes();
      await table.#people();
      await table.#batches();
      await table.#vouchers();
      await table.#orders();
      await table.#dividends();
      return table.rows;
    } finally {
      await world.end();
    }
  }

  #note(about: string, name: string, gas: bigint): void {
    this.rows.push({ about, name, gas });
  }

  async #send(
    about: string,
    name: string,
    from: Hex,
    ...call: Parameters<World["send"]> extends [Hex, ...infer C] ? C : never
  ) {
    const { gasUsed } = await this.world.send(from, ...call);
    this.#note(about, name, gasUsed);
  }

  #sizes(): void {
    for (const name of CONTRACT_NAMES) {
      const deployed = BigInt(Math.floor(ARTIFACTS[name].bytecode.length / 2));
      this.#note("octets to deploy", name, deployed);
    }
  }

  async #people(): Promise<void> {
    const { world, flows } = this;
    await flows.validators(7);
    await this.#send("money in and out", "register as a provider", provider(0), "Escrow", "register");
    await world.send(provider(1), "Escrow", "register");
    await flows.fund(consumer(0), coins(1_000));
    await this.#send("money in and out", "deposit, first", consumer(0), "Escrow", "deposit", consumer(0), coins(500));
    await this.#send("money in and out", "deposit, again", consumer(0), "Escrow", "deposit", consumer(0), coins(400));
    await this.#send("money in and out", "set a cap", consumer(0), "Escrow", "setCap", coins(10));
    await this.#send("money in and out", "thaw", consumer(0), "Escrow", "thaw", coins(100));
    await world.toEpoch(world.epoch + 6n);
    await this.#send("money in and out", "take what has thawed", consumer(0), "Escrow", "endThaw", consumer(0));
    await flows.pay(coins(5));
    await this.#send(
      "money in and out",
      "withdraw earnings, to a new account",
      provider(0),
      "Escrow",
      "withdraw",
      account(90),
      coins(1),
    );
    await this.#send(
      "money in and out",
      "withdraw earnings, again",
      provider(0),
      "Escrow",
      "withdraw",
      account(90),
      coins(1),
    );
    await this.#send(
      "money in and out",
      "one plain transfer of the coin, as a measure",
      account(90),
      "SegmentCoin",
      "transfer",
      consumer(0),
      5n,
    );
  }

  async #batches(): Promise<void> {
    const { world, flows } = this;
    const consumers = Array.from({ length: CONSUMERS }, (_, i) => crowd(i));
    const providers = Array.from({ length: PROVIDERS }, (_, i) => crowd(CONSUMERS + i));
    await world.send(world.deployer, "SegmentCoin", "approve", world.at("Escrow"), coins(1_000_000));
    for (const who of consumers) {
      await world.send(world.deployer, "Escrow", "deposit", who, coins(100));
      await world.send(who, "Escrow", "setCap", coins(10));
    }
    for (const who of providers) await world.send(who, "Escrow", "register");
    await world.toEpoch(world.epoch + 3n);
    const each = coins(2) + 7n;
    const debits: Entry[] = consumers.map((who) => ({ account: who, amount: each }));
    const fee = (each * BigInt(CONSUMERS)) / 200n;
    const share = (each * BigInt(CONSUMERS) - fee) / BigInt(PROVIDERS);
    const rest = each * BigInt(CONSUMERS) - fee - share * BigInt(PROVIDERS);
    const credits = providers.map((who, i) => ({ account: who, amount: share + (i === 0 ? rest : 0n) }));
    const all = BigInt(CONSUMERS + PROVIDERS);
    for (const name of ["first", "steady"]) {
      const made = await flows.batch({ debits, credits, fee, seats: [0, 1, 2, 3, 4] });
      const batch = { ...made.batch, ticketCount: BigInt(TICKETS), ticketsRoot: path(99) };
      const seal = await flows.seal(batch.epoch, await flows.digest(batch), [0, 1, 2, 3, 4]);
      const { gasUsed } = await flows.bring({ ...made, batch, seal });
      this.#note("a netted batch", `${all} accounts, ${name}`, gasUsed);
      this.#note("a netted batch", `an account of ${all}, ${name}`, gasUsed / all);
      this.#note("a netted batch", `a ticket of ${TICKETS}, ${name}`, gasUsed / BigInt(TICKETS));
      await world.toEpoch(world.epoch + 1n);
    }
  }

  async #vouchers(): Promise<void> {
    const { world, flows } = this;
    const epoch = world.epoch - 1n;
    const tree = treeOf(ticket(0, coins(1)), ticket(1, coins(1)), ticket(2, coins(1)));
    await flows.pay(coins(1), { tree, epoch });
    await world.toEpoch(epoch + 3n);
    const unsettled = epoch + 1n;
    await world.toEpoch(unsettled + 3n);
    const useVoucher = async (name: string, amount: bigint, of: bigint, proof?: ReturnType<typeof tree.proof>) => {
      const { gasUsed } = await flows.escape({ amount, epoch: of }, proof);
      this.#note("vouchers without validators", name, gasUsed);
    };
    await useVoucher("one, first", coins(1), unsettled);
    await useVoucher("the next of the same path", coins(2), unsettled);
    await useVoucher("beyond what a batch settled, with its proof", coins(3), epoch, tree.proof(consumer(0), path(0)));
    const made = await flows.batch({
      debits: [{ account: consumer(0), amount: coins(1) }],
      credits: [{ account: provider(0), amount: coins(1) }],
    });
    await flows.bring(made);
    const { validatorSet, seatBits } = made.seal;
    const question = [made.batch, validatorSet, seatBits, made.debits, keccak256(made.credits), 0n];
    await flows.deposit(stranger, coins(50));
    await this.#send("vouchers without validators", "a challenge", stranger, "Settlement", "challenge", ...question);
    const { voucher, by } = flows.voucher({ amount: coins(1), epoch: made.batch.epoch });
    const shown = [made.batch.epoch, consumer(0), [voucher], [by]];
    await this.#send("vouchers without validators", "its answer", owner(0), "Settlement", "answer", ...shown);
  }

  async #orders(): Promise<void> {
    const { world, flows } = this;
    const about = "orders and deals";
    const consent = flows.signed(router, "DeviceKey", { provider: provider(0), key: router.address as Hex });
    await this.#send(
      about,
      "register a router's key",
      provider(0),
      "QosEscrow",
      "registerDevice",
      router.address,
      consent,
    );
    for (const [i, end] of ["accepted", "refused", "no answer"].entries()) {
      const order = {
        consumer: consumer(0),
        provider: provider(0),
        routerKey: router.address as Hex,
        configHash: path(7),
        amount: coins(10),
        holdBack: coins(4),
        deadline: BigInt(world.seconds + 300),
        until: BigInt(world.seconds + 900),
        nonce: BigInt(i),
      };
      const { gasUsed } = await world.send(consumer(0), "QosEscrow", "open", order, "0x");
      if (i === 1) this.#note(about, "order: open", gasUsed);
      const orderId = digestOf(world.deployment, "QosOrder", order);
      if (end === "accepted") {
        const c = {
          orderId,
          routerKey: order.routerKey,
          configHash: order.configHash,
          rpcReplyHash: path(8),
          acceptedAt: BigInt(world.seconds),
        };
        const seal = await flows.seal(world.epoch, digestOf(world.deployment, "ConfigAccepted", c), [0, 1, 2, 3, 4]);
        await this.#send(
          about,
          "order: accepted",
          stranger,
          "QosEscrow",
          "accept",
          c,
          flows.signed(router, "ConfigAccepted", c),
          seal,
        );
        await world.warp(2_000);
        await this.#send(about, "order: ended", stranger, "QosEscrow", "end", orderId);
      } else if (end === "refused") {
        const c = { orderId, routerKey: order.routerKey, rpcReplyHash: path(8), failedAt: BigInt(world.seconds) };
        await this.#send(
          about,
          "order: refused",
          stranger,
          "QosEscrow",
          "fail",
          c,
          flows.signed(router, "ConfigFailed", c),
        );
      } else {
        await world.warp(2_000);
        await this.#send(about, "order: timed out", stranger, "QosEscrow", "timeOut", orderId);
      }
    }
    const hour = BigInt(Math.ceil(world.seconds / 3_600) * 3_600);
    const quote = {
      segmentId: path(3),
      seller: provider(1),
      pricePerGB: coins(1),
      start: hour,
      end: hour + 7_200n,
      nonce: 5n,
      expiry: hour,
    };
    const id = digestOf(world.deployment, "Quote", quote);
    const signature = flows.signed(wallet(41), "Quote", quote);
    await this.#send(about, "deal: bought", consumer(0), "Ditex", "buy", quote, signature, 4n, coins(1), id);
    await world.warp(15_000);
    await this.#send(about, "deal: paid", stranger, "Ditex", "pay", id);
  }

  async #dividends(): Promise<void> {
    const { world } = this;
    const about = "dividends and rewards";
    const [voter, top] = [account(110), account(130)];
    await world.send(world.deployer, "SegmentCoin", "transfer", voter, coins(100));
    await this.#send(about, "vote", voter, "SegmentCoin", "delegate", top);
    for (const name of ["first", "again"]) {
      await world.warp(ROUND - (world.seconds % ROUND));
      const round = BigInt(Math.floor(world.seconds / ROUND));
      await world.warp(ROUND);
      await this.#send(about, `name a wallet, ${name}`, stranger, "DividendPool", "nominate", round, top);
      await world.warp(ROUND / 4);
      if (name === "again") await world.send(world.deployer, "Escrow", "fund", world.at("DividendPool"), coins(9));
      await this.#send(about, `draw a round, ${name}`, stranger, "DividendPool", "draw", round);
      await this.#send(about, `claim, ${name}`, voter, "DividendPool", "claim", round, 0);
    }
    await this.#send(about, "pay the subsidy", stranger, "FeeSplitter", "paySubsidy");
    await this.#send(about, "claim a validator's reward", owner(0), "ValidatorSet", "claimReward");
  }
}
