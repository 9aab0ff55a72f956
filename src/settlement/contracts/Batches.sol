// SPDX-License-Identifier: Apache-2.0
// Netted batches: an epoch's amounts in chunks, each signed by a quorum, each balanced by itself.
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Epochs} from "./Epochs.sol";
import {Escrow} from "./Escrow.sol";
import {Seal, SettlementBatch, Typed} from "./Typed.sol";
import {ValidatorSet} from "./ValidatorSet.sol";
import {Words} from "./Words.sol";

/// @title Batches
/// @notice Chunks of an epoch come in order, and consumers rise from chunk to chunk: so one address tells who was settled
/// where an epoch stays incomplete. A later epoch closes every earlier one.
abstract contract Batches is Epochs, EIP712 {
    using Words for bytes;

    /// @notice How far an epoch has come. One slot.
    struct Progress {
        address lastDebit;
        uint16 next;
        uint16 chunks;
        uint32 ticketCount;
    }

    Escrow public immutable ESCROW;
    ValidatorSet public immutable VALIDATORS;

    uint64 public lastEpoch;
    mapping(uint64 epoch => Progress) public progress;
    mapping(uint64 epoch => bytes32) public ticketsRoot;
    /// @notice Hash of what was settled and who signed, for disputes.
    mapping(uint64 epoch => mapping(uint16 chunk => bytes32)) public chunkRecord;

    event ChunkSettled(
        uint64 indexed epoch,
        uint16 indexed chunk,
        SettlementBatch batch,
        uint256 validatorSet,
        uint256 seatBits
    );

    error EpochRuns(uint64 epoch);
    error EpochClosed(uint64 epoch);
    error ChunkOutOfOrder(uint64 epoch, uint16 chunk, uint16 expected);
    error ChunksDiffer(uint64 epoch, uint16 chunk);
    error EntriesDiffer(bytes32 signed, bytes32 given);
    error ConsumersOutOfOrder(address consumer);
    error NoEntries();

    /// @notice What validators sign.
    function digest(SettlementBatch calldata b) external view returns (bytes32) {
        return _hashTypedDataV4(Typed.hash(b));
    }

    /// @notice Settles a chunk; anybody may bring it.
    function settle(
        SettlementBatch calldata b,
        bytes calldata debits,
        bytes calldata credits,
        Seal calldata seal
    ) external {
        bytes32 entries = keccak256(bytes.concat(keccak256(debits), keccak256(credits)));
        if (entries != b.entriesHash) revert EntriesDiffer(b.entriesHash, entries);
        _advance(b, debits);
        bytes32 hash = Typed.hash(b);
        VALIDATORS.requireQuorum(b.epoch, _hashTypedDataV4(hash), seal);
        chunkRecord[b.epoch][b.chunk] = _record(hash, seal.validatorSet, seal.seatBits);
        emit ChunkSettled(b.epoch, b.chunk, b, seal.validatorSet, seal.seatBits);
        ESCROW.settle(b.epoch, debits, credits, b.fee);
    }

    /// @notice Whether batches have had their say about a consumer's traffic in an epoch.
    function covered(uint64 ofEpoch, address consumer) public view returns (bool) {
        Progress memory p = progress[ofEpoch];
        return p.chunks != 0 && (p.next == p.chunks || consumer <= p.lastDebit);
    }

    function _record(bytes32 hash, uint256 validatorSet, uint256 seatBits) internal pure returns (bytes32) {
        return keccak256(abi.encode(hash, validatorSet, seatBits));
    }

    function _advance(SettlementBatch calldata b, bytes calldata debits) private {
        uint64 current = epoch();
        if (b.epoch >= current) revert EpochRuns(b.epoch);
        if (b.epoch + BATCH_EPOCHS < current) revert EpochClosed(b.epoch);
        Progress memory p = progress[b.epoch];
        if (b.epoch < lastEpoch) revert EpochClosed(b.epoch);
        if (b.chunk != p.next || b.chunk >= b.chunks) revert ChunkOutOfOrder(b.epoch, b.chunk, p.next);
        if (b.chunk == 0) {
            lastEpoch = b.epoch;
            ticketsRoot[b.epoch] = b.ticketsRoot;
            p.chunks = b.chunks;
            p.ticketCount = b.ticketCount;
        } else if (
            b.chunks != p.chunks || b.ticketCount != p.ticketCount || b.ticketsRoot != ticketsRoot[b.epoch]
        ) {
            revert ChunksDiffer(b.epoch, b.chunk);
        }
        uint256 n = debits.count();
        if (n == 0) revert NoEntries();
        (address first,) = debits.entry(0);
        if (first <= p.lastDebit) revert ConsumersOutOfOrder(first);
        (p.lastDebit,) = debits.entry(n - 1);
        p.next = b.chunk + 1;
        progress[b.epoch] = p;
    }
}
