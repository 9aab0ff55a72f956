// SPDX-License-Identifier: Apache-2.0
// The lane without validators: a provider brings what the consumer signed, once batches can no longer settle that epoch.
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Batches} from "./Batches.sol";
import {SessionKeys} from "./SessionKeys.sol";
import {Signed, SpendVoucher} from "./Typed.sol";
import {Words} from "./Words.sol";

/// @title Escape
/// @notice A voucher is paid for what batches did not pay: all of it where validators never settled that consumer in that
/// epoch, else what exceeds the settled amount, shown in the signed tree of tickets. Partial payment burns nothing.
abstract contract Escape is Batches, SessionKeys {
    using Words for bytes;

    /// @notice A leaf of the tree of tickets. Leaves rise by consumer, then path, then amount; the index is the position.
    struct TicketLeaf {
        uint32 index;
        address consumer;
        bytes32 pathId;
        uint96 cumulativeAmount;
        bytes32 ticketHash;
    }

    /// @notice The last leaf that is not after a (consumer, path), and the one after it; either may not exist.
    struct SettledProof {
        TicketLeaf[] before;
        bytes32[] beforePath;
        TicketLeaf[] later;
        bytes32[] laterPath;
    }

    /// @notice What vouchers took of a consumer in the running epoch.
    struct Drawn {
        uint64 epoch;
        uint96 amount;
    }

    /// @notice Paid by this lane for a consumer, path and epoch.
    mapping(bytes32 key => uint96) public escaped;
    mapping(address consumer => Drawn) public drawn;

    event Escaped(address indexed consumer, bytes32 indexed pathId, uint64 indexed epoch, uint96 amount, uint96 total);

    error LaneClosed(uint64 epoch, uint64 opens);
    error VoucherExpired(uint64 expiry);
    error SplitDiffers(bytes32 signed, bytes32 given);
    error ProofWrong();
    error NothingOwed(uint96 signed, uint96 settled, uint96 paid);
    error LimitReached(uint96 limit);

    /// @notice Pays what a voucher is still owed, as far as the consumer's limit for the running epoch goes. `split` holds a
    /// word for each provider, its amount taken as a weight.
    function escape(
        SpendVoucher calldata v,
        Signed calldata by,
        bytes calldata split,
        SettledProof calldata proof
    ) external returns (uint96 paid) {
        if (epoch() <= v.epoch + BATCH_EPOCHS) revert LaneClosed(v.epoch, v.epoch + BATCH_EPOCHS + 1);
        if (block.timestamp > v.expiry) revert VoucherExpired(v.expiry);
        if (keccak256(split) != v.splitRoot) revert SplitDiffers(v.splitRoot, keccak256(split));
        uint96 settled = covered(v.epoch, v.consumer) ? _settled(v, proof) : 0;
        bytes32 key = keccak256(abi.encode(v.consumer, v.pathId, v.epoch));
        uint96 before = escaped[key];
        if (uint256(settled) + before >= v.cumulativeAmount) revert NothingOwed(v.cumulativeAmount, settled, before);
        paid = _within(v, _signerLimit(v, by), v.cumulativeAmount - settled - before);
        escaped[key] = before + paid;
        emit Escaped(v.consumer, v.pathId, v.epoch, paid, before + paid);
        ESCROW.draw(v.consumer, paid, _share(split, paid - ESCROW.FEES().feeOf(paid)));
    }

    /// @notice Hash of a leaf, twice, so that no inner node can be taken for one.
    function leafHash(TicketLeaf calldata leaf) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf))));
    }

    /// As much of `wanted` as the consumer's cap, its key's cap and its money allow now.
    function _within(SpendVoucher calldata v, uint96 limit, uint96 wanted) private returns (uint96 amount) {
        uint96 cap = ESCROW.capAt(v.consumer, v.epoch);
        if (cap < limit) limit = cap;
        Drawn memory d = drawn[v.consumer];
        if (d.epoch != epoch()) d = Drawn(epoch(), 0);
        if (d.amount >= limit) revert LimitReached(limit);
        amount = limit - d.amount;
        if (wanted < amount) amount = wanted;
        (uint96 free,,) = ESCROW.accounts(v.consumer);
        (uint96 thawing,) = ESCROW.thaws(v.consumer);
        if (free + thawing < amount) amount = free + thawing;
        if (amount == 0) revert LimitReached(0);
        d.amount += amount;
        drawn[v.consumer] = d;
    }

    /// What the batches of an epoch paid for a consumer's path, by the tree that the validators signed.
    function _settled(SpendVoucher calldata v, SettledProof calldata proof) private view returns (uint96) {
        uint32 count = progress[v.epoch].ticketCount;
        if (count == 0) return 0;
        bytes32 root = ticketsRoot[v.epoch];
        uint256 next;
        uint96 amount;
        if (proof.before.length != 0) {
            TicketLeaf calldata b = proof.before[0];
            if (!MerkleProof.verifyCalldata(proof.beforePath, root, leafHash(b))) revert ProofWrong();
            if (_after(b, v)) revert ProofWrong();
            if (b.consumer == v.consumer && b.pathId == v.pathId) amount = b.cumulativeAmount;
            next = uint256(b.index) + 1;
        }
        if (next < count) {
            if (proof.later.length == 0) revert ProofWrong();
            TicketLeaf calldata l = proof.later[0];
            if (!MerkleProof.verifyCalldata(proof.laterPath, root, leafHash(l))) revert ProofWrong();
            if (l.index != next || !_after(l, v)) revert ProofWrong();
        }
        return amount;
    }

    function _after(TicketLeaf calldata leaf, SpendVoucher calldata v) private pure returns (bool) {
        return leaf.consumer > v.consumer || (leaf.consumer == v.consumer && leaf.pathId > v.pathId);
    }

    /// Amounts by weight, rounded down; the last provider gets what is left.
    function _share(bytes calldata split, uint96 net) private pure returns (bytes memory credits) {
        uint256 n = split.count();
        if (n == 0) revert NoEntries();
        uint256 total;
        for (uint256 i = 0; i < n; ++i) {
            (, uint96 weight) = split.entry(i);
            total += weight;
        }
        uint256 left = net;
        for (uint256 i = 0; i < n; ++i) {
            (address provider, uint96 weight) = split.entry(i);
            uint256 part = i + 1 == n ? left : uint256(net) * weight / total;
            left -= part;
            credits = bytes.concat(credits, abi.encodePacked(provider, uint96(part)));
        }
    }
}
