// SPDX-License-Identifier: Apache-2.0
// Random batches, vouchers and challenges; and who was paid for what, kept apart from the contracts.
pragma solidity 0.8.37;

import {Money} from "./Money.sol";
import {Actor} from "./Stage.sol";
import {Challenges} from "../Challenges.sol";
import {Escape} from "../Escape.sol";
import {Batches} from "../Batches.sol";
import {Seal, SettlementBatch, Signed, SpendVoucher} from "../Typed.sol";

abstract contract Traffic is Money {
    struct Kept {
        SettlementBatch batch;
        Seal seal;
        bytes debits;
        bytes32 creditsHash;
    }

    /// The tree of an epoch: one leaf a consumer, at most two.
    struct Tree {
        address[] consumers;
        uint96[] amounts;
    }

    bytes32 private constant PATH = bytes32(uint256(5));

    mapping(uint64 epoch => Tree) private _trees;
    mapping(uint64 epoch => mapping(uint16 chunk => uint256)) private _applied;
    mapping(address consumer => mapping(uint64 epoch => uint256)) private _debited;
    mapping(address consumer => mapping(uint64 epoch => uint256)) private _drawnIn;
    /// By consumer, path and epoch: paid by batches, and the most that was signed.
    mapping(bytes32 key => uint96) private _paid;
    mapping(bytes32 key => uint96) private _signed;
    Kept[] private _kept;
    uint64 private _highestEpoch;

    function settle() internal {
        uint64 inEpoch = epoch() - 1 - uint64(chance(4) == 0 ? chance(3) : 0);
        bool begun = _applied[inEpoch][0] != 0;
        if (!begun) _plantTree(inEpoch);
        SettlementBatch memory b;
        b.epoch = inEpoch;
        b.chunks = uint16(_trees[inEpoch].consumers.length);
        b.chunk = begun ? 1 : 0;
        b.attempt = uint16(chance(2));
        b.ticketCount = uint32(b.chunks);
        b.ticketsRoot = _root(inEpoch);
        if (b.chunk >= b.chunks) b.chunk = 0;
        address consumer = _trees[inEpoch].consumers[b.chunk];
        uint96 amount = _trees[inEpoch].amounts[b.chunk];
        b.fee = uint96(chance(sys.fees.feeOf(amount) + 1));
        if (chance(12) == 0) b.fee = uint96(chance(amount + 1));
        bytes memory debits = abi.encodePacked(consumer, amount);
        bytes memory credits = _credits(amount - b.fee);
        if (chance(16) == 0) credits = _credits(amount);
        b.entriesHash = keccak256(bytes.concat(keccak256(debits), keccak256(credits)));
        _bring(b, debits, credits, sealFor(inEpoch, sys.settlement.digest(b), chance(8) != 0));
    }

    function _bring(SettlementBatch memory b, bytes memory debits, bytes memory credits, Seal memory seal) private {
        uint256 pools = _pools();
        (bool ok,) = act(
            "settle", someone(), address(sys.settlement), abi.encodeCall(Batches.settle, (b, debits, credits, seal))
        );
        if (!ok) return;
        address consumer = _trees[b.epoch].consumers[b.chunk];
        uint96 amount = _trees[b.epoch].amounts[b.chunk];
        must(_pools() == pools + b.fee, "2: the pools get the fee, to the unit");
        _debited[consumer][b.epoch] += amount;
        must(_debited[consumer][b.epoch] <= sys.escrow.capAt(consumer, b.epoch), "4: no more than the cap in an epoch");
        must(highestCap[consumer] >= amount, "4: nothing from whoever named no cap");
        must(++_applied[b.epoch][b.chunk] == 1, "5: a chunk is applied once");
        must(b.epoch >= _highestEpoch, "5: epochs rise");
        must(epoch() > b.epoch && epoch() <= b.epoch + 2, "5: in its time alone");
        _highestEpoch = b.epoch;
        bytes32 key = _key(consumer, PATH, b.epoch);
        _paid[key] += amount;
        if (_signed[key] < _paid[key]) _signed[key] = _paid[key];
        if (_kept.length < 4) _kept.push();
        Kept storage kept = _kept[b.epoch % _kept.length];
        kept.batch = b;
        kept.seal = seal;
        kept.debits = debits;
        kept.creditsHash = keccak256(credits);
    }

    function escape() internal {
        uint64 inEpoch = epoch() - 3 - uint64(chance(3)) + (chance(16) == 0 ? 2 : 0);
        SpendVoucher memory v;
        v.consumer = someAddress();
        v.pathId = bytes32(uint256(PATH) + chance(3) - 1);
        v.epoch = inEpoch;
        bytes32 key = _key(v.consumer, v.pathId, inEpoch);
        v.cumulativeAmount = _signed[key] + uint96(chance(2) * chance(20 * COIN));
        if (chance(4) == 0) v.cumulativeAmount = uint96(chance(_signed[key] + 1));
        if (v.cumulativeAmount > _signed[key]) _signed[key] = v.cumulativeAmount;
        v.expiry = time() + 1;
        bytes memory split = _credits(uint96(1 + chance(9)));
        v.splitRoot = keccak256(split);
        Escape.SettledProof memory proof = _proof(v);
        if (chance(8) == 0) proof = Escape.SettledProof(_none(), new bytes32[](0), _none(), new bytes32[](0));
        (bool ok, bytes memory out) = act(
            "escape",
            someone(),
            address(sys.settlement),
            abi.encodeCall(Escape.escape, (v, Signed(v.consumer, ""), split, proof))
        );
        if (!ok) return;
        uint96 paid = abi.decode(out, (uint96));
        _drawnIn[v.consumer][epoch()] += paid;
        must(_drawnIn[v.consumer][epoch()] <= highestCap[v.consumer], "4: vouchers keep to the cap too");
        must(epoch() > inEpoch + 2, "6: the lanes have their times");
        must(sys.settlement.escaped(key) + _paid[key] <= _signed[key], "3, 6: both lanes pay no more than was signed");
    }

    function challenge() internal {
        if (_kept.length == 0) return;
        Kept storage k = _kept[chance(_kept.length)];
        uint256 before = userClaims();
        act(
            "challenge",
            someone(),
            address(sys.settlement),
            abi.encodeCall(
                Challenges.challenge,
                (k.batch, k.seal.validatorSet, k.seal.seatBits, k.debits, k.creditsHash, chance(20) == 0 ? 1 : 0)
            )
        );
        must(userClaims() == before, "1: a bond stays its owner's");
    }

    function answer() internal {
        if (_kept.length == 0) return;
        Kept storage k = _kept[chance(_kept.length)];
        SpendVoucher[] memory vouchers = new SpendVoucher[](1);
        vouchers[0].consumer = address(bytes20(k.debits));
        vouchers[0].epoch = k.batch.epoch;
        vouchers[0].cumulativeAmount = someAmount(60 * COIN);
        Signed[] memory by = new Signed[](1);
        by[0].signer = vouchers[0].consumer;
        act(
            "answer",
            someone(),
            address(sys.settlement),
            abi.encodeCall(Challenges.answer, (k.batch.epoch, vouchers[0].consumer, vouchers, by))
        );
    }

    function uphold() internal {
        if (_kept.length == 0) return;
        Kept storage k = _kept[chance(_kept.length)];
        uint256 before = userClaims();
        act(
            "uphold",
            someone(),
            address(sys.settlement),
            abi.encodeCall(Challenges.uphold, (k.batch.epoch, address(bytes20(k.debits))))
        );
        must(userClaims() == before, "13: slashing takes nothing out of the escrow");
    }

    function _pools() private view returns (uint256) {
        return uint256(sys.escrow.pools(address(sys.validators))) + sys.escrow.pools(address(sys.dividends));
    }

    function _key(address consumer, bytes32 path, uint64 inEpoch) private pure returns (bytes32) {
        return keccak256(abi.encode(consumer, path, inEpoch));
    }

    function _plantTree(uint64 inEpoch) private {
        delete _trees[inEpoch];
        Tree storage tree = _trees[inEpoch];
        address a = someAddress();
        address b = someAddress();
        if (a > b) (a, b) = (b, a);
        _plant(tree, a, inEpoch);
        if (a != b) _plant(tree, b, inEpoch);
    }

    function _plant(Tree storage tree, address consumer, uint64 inEpoch) private {
        (uint96 free,,) = sys.escrow.accounts(consumer);
        uint256 most = sys.escrow.capAt(consumer, inEpoch);
        if (free < most && chance(4) != 0) most = free;
        tree.consumers.push(consumer);
        tree.amounts.push(someAmount(most));
    }

    function _credits(uint96 amount) private returns (bytes memory) {
        address a = someAddress();
        address b = someAddress();
        if (a == b) return abi.encodePacked(a, amount);
        if (a > b) (a, b) = (b, a);
        uint96 part = uint96(chance(amount + 1));
        return abi.encodePacked(a, part, b, amount - part);
    }

    function _leaf(uint64 inEpoch, uint256 i) private view returns (Escape.TicketLeaf memory) {
        return Escape.TicketLeaf(uint32(i), _trees[inEpoch].consumers[i], PATH, _trees[inEpoch].amounts[i], 0);
    }

    function _root(uint64 inEpoch) private view returns (bytes32) {
        bytes32 first = sys.settlement.leafHash(_leaf(inEpoch, 0));
        if (_trees[inEpoch].consumers.length == 1) return first;
        bytes32 second = sys.settlement.leafHash(_leaf(inEpoch, 1));
        return first < second
            ? keccak256(bytes.concat(first, second))
            : keccak256(bytes.concat(second, first));
    }

    function _none() private pure returns (Escape.TicketLeaf[] memory) {
        return new Escape.TicketLeaf[](0);
    }

    function _proof(SpendVoucher memory v) private view returns (Escape.SettledProof memory p) {
        Tree storage tree = _trees[v.epoch];
        uint256 n = tree.consumers.length;
        uint256 next = 0;
        while (
            next < n
                && (tree.consumers[next] < v.consumer || (tree.consumers[next] == v.consumer && PATH <= v.pathId))
        ) ++next;
        p = Escape.SettledProof(_none(), new bytes32[](0), _none(), new bytes32[](0));
        if (next > 0) (p.before, p.beforePath) = _way(v.epoch, next - 1, n);
        if (next < n) (p.later, p.laterPath) = _way(v.epoch, next, n);
    }

    function _way(uint64 inEpoch, uint256 i, uint256 n)
        private
        view
        returns (Escape.TicketLeaf[] memory leaf, bytes32[] memory way)
    {
        leaf = new Escape.TicketLeaf[](1);
        leaf[0] = _leaf(inEpoch, i);
        way = new bytes32[](n - 1);
        if (n == 2) way[0] = sys.settlement.leafHash(_leaf(inEpoch, 1 - i));
    }
}
