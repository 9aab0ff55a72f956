// SPDX-License-Identifier: Apache-2.0
// Paid priority: the router's signed answer moves the money, or time gives it back.
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Epochs} from "./Epochs.sol";
import {Escrow} from "./Escrow.sol";
import {ConfigAccepted, ConfigFailed, ConfigRemoved, DeviceKey, QosOrder, Seal, Typed} from "./Typed.sol";
import {ValidatorSet} from "./ValidatorSet.sol";

/// @title QosEscrow
/// @notice An order is open, then released or refunded, once. Until the deadline and a grace only an answer decides; after
/// it only the refund. A part may be held back until the order's end and goes back pro rata when the queue goes early.
contract QosEscrow is Epochs, EIP712 {
    enum State {
        None,
        Open,
        Released,
        Refunded
    }

    struct Order {
        address consumer;
        uint96 amount;
        address provider;
        uint96 held;
        address routerKey;
        uint64 acceptedAt;
        State state;
        bytes32 configHash;
        uint64 deadline;
        uint64 until;
    }

    Escrow public immutable ESCROW;
    ValidatorSet public immutable VALIDATORS;
    /// @notice For outcomes to reach the chain: after the deadline, and after the end.
    uint64 public immutable GRACE_SECONDS;

    mapping(bytes32 orderId => Order) public orders;
    mapping(address routerKey => address provider) public devices;

    event DeviceRegistered(address indexed provider, address indexed routerKey);
    event Opened(bytes32 indexed orderId, QosOrder order);
    event Accepted(bytes32 indexed orderId, bytes32 rpcReplyHash, uint64 acceptedAt, uint96 paid, uint96 held);
    event Failed(bytes32 indexed orderId, bytes32 rpcReplyHash, uint96 refunded);
    event TimedOut(bytes32 indexed orderId, uint96 refunded);
    event Ended(bytes32 indexed orderId, uint64 removedAt, uint96 paid, uint96 refunded);

    error KeyTaken(address routerKey);
    error KeyNotProviders(address routerKey, address provider);
    error SignatureWrong(address signer);
    error StateWrong(bytes32 orderId, State state);
    error TermsWrong();
    error Late(uint64 end);
    error Early(uint64 end);
    error OutcomeDiffers(bytes32 orderId);
    error NothingHeld(bytes32 orderId);

    constructor(Escrow escrow, ValidatorSet validators, uint64 epochSeconds, uint64 graceSeconds)
        Epochs(epochSeconds)
        EIP712("srwan QosEscrow", "1")
    {
        ESCROW = escrow;
        VALIDATORS = validators;
        GRACE_SECONDS = graceSeconds;
    }

    /// @notice A router's key becomes the caller's; the key itself signs that it is.
    function registerDevice(address routerKey, bytes calldata signature) external {
        if (devices[routerKey] != address(0)) revert KeyTaken(routerKey);
        _requireSigned(routerKey, Typed.hash(DeviceKey(msg.sender, routerKey)), signature);
        devices[routerKey] = msg.sender;
        emit DeviceRegistered(msg.sender, routerKey);
    }

    /// @notice The identifier of an order: what its consumer signs.
    function orderIdOf(QosOrder calldata o) public view returns (bytes32) {
        return _hashTypedDataV4(Typed.hash(o));
    }

    /// @notice Opens an order out of the consumer's free money; without the consumer's own call its signature is needed.
    function open(QosOrder calldata o, bytes calldata signature) external returns (bytes32 orderId) {
        orderId = orderIdOf(o);
        if (orders[orderId].state != State.None) revert StateWrong(orderId, orders[orderId].state);
        if (o.amount == 0 || o.holdBack > o.amount || o.deadline <= block.timestamp || o.until <= o.deadline) {
            revert TermsWrong();
        }
        if (devices[o.routerKey] != o.provider || o.provider == address(0)) {
            revert KeyNotProviders(o.routerKey, o.provider);
        }
        if (msg.sender != o.consumer) _requireSigned(o.consumer, Typed.hash(o), signature);
        orders[orderId] = Order(
            o.consumer,
            o.amount,
            o.provider,
            o.holdBack,
            o.routerKey,
            0,
            State.Open,
            o.configHash,
            o.deadline,
            o.until
        );
        emit Opened(orderId, o);
        ESCROW.reserve(o.consumer, o.amount);
    }

    /// @notice The router took the configuration and validators read it back: the provider gets all but what is held back.
    function accept(
        ConfigAccepted calldata c,
        bytes calldata routerSignature,
        Seal calldata seal
    ) external {
        Order storage o = _open(c.orderId);
        if (block.timestamp > o.deadline + GRACE_SECONDS) revert Late(o.deadline + GRACE_SECONDS);
        if (c.acceptedAt > o.deadline || c.acceptedAt > block.timestamp) revert OutcomeDiffers(c.orderId);
        if (c.routerKey != o.routerKey || c.configHash != o.configHash) revert OutcomeDiffers(c.orderId);
        bytes32 hash = Typed.hash(c);
        _requireSigned(o.routerKey, hash, routerSignature);
        VALIDATORS.requireQuorum(epoch(), _hashTypedDataV4(hash), seal);
        o.state = State.Released;
        o.acceptedAt = c.acceptedAt;
        emit Accepted(c.orderId, c.rpcReplyHash, c.acceptedAt, o.amount - o.held, o.held);
        ESCROW.release(o.provider, o.amount - o.held);
    }

    /// @notice The router refused, by its own signature: everything goes back at once.
    function fail(ConfigFailed calldata c, bytes calldata routerSignature) external {
        Order storage o = _open(c.orderId);
        if (c.routerKey != o.routerKey) revert OutcomeDiffers(c.orderId);
        if (block.timestamp > o.deadline + GRACE_SECONDS) revert Late(o.deadline + GRACE_SECONDS);
        _requireSigned(o.routerKey, Typed.hash(c), routerSignature);
        o.state = State.Refunded;
        o.held = 0;
        emit Failed(c.orderId, c.rpcReplyHash, o.amount);
        ESCROW.refund(o.consumer, o.amount);
    }

    /// @notice No answer came in time: anybody may send the money back.
    function timeOut(bytes32 orderId) external {
        Order storage o = _open(orderId);
        if (block.timestamp <= o.deadline + GRACE_SECONDS) revert Early(o.deadline + GRACE_SECONDS);
        o.state = State.Refunded;
        o.held = 0;
        emit TimedOut(orderId, o.amount);
        ESCROW.refund(o.consumer, o.amount);
    }

    /// @notice The queue was gone early, as validators read it: of the whole price, the time that was not given goes back, as
    /// far as what is held back reaches; the rest is the provider's.
    function endEarly(ConfigRemoved calldata c, Seal calldata seal) external {
        Order storage o = _held(c.orderId);
        if (block.timestamp > o.until + GRACE_SECONDS) revert Late(o.until + GRACE_SECONDS);
        if (c.removedAt >= o.until || c.removedAt > block.timestamp) revert OutcomeDiffers(c.orderId);
        VALIDATORS.requireQuorum(epoch(), _hashTypedDataV4(Typed.hash(c)), seal);
        uint64 from = c.removedAt < o.acceptedAt ? o.acceptedAt : c.removedAt;
        uint96 back = uint96(uint256(o.amount) * (o.until - from) / (o.until - o.acceptedAt));
        if (back > o.held) back = o.held;
        uint96 rest = o.held - back;
        o.held = 0;
        emit Ended(c.orderId, c.removedAt, rest, back);
        ESCROW.refund(o.consumer, back);
        ESCROW.release(o.provider, rest);
    }

    /// @notice The order's time is over and nobody showed a removal: what was held back is the provider's.
    function end(bytes32 orderId) external {
        Order storage o = _held(orderId);
        if (block.timestamp <= o.until + GRACE_SECONDS) revert Early(o.until + GRACE_SECONDS);
        uint96 rest = o.held;
        o.held = 0;
        emit Ended(orderId, o.until, rest, 0);
        ESCROW.release(o.provider, rest);
    }

    function _open(bytes32 orderId) private view returns (Order storage o) {
        o = orders[orderId];
        if (o.state != State.Open) revert StateWrong(orderId, o.state);
    }

    function _held(bytes32 orderId) private view returns (Order storage o) {
        o = orders[orderId];
        if (o.state != State.Released) revert StateWrong(orderId, o.state);
        if (o.held == 0) revert NothingHeld(orderId);
    }

    function _requireSigned(address signer, bytes32 hash, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, _hashTypedDataV4(hash), signature)) {
            revert SignatureWrong(signer);
        }
    }
}
