// Attacks on how traffic is paid: batches, caps, vouchers, thaws.

import { type Entry, encodeEntries } from "../../src/settlement/chain/entries.ts";
import type { Hex } from "../../src/settlement/typed.ts";
import { type Attack, taken, theAttacks } from "./attack.ts";
import { coins, consumer, onePays, path, provider, stranger, ticket, treeOf } from "./flows.ts";
import type { Stage } from "./stage.ts";
import { account, wallet } from "./world.ts";

const ROUND_TRIP = 5 * 600 + 121;

/** One batch in two relayers' hands. */
const broughtTwice = async ({ flows }: Stage): Promise<boolean> => {
  const batch = await flows.batch(onePays(coins(2)));
  await flows.bring(batch);
  return taken(flows.bring(batch));
};

const REPLAY = [
  {
    file: "Batches.sol",
    find: "if (b.chunk != p.next || b.chunk >= b.chunks) revert ChunkOutOfOrder(b.epoch, b.chunk, p.next);",
    put: "",
  },
  { file: "Batches.sol", find: "if (first <= p.lastDebit) revert ConsumersOutOfOrder(first);", put: "" },
];

const NO_DOMAIN = [
  { file: "Batches.sol", find: "return _hashTypedDataV4(Typed.hash(b));", put: "return Typed.hash(b);" },
  { file: "Batches.sol", find: "b.epoch, _hashTypedDataV4(hash), seal)", put: "b.epoch, hash, seal)" },
];

const attacks: readonly Attack[] = [
  {
    name: "replay across chains: a batch that was signed for another chain",
    without: NO_DOMAIN,
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(2)));
      await world.provider.send("anvil_setChainId", [999]);
      const elsewhere = await flows.digest(batch.batch);
      await world.provider.send("anvil_setChainId", [31_337]);
      return taken(flows.bring({ ...batch, seal: await flows.seal(batch.batch.epoch, elsewhere) }));
    },
  },
  {
    name: "replay across contracts: a batch that was signed for another deployment",
    without: NO_DOMAIN,
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(2)));
      const other = account(77);
      const code = await world.provider.getCode(world.at("Settlement"));
      await world.provider.send("anvil_setCode", [other, code]);
      const { data } = world.encode("Settlement", "digest", [batch.batch]);
      const elsewhere = (await world.provider.call({ to: other, data })) as Hex;
      return taken(flows.bring({ ...batch, seal: await flows.seal(batch.batch.epoch, elsewhere) }));
    },
  },
  { name: "replay across sessions: one batch brought twice", without: REPLAY, succeeds: broughtTwice },
  {
    name: "reorganisation: a batch brought again by everybody after the chain forgot it",
    without: REPLAY,
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(2)));
      await flows.bring(batch);
      await world.reorganise(1);
      await taken(flows.bring(batch));
      await taken(flows.bring(batch));
      return (await flows.earned(provider(0))) > coins(2);
    },
  },
  {
    name: "double claim: a voucher for what a batch has settled",
    without: [{ file: "Escape.sol", find: "covered(v.epoch, v.consumer) ? _settled(v, proof) : 0", put: "0" }],
    succeeds: async ({ world, flows }) => {
      const tree = treeOf(ticket(0, coins(2)));
      const epoch = world.epoch - 1n;
      await flows.settle({ ...onePays(coins(2)), tree, epoch });
      await world.toEpoch(epoch + 3n);
      return taken(flows.escape({ amount: coins(2), epoch }, tree.proof(consumer(0), path(0))));
    },
  },
  {
    name: "double claim: a batch for what a voucher has taken",
    without: [
      { file: "Batches.sol", find: "if (b.epoch + BATCH_EPOCHS < current) revert EpochClosed(b.epoch);", put: "" },
    ],
    succeeds: async ({ world, flows }) => {
      const epoch = world.epoch - 1n;
      await world.toEpoch(epoch + 3n);
      await flows.escape({ amount: coins(2), epoch });
      return taken(flows.settle({ ...onePays(coins(2)), epoch }));
    },
  },
  {
    name: "double claim: one voucher twice",
    without: [{ file: "Escape.sol", find: "escaped[key] = before + paid;", put: "" }],
    succeeds: async ({ world, flows }) => {
      const epoch = world.epoch - 1n;
      await world.toEpoch(epoch + 3n);
      await flows.escape({ amount: coins(2), epoch });
      return taken(flows.escape({ amount: coins(2), epoch }));
    },
  },
  {
    name: "double claim: a proof that hides what was settled behind leaves that are not neighbours",
    without: [{ file: "Escape.sol", find: "if (l.index != next || !_after(l, v)) revert ProofWrong();", put: "" }],
    succeeds: async ({ world, flows }) => {
      const tree = treeOf(ticket(0, coins(1)), ticket(0, coins(2)), ticket(0, coins(3), path(9)));
      const epoch = world.epoch - 1n;
      await flows.settle({ ...onePays(coins(2)), tree, epoch });
      await world.toEpoch(epoch + 3n);
      const honest = tree.proof(consumer(0), path(0));
      const early = { ...honest, before: tree.leaves.slice(0, 1), beforePath: tree.way(0) };
      return taken(flows.escape({ amount: coins(2), epoch }, early));
    },
  },
  {
    name: "validator collusion, both ends collude: more than the consumer's cap",
    without: [
      {
        file: "Books.sol",
        find: "if (!ok) revert CapExceeded(address(uint160(last)), uint96(amount), uint96(left));",
        put: "if (!ok) left = 0;",
      },
    ],
    succeeds: ({ flows }) => taken(flows.settle(onePays(coins(90)))),
  },
  {
    name: "validator collusion: pay a name that nobody has seen before",
    without: [
      {
        file: "Books.sol",
        find: "if ((word >> 192) - 1 >= current)",
        put: "if (word >> 192 > current + 99)",
      },
    ],
    succeeds: ({ flows }) => {
      const credits: Entry[] = [{ account: account(78), amount: coins(2) }];
      return taken(flows.settle({ ...onePays(coins(2)), credits, fee: 0n }));
    },
  },
  {
    name: "validator collusion: coins given that were taken of nobody",
    without: [
      {
        file: "Escrow.sol",
        find: "if (taken != given + fee) revert NotBalanced(taken, given, fee);",
        put: "",
      },
    ],
    succeeds: async ({ flows }) => {
      const credits: Entry[] = [{ account: provider(0), amount: coins(9) }];
      return taken(flows.settle({ ...onePays(coins(2)), credits, fee: 0n }));
    },
  },
  {
    name: "silent truncation: the tree has fewer tickets than were signed for",
    without: [
      {
        file: "Escape.sol",
        find: "if (proof.later.length == 0) revert ProofWrong();",
        put: "if (proof.later.length == 0) return amount;",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const tree = treeOf(ticket(0, coins(2)), ticket(1, coins(1)));
      const epoch = world.epoch - 1n;
      await flows.settle({ ...onePays(coins(2)), tree, epoch });
      await world.toEpoch(epoch + 3n);
      // As if nothing had been settled for the path: neither leaf is shown.
      return taken(flows.escape({ amount: coins(2), epoch }));
    },
  },
  {
    name: "silent truncation: a relayer cuts entries off a signed batch",
    without: [
      {
        file: "Batches.sol",
        find: "if (entries != b.entriesHash) revert EntriesDiffer(b.entriesHash, entries);",
        put: "",
      },
    ],
    succeeds: async ({ flows }) => {
      const pays = (i: number): Entry[] => [{ account: consumer(i), amount: coins(1) }];
      const gets = (i: number): Entry[] => [{ account: provider(i), amount: coins(1) }];
      const both = await flows.batch({ debits: [...pays(0), ...pays(1)], credits: [...gets(0), ...gets(1)] });
      const cut = { ...both, debits: encodeEntries(pays(0)), credits: encodeEntries(gets(0)) };
      return taken(flows.bring(cut));
    },
  },
  {
    name: "thaw and run: money that thaws is out of a batch's reach",
    without: [
      {
        file: "Books.sol",
        find: "amount > free ? thaws[consumer].amount : 0",
        put: "0",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(5)));
      await world.send(consumer(0), "Escrow", "thaw", coins(100));
      return !(await taken(flows.bring(batch)));
    },
  },
  {
    name: "thaw and run: the money is gone before the batch comes",
    without: [
      { file: "Escrow.sol", find: "uint64(block.timestamp) + THAW_EPOCHS * EPOCH_SECONDS + GRACE_SECONDS", put: "1" },
    ],
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(5)));
      await world.send(consumer(0), "Escrow", "thaw", coins(100));
      await taken(world.send(consumer(0), "Escrow", "endThaw", consumer(0)));
      return !(await taken(flows.bring(batch)));
    },
  },
  {
    name: "thaw and run: the cap is gone before the batch comes",
    without: [{ file: "Escrow.sol", find: "wanted < cap ? current + THAW_EPOCHS : current", put: "current - 9" }],
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch(onePays(coins(5)));
      await world.send(consumer(0), "Escrow", "setCap", 0n);
      return !(await taken(flows.bring(batch)));
    },
  },
  {
    name: "dust, underfunded griefing: a voucher is burned for the one unit that is there",
    without: [
      {
        file: "Escape.sol",
        find: "escaped[key] = before + paid;",
        put: "escaped[key] = v.cumulativeAmount - settled;",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const epoch = world.epoch - 1n;
      await world.send(consumer(0), "Escrow", "thaw", coins(100) - 1n);
      await world.warp(ROUND_TRIP);
      await world.send(consumer(0), "Escrow", "endThaw", consumer(0));
      const wish = { amount: coins(5), epoch, expiry: 2n ** 40n };
      await flows.escape(wish);
      await world.send(consumer(0), "Escrow", "deposit", consumer(0), coins(50));
      await world.toEpoch(world.epoch + 1n);
      return !(await taken(flows.escape(wish)));
    },
  },
  {
    name: "one bad entry: an order takes the money that a signed batch counts on",
    without: [
      {
        file: "Kernel.sol",
        find: "uint256(amount) + uint256(highest) * epochs > free",
        put: "amount > free",
      },
    ],
    succeeds: async ({ world, flows }) => {
      const batch = await flows.batch({
        debits: [...onePays(coins(5)).debits, { account: consumer(1), amount: coins(5) }],
        credits: [{ account: provider(0), amount: coins(10) }],
      });
      const quote = {
        segmentId: path(1),
        seller: provider(0),
        pricePerGB: coins(100),
        start: BigInt(Math.ceil(world.seconds / 3_600) * 3_600),
        end: BigInt(Math.ceil(world.seconds / 3_600) * 3_600 + 3_600),
        nonce: 0n,
        expiry: 2n ** 40n,
      };
      const signature = flows.signed(wallet(40), "Quote", quote);
      const id = await world.read<Hex>("Ditex", "quoteHash", quote);
      await taken(world.send(consumer(0), "Ditex", "buy", quote, signature, 1n, coins(100), id));
      return !(await taken(flows.bring(batch)));
    },
  },
  {
    name: "validator stall: what the consumer signed is never paid",
    without: [
      { file: "Escape.sol", find: "if (epoch() <= v.epoch + BATCH_EPOCHS)", put: "if (epoch() <= v.epoch + 1000000)" },
    ],
    succeeds: async ({ world, flows }) => {
      const epoch = world.epoch - 1n;
      await world.toEpoch(epoch + 3n);
      await taken(flows.escape({ amount: coins(5), epoch }));
      return (await flows.earned(provider(0))) === 0n;
    },
  },
  {
    name: "validator censorship: they settle an epoch and leave a path out",
    without: [{ file: "Escape.sol", find: "? _settled(v, proof) : 0", put: "? v.cumulativeAmount : 0" }],
    succeeds: async ({ world, flows }) => {
      const tree = treeOf(ticket(1, coins(1)));
      const epoch = world.epoch - 1n;
      await flows.settle({
        debits: [{ account: consumer(1), amount: coins(1) }],
        credits: [{ account: provider(1), amount: coins(1) }],
        tree,
        epoch,
      });
      await world.toEpoch(epoch + 3n);
      await taken(flows.escape({ amount: coins(5), epoch }, tree.proof(consumer(0), path(0))));
      return (await flows.earned(provider(0))) === 0n;
    },
  },
  {
    name: "stolen session key: vouchers after the key was revoked",
    without: [{ file: "SessionKeys.sol", find: "!key.known || v.epoch > key.lastEpoch", put: "!key.known" }],
    succeeds: async ({ world, flows }) => {
      const key = wallet(56);
      const message = { consumer: consumer(0), key: key.address as Hex, capPerEpoch: coins(9), expiry: 2n ** 40n };
      const signature = flows.signed(wallet(10), "SessionKey", message);
      await world.send(stranger, "Settlement", "authorize", message, signature);
      await world.send(consumer(0), "Settlement", "revoke", key.address);
      const epoch = world.epoch + 1n;
      await world.toEpoch(epoch + 3n);
      return taken(flows.escape({ amount: coins(5), epoch, by: key }));
    },
  },
];

theAttacks("attacks on traffic", attacks);
