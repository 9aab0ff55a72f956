// Attacks by validators, relayers, voters, routers and whoever deals with itself.

import { keccak256 } from "ethers";
import { digestOf, sealOf } from "../../src/settlement/chain/sign.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { type Attack, taken, theAttacks } from "./attack.ts";
import { coins, consumer, consumerWallet, onePays, owner, path, provider, sign, signer, stranger } from "./flows.ts";
import type { Stage } from "./stage.ts";
import { account, PARAMETERS, wallet } from "./world.ts";

const ROUND = PARAMETERS.roundSeconds;
const router = wallet(140);
const forger = wallet(141);

/** An order of ten coins is open; the router's acceptance of it, as the attacker would have it. */
async function order({ world, flows }: Stage) {
  await world.send(consumer(0), "Escrow", "setCap", 0n);
  await world.toEpoch(world.epoch + 8n);
  const consent = flows.signed(router, "DeviceKey", { provider: provider(0), key: router.address as Hex });
  await world.send(provider(0), "QosEscrow", "registerDevice", router.address, consent);
  const terms = {
    consumer: consumer(0),
    provider: provider(0),
    routerKey: router.address as Hex,
    configHash: path(7),
    amount: coins(10),
    holdBack: coins(5),
    deadline: BigInt(world.seconds + 300),
    until: BigInt(world.seconds + 2_000),
    nonce: 1n,
  };
  await world.send(consumer(0), "QosEscrow", "open", terms, "0x");
  const id = digestOf(world.deployment, "QosOrder", terms);
  const accept = async (more: { by?: typeof router; configHash?: Hex; seats?: readonly number[]; at?: bigint }) => {
    const configHash = more.configHash ?? terms.configHash;
    const acceptedAt = more.at ?? BigInt(world.seconds);
    const message = { orderId: id, routerKey: terms.routerKey, configHash, rpcReplyHash: path(8), acceptedAt };
    const seal = await flows.seal(world.epoch, digestOf(world.deployment, "ConfigAccepted", message), more.seats);
    const signature = flows.signed(more.by ?? router, "ConfigAccepted", message);
    return world.send(stranger, "QosEscrow", "accept", message, signature, seal);
  };
  return { terms, id, accept };
}

/** A round of dividends in which voters have given their votes to a wallet; what a claimant got. */
async function dividends({ world, flows }: Stage, votes: () => Promise<void>, claimant: Hex): Promise<bigint> {
  await world.warp(ROUND - (world.seconds % ROUND));
  const round = BigInt(Math.floor(world.seconds / ROUND));
  await votes();
  await world.warp(Number(round + 1n) * ROUND + 1 - world.seconds);
  await world.send(stranger, "DividendPool", "nominate", round, account(130));
  await world.warp(ROUND / 4);
  await world.send(stranger, "DividendPool", "draw", round);
  await taken(world.send(claimant, "DividendPool", "claim", round, 0));
  await taken(world.send(account(130), "DividendPool", "claimAsWallet", round, 0));
  return flows.earned(claimant);
}

const attacks: readonly Attack[] = [
  {
    name: "validator collusion: a debit that the consumer never signed",
    without: [
      {
        file: "Challenges.sol",
        find: "uint96 paid = VALIDATORS.makeGood(c.validatorSet, c.seatBits, c.amount, consumer);",
        put: "uint96 paid = 0;",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const epoch = world.epoch - 1n;
      const made = await flows.batch({ ...onePays(coins(8)), epoch });
      await flows.bring(made);
      const { validatorSet, seatBits } = made.seal;
      await flows.deposit(stranger, coins(50));
      const question = [made.batch, validatorSet, seatBits, made.debits, keccak256(made.credits), 0n];
      await world.send(stranger, "Settlement", "challenge", ...question);
      await world.warp(1_300);
      await world.send(stranger, "Settlement", "uphold", epoch, consumer(0));
      return (await flows.coinsOf(consumer(0))) + (await flows.free(consumer(0))) < coins(100);
    },
  },
  {
    name: "validator collusion: one signs two batches for one chunk and keeps its stake",
    without: [
      { file: "ValidatorSet.sol", find: "if (first == second || a.epoch", put: "if (first != second || a.epoch" },
    ],
    succeeds: async ({ world, flows }) => {
      const batches = [await flows.batch(onePays(coins(1))), await flows.batch(onePays(coins(2)))];
      const digests = await Promise.all(batches.map(({ batch }) => flows.digest(batch)));
      const evidence = batches.flatMap(({ batch }, i) => [batch, sign(signer(0), digests[i] ?? path(0))]);
      await taken(world.send(stranger, "ValidatorSet", "reportDoubleSign", ...evidence));
      return ((await world.readAll("ValidatorSet", "validators", owner(0))).stake ?? 0n) > 0n;
    },
  },
  {
    name: "validator collusion: one leaves with its stake before it is held to account",
    without: [
      {
        file: "ValidatorSet.sol",
        find: "v.freeAt = epoch() + CHANGE_EPOCHS + UNBOND_EPOCHS;",
        put: "v.freeAt = epoch();",
      },
    ],
    succeeds: async ({ world, flows }) => {
      await flows.pay(coins(2));
      await world.send(owner(0), "ValidatorSet", "stepDown");
      await world.toEpoch(world.epoch + 6n);
      return taken(world.send(owner(0), "ValidatorSet", "unbond", owner(0)));
    },
  },
  {
    name: "validator collusion: a newcomer with most of the stake signs at once",
    without: [{ file: "ValidatorSet.sol", find: "id == 0 ? epoch() : epoch() + CHANGE_EPOCHS", put: "epoch()" }],
    succeeds: async ({ world, flows }) => {
      await flows.join(account(60), forger.address as Hex, coins(100_000));
      await world.toEpoch(world.epoch + 1n);
      const made = await flows.batch(onePays(coins(2)));
      const digest = await flows.digest(made.batch);
      const validatorSet = await flows.setOf(made.batch.epoch);
      const seal = sealOf(validatorSet, new Map([[3, sign(forger, digest)]]));
      return taken(flows.bring({ ...made, seal }));
    },
  },
  {
    name: "fee front-running: a relayer's withdrawal in another relayer's hands",
    without: [
      {
        file: "Escrow.sol",
        find: "if (w.relayer != address(0) && w.relayer != msg.sender) revert RelayerWrong(w.relayer);",
        put: "",
      },
      { file: "Escrow.sol", find: "w.amount, w.relayer, w.relayerFee);", put: "w.amount, msg.sender, w.relayerFee);" },
    ],
    succeeds: async ({ world, flows }) => {
      await flows.pay(coins(10));
      const order = {
        from: provider(0),
        to: provider(0),
        amount: coins(5),
        relayer: account(61),
        relayerFee: coins(1),
        nonce: 0n,
        deadline: 2n ** 40n,
      };
      const signature = flows.signed(wallet(40), "WithdrawTo", order);
      await taken(world.send(stranger, "Escrow", "withdrawBySig", order, signature));
      return (await flows.coinsOf(stranger)) > 0n;
    },
  },
  {
    name: "malleable signatures: a second signature made of the first",
    without: [
      {
        file: "Escrow.sol",
        find: "!SignatureChecker.isValidSignatureNowCalldata(w.from, _hashTypedDataV4(Typed.hash(w)), signature)",
        put: "ecrecover(_hashTypedDataV4(Typed.hash(w)), uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64])) != w.from",
      },
    ],
    succeeds: async ({ world, flows }) => {
      await flows.pay(coins(10));
      const nobody = `0x${"00".repeat(20)}` as Hex;
      const order = {
        from: provider(0),
        to: provider(0),
        amount: coins(5),
        relayer: nobody,
        relayerFee: 0n,
        nonce: 0n,
        deadline: 2n ** 40n,
      };
      const signature = flows.signed(wallet(40), "WithdrawTo", order);
      const groupOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const s = groupOrder - BigInt(`0x${signature.slice(66, 130)}`);
      const v = signature.endsWith("1b") ? "1c" : "1b";
      const other = signature.slice(0, 66) + s.toString(16).padStart(64, "0") + v;
      return taken(world.send(stranger, "Escrow", "withdrawBySig", order, other));
    },
  },
  {
    name: "borrowed votes: held for the last seconds of a round",
    without: [
      {
        file: "DividendPool.sol",
        find: "first = uint48(round * ROUND_SECONDS + ROUND_SECONDS / 2);",
        put: "first = uint48((round + 1) * ROUND_SECONDS - 1);",
      },
    ],
    succeeds: async (stage) => {
      const { world } = stage;
      await world.send(world.deployer, "SegmentCoin", "approve", world.at("Escrow"), coins(1_000));
      await world.send(world.deployer, "Escrow", "fund", world.at("DividendPool"), coins(1_000));
      const [lender, borrower] = [account(110), account(111)];
      const votes = async () => {
        await world.send(world.deployer, "SegmentCoin", "transfer", lender, coins(500));
        await world.send(world.deployer, "SegmentCoin", "transfer", account(112), coins(1));
        await world.send(account(112), "SegmentCoin", "delegate", account(130));
        await world.send(borrower, "SegmentCoin", "delegate", account(130));
        await world.warp(ROUND - 20 - (world.seconds % ROUND));
        await world.send(lender, "SegmentCoin", "transfer", borrower, coins(500));
      };
      return (await dividends(stage, votes, borrower)) > 0n;
    },
  },
  {
    name: "self-dealing for the subsidy: traffic with oneself, with every vote in hand",
    without: [
      {
        file: "FeeSplitter.sol",
        find: "uint256 due = scheduled(block.timestamp) - subsidyPaid;",
        put: "uint256 due = 5 * uint256(ESCROW.pools(DIVIDENDS));",
      },
    ],
    succeeds: async (stage) => {
      const { world, flows } = stage;
      const coalition = [consumer(0), provider(0), account(110), account(130)];
      await world.send(world.deployer, "SegmentCoin", "transfer", account(110), coins(1_000));
      await world.send(account(110), "SegmentCoin", "delegate", account(130));
      const wealth = async (deals: boolean) => {
        const back = await world.snapshot();
        // The subsidy of one second is more than the fee: both ways take as long.
        if (deals) await flows.pay(coins(10));
        else await world.warp(1);
        await taken(world.send(stranger, "FeeSplitter", "paySubsidy"));
        await dividends(stage, async () => {}, account(110));
        const parts = await Promise.all(
          coalition.flatMap((who) => [flows.coinsOf(who), flows.free(who), flows.earned(who)]),
        );
        await back();
        return parts.reduce((sum, part) => sum + part, 0n);
      };
      return (await wealth(true)) > (await wealth(false));
    },
  },
  {
    name: "fake router: an acceptance that the router's key did not sign",
    without: [{ file: "QosEscrow.sol", find: "_requireSigned(o.routerKey, hash, routerSignature);", put: "" }],
    succeeds: async (stage) => taken((await order(stage)).accept({ by: forger })),
  },
  {
    name: "fake router: the provider's own router lies, and no validator reads back",
    without: [
      {
        file: "QosEscrow.sol",
        find: "        bytes32 hash = Typed.hash(c);\n        _requireSigned(o.routerKey, hash, routerSignature);\n        VALIDATORS.requireQuorum(epoch(), _hashTypedDataV4(hash), seal);",
        put: "        bytes32 hash = Typed.hash(c);\n        _requireSigned(o.routerKey, hash, routerSignature);",
      },
    ],
    succeeds: async (stage) => taken((await order(stage)).accept({ seats: [] })),
  },
  {
    name: "fake router: another configuration than was ordered",
    without: [
      {
        file: "QosEscrow.sol",
        find: "c.routerKey != o.routerKey || c.configHash != o.configHash",
        put: "c.routerKey != o.routerKey",
      },
    ],
    succeeds: async (stage) => taken((await order(stage)).accept({ configHash: path(70) })),
  },
  {
    name: "take the money and remove the queue",
    without: [{ file: "QosEscrow.sol", find: "if (back > o.held) back = o.held;", put: "back = 0;" }],
    succeeds: async (stage) => {
      const { world, flows } = stage;
      const { id, accept } = await order(stage);
      await accept({});
      const message = { orderId: id, removedAt: BigInt(world.seconds) };
      const seal = await flows.seal(world.epoch, digestOf(world.deployment, "ConfigRemoved", message));
      const before = await flows.free(consumer(0));
      await world.send(stranger, "QosEscrow", "endEarly", message, seal);
      return (await flows.free(consumer(0))) === before;
    },
  },
  {
    name: "late answer: an order is released after its refund was due",
    without: [
      {
        file: "QosEscrow.sol",
        find: "        Order storage o = _open(c.orderId);\n        if (block.timestamp > o.deadline + GRACE_SECONDS) revert Late(o.deadline + GRACE_SECONDS);\n        if (c.acceptedAt",
        put: "        Order storage o = _open(c.orderId);\n        if (c.acceptedAt",
      },
    ],
    succeeds: async (stage) => {
      const { terms, accept } = await order(stage);
      await stage.world.warp(1_000);
      return taken(accept({ at: terms.deadline }));
    },
  },
  {
    name: "changed quote: the seller's other price under the buyer's hand",
    without: [
      {
        file: "Ditex.sol",
        find: "if (q.pricePerGB > mostPerGB) revert PriceTooHigh(q.pricePerGB, mostPerGB);",
        put: "",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const hour = BigInt(Math.ceil(world.seconds / 3_600) * 3_600);
      const quote = {
        segmentId: path(1),
        seller: provider(0),
        pricePerGB: coins(60),
        start: hour,
        end: hour + 3_600n,
        nonce: 0n,
        expiry: 2n ** 40n,
      };
      const id = digestOf(world.deployment, "Quote", quote);
      const signature = flows.signed(wallet(40), "Quote", quote);
      return taken(world.send(consumer(0), "Ditex", "buy", quote, signature, 1n, coins(1), id));
    },
  },
  {
    name: "another's segment: a quote that its owner did not sign",
    without: [
      {
        file: "Ditex.sol",
        find: "if (!SignatureChecker.isValidSignatureNowCalldata(q.seller, dealId, signature)) revert SignatureWrong(q.seller);",
        put: "",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const hour = BigInt(Math.ceil(world.seconds / 3_600) * 3_600);
      const quote = {
        segmentId: path(1),
        seller: provider(0),
        pricePerGB: 1n,
        start: hour,
        end: hour + 3_600n,
        nonce: 0n,
        expiry: 2n ** 40n,
      };
      const id = digestOf(world.deployment, "Quote", quote);
      const signature = flows.signed(consumerWallet(0), "Quote", quote);
      return taken(world.send(consumer(0), "Ditex", "buy", quote, signature, 1n, 1n, id));
    },
  },
];

theAttacks("attacks by people", attacks);
