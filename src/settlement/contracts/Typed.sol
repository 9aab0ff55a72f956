// SPDX-License-Identifier: Apache-2.0
// What is signed off the chain, as structs and their EIP-712 hashes. src/settlement/typed.ts says the same in TypeScript;
// a test holds the two to each other.
pragma solidity 0.8.37;

/// @notice A chunk of an epoch's netted amounts, signed by validators.
struct SettlementBatch {
    uint64 epoch;
    uint16 chunk;
    uint16 chunks;
    /// Counts up when a chunk that cannot be applied is replaced; signing two of one attempt is slashed.
    uint16 attempt;
    bytes32 ticketsRoot;
    uint32 ticketCount;
    bytes32 entriesHash;
    uint96 fee;
}

/// @notice The most a consumer owes for one path in one epoch so far, signed by the consumer or its session key.
struct SpendVoucher {
    address consumer;
    bytes32 pathId;
    uint64 epoch;
    uint128 cumulativeOctets;
    uint96 cumulativeAmount;
    bytes32 splitRoot;
    uint64 expiry;
}

/// @notice A key that may sign vouchers for a consumer.
struct SessionKey {
    address consumer;
    address key;
    uint96 capPerEpoch;
    uint64 expiry;
}

/// @notice Earnings to be paid by whoever brings this; the relayer named in it is the only one who gets its fee.
struct WithdrawTo {
    address from;
    address to;
    uint96 amount;
    address relayer;
    uint96 relayerFee;
    uint256 nonce;
    uint64 deadline;
}

/// @notice A seller's price for a segment in a window of whole hours.
struct Quote {
    bytes32 segmentId;
    address seller;
    uint128 pricePerGB;
    uint64 start;
    uint64 end;
    uint256 nonce;
    uint64 expiry;
}

/// @notice Capacity that was paid for was not there; signed by validators.
struct DealFailed {
    bytes32 dealId;
    uint64 failedAt;
}

/// @notice A consumer's order of priority on a router, until a time.
struct QosOrder {
    address consumer;
    address provider;
    address routerKey;
    bytes32 configHash;
    uint96 amount;
    uint96 holdBack;
    uint64 deadline;
    uint64 until;
    uint256 nonce;
}

/// @notice The router took the configuration; signed by its key and by validators who read it back.
struct ConfigAccepted {
    bytes32 orderId;
    address routerKey;
    bytes32 configHash;
    bytes32 rpcReplyHash;
    uint64 acceptedAt;
}

/// @notice The router refused; its own key is enough.
struct ConfigFailed {
    bytes32 orderId;
    address routerKey;
    bytes32 rpcReplyHash;
    uint64 failedAt;
}

/// @notice The configuration was gone before its time; signed by validators who read it back.
struct ConfigRemoved {
    bytes32 orderId;
    uint64 removedAt;
}

/// @notice A router's key consents to be a provider's.
struct DeviceKey {
    address provider;
    address key;
}

/// @notice A signature and whose it is: the consumer's or its session key's.
struct Signed {
    address signer;
    bytes signature;
}

/// @notice A quorum's signatures: which set, which of its seats (a bit each), and r and vs (EIP-2098) of each in the order of
/// seats.
struct Seal {
    uint256 validatorSet;
    uint256 seatBits;
    bytes signatures;
}

/// @title Typed
/// @notice Struct hashes of EIP-712. The domain is each contract's own.
library Typed {
    bytes32 internal constant BATCH = keccak256(
        "SettlementBatch(uint64 epoch,uint16 chunk,uint16 chunks,uint16 attempt,bytes32 ticketsRoot,uint32 ticketCount,bytes32 entriesHash,uint96 fee)"
    );
    bytes32 internal constant VOUCHER = keccak256(
        "SpendVoucher(address consumer,bytes32 pathId,uint64 epoch,uint128 cumulativeOctets,uint96 cumulativeAmount,bytes32 splitRoot,uint64 expiry)"
    );
    bytes32 internal constant SESSION_KEY =
        keccak256("SessionKey(address consumer,address key,uint96 capPerEpoch,uint64 expiry)");
    bytes32 internal constant WITHDRAW_TO = keccak256(
        "WithdrawTo(address from,address to,uint96 amount,address relayer,uint96 relayerFee,uint256 nonce,uint64 deadline)"
    );
    bytes32 internal constant QUOTE = keccak256(
        "Quote(bytes32 segmentId,address seller,uint128 pricePerGB,uint64 start,uint64 end,uint256 nonce,uint64 expiry)"
    );
    bytes32 internal constant DEAL_FAILED = keccak256("DealFailed(bytes32 dealId,uint64 failedAt)");
    bytes32 internal constant QOS_ORDER = keccak256(
        "QosOrder(address consumer,address provider,address routerKey,bytes32 configHash,uint96 amount,uint96 holdBack,uint64 deadline,uint64 until,uint256 nonce)"
    );
    bytes32 internal constant CONFIG_ACCEPTED = keccak256(
        "ConfigAccepted(bytes32 orderId,address routerKey,bytes32 configHash,bytes32 rpcReplyHash,uint64 acceptedAt)"
    );
    bytes32 internal constant CONFIG_FAILED =
        keccak256("ConfigFailed(bytes32 orderId,address routerKey,bytes32 rpcReplyHash,uint64 failedAt)");
    bytes32 internal constant CONFIG_REMOVED = keccak256("ConfigRemoved(bytes32 orderId,uint64 removedAt)");
    bytes32 internal constant DEVICE_KEY = keccak256("DeviceKey(address provider,address key)");

    function hash(SettlementBatch calldata b) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH, b));
    }

    function hash(SpendVoucher calldata v) internal pure returns (bytes32) {
        return keccak256(abi.encode(VOUCHER, v));
    }

    function hash(SessionKey calldata k) internal pure returns (bytes32) {
        return keccak256(abi.encode(SESSION_KEY, k));
    }

    function hash(WithdrawTo calldata w) internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAW_TO, w));
    }

    function hash(Quote calldata q) internal pure returns (bytes32) {
        return keccak256(abi.encode(QUOTE, q));
    }

    function hash(DealFailed calldata d) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEAL_FAILED, d));
    }

    function hash(QosOrder calldata o) internal pure returns (bytes32) {
        return keccak256(abi.encode(QOS_ORDER, o));
    }

    function hash(ConfigAccepted calldata c) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONFIG_ACCEPTED, c));
    }

    function hash(ConfigFailed calldata c) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONFIG_FAILED, c));
    }

    function hash(ConfigRemoved calldata c) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONFIG_REMOVED, c));
    }

    function hash(DeviceKey memory d) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEVICE_KEY, d));
    }
}
