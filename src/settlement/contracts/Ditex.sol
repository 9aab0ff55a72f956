// SPDX-License-Identifier: Apache-2.0
// The market of segments: prices are signed off the chain and cost nothing to change; only what is bought is written here.
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Epochs} from "./Epochs.sol";
import {Escrow} from "./Escrow.sol";
import {DealFailed, Quote, Seal, Typed} from "./Typed.sol";
import {ValidatorSet} from "./ValidatorSet.sol";

/// @title Ditex
/// @notice A buyer takes a seller's quote whole: its window [start, end) of whole hours, so many GB at its price. A segment's
/// hours are sold once. The money waits in the escrow until the window is over; validators or the seller may void the deal.
contract Ditex is Epochs, EIP712 {
    struct Deal {
        address buyer;
        uint96 amount;
        address seller;
        uint64 end;
        bool open;
    }

    /// @notice The price of a segment that takes part in measurement and is sold to nobody.
    uint128 public constant INFINITE = type(uint128).max;
    uint64 public constant HOUR = 3600;
    /// @notice Hours of a window at most, so that a purchase touches few words.
    uint64 public constant HOURS_MAX = 24 * 31;

    Escrow public immutable ESCROW;
    ValidatorSet public immutable VALIDATORS;
    uint64 public immutable GRACE_SECONDS;

    mapping(bytes32 dealId => Deal) public deals;
    /// @notice Nonces of a seller that were used or cancelled, a bit each.
    mapping(address seller => mapping(uint256 word => uint256)) public nonces;
    /// @notice Hours of a seller's segment that were sold, a bit each.
    mapping(bytes32 sellerSegment => mapping(uint256 word => uint256)) public soldHours;

    event Cancelled(address indexed seller, uint256 word, uint256 bits);
    event Bought(bytes32 indexed dealId, address indexed buyer, Quote quote, uint64 gigabytes, uint96 amount);
    event Paid(bytes32 indexed dealId, uint96 amount);
    event Voided(bytes32 indexed dealId, uint96 amount);

    error PriceInfinite();
    error PriceTooHigh(uint128 price, uint128 most);
    error QuoteDiffers(bytes32 given, bytes32 expected);
    error QuoteExpired(uint64 expiry);
    error QuoteVoid(uint256 nonce);
    error SignatureWrong(address seller);
    error WindowWrong(uint64 start, uint64 end);
    error HoursSold(bytes32 segmentId);
    error AmountWrong(uint256 amount);
    error DealClosed(bytes32 dealId);
    error Early(uint64 end);
    error Late(uint64 end);
    error NotSeller(address caller);

    constructor(Escrow escrow, ValidatorSet validators, uint64 epochSeconds, uint64 graceSeconds)
        Epochs(epochSeconds)
        EIP712("srwan Ditex", "1")
    {
        ESCROW = escrow;
        VALIDATORS = validators;
        GRACE_SECONDS = graceSeconds;
    }

    /// @notice What a seller signs; a deal has the same name.
    function quoteHash(Quote calldata q) public view returns (bytes32) {
        return _hashTypedDataV4(Typed.hash(q));
    }

    /// @notice Voids nonces of the caller, 256 at a time.
    function cancel(uint256 word, uint256 bits) external {
        nonces[msg.sender][word] |= bits;
        emit Cancelled(msg.sender, word, bits);
    }

    /// @notice Takes a quote. The buyer says which one it saw and what it would pay at most, so that neither can change
    /// under its hands.
    function buy(
        Quote calldata q,
        bytes calldata signature,
        uint64 gigabytes,
        uint128 mostPerGB,
        bytes32 expected
    ) external returns (bytes32 dealId) {
        dealId = quoteHash(q);
        if (dealId != expected) revert QuoteDiffers(dealId, expected);
        if (q.pricePerGB == INFINITE) revert PriceInfinite();
        if (q.pricePerGB > mostPerGB) revert PriceTooHigh(q.pricePerGB, mostPerGB);
        if (block.timestamp > q.expiry) revert QuoteExpired(q.expiry);
        if (!SignatureChecker.isValidSignatureNowCalldata(q.seller, dealId, signature)) revert SignatureWrong(q.seller);
        _useNonce(q.seller, q.nonce);
        _sell(q);
        uint256 amount = uint256(q.pricePerGB) * gigabytes;
        if (amount == 0 || amount > type(uint96).max) revert AmountWrong(amount);
        deals[dealId] = Deal(msg.sender, uint96(amount), q.seller, q.end, true);
        emit Bought(dealId, msg.sender, q, gigabytes, uint96(amount));
        ESCROW.reserve(msg.sender, uint96(amount));
    }

    /// @notice The window is over and nobody showed that it failed: the seller is paid.
    function pay(bytes32 dealId) external {
        Deal storage d = _open(dealId);
        if (block.timestamp <= d.end + GRACE_SECONDS) revert Early(d.end + GRACE_SECONDS);
        d.open = false;
        emit Paid(dealId, d.amount);
        ESCROW.release(d.seller, d.amount);
    }

    /// @notice The seller gives the money back of its own will.
    function void(bytes32 dealId) external {
        Deal storage d = _open(dealId);
        if (msg.sender != d.seller) revert NotSeller(msg.sender);
        _giveBack(dealId, d);
    }

    /// @notice The capacity was not there, as validators measured it.
    function voidFailed(DealFailed calldata f, Seal calldata seal) external {
        Deal storage d = _open(f.dealId);
        if (block.timestamp > d.end + GRACE_SECONDS) revert Late(d.end + GRACE_SECONDS);
        VALIDATORS.requireQuorum(epoch(), _hashTypedDataV4(Typed.hash(f)), seal);
        _giveBack(f.dealId, d);
    }

    function _giveBack(bytes32 dealId, Deal storage d) private {
        d.open = false;
        emit Voided(dealId, d.amount);
        ESCROW.refund(d.buyer, d.amount);
    }

    function _open(bytes32 dealId) private view returns (Deal storage d) {
        d = deals[dealId];
        if (!d.open) revert DealClosed(dealId);
    }

    function _useNonce(address seller, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 255);
        if (nonces[seller][nonce >> 8] & bit != 0) revert QuoteVoid(nonce);
        nonces[seller][nonce >> 8] |= bit;
    }

    /// Marks the window's hours. The key holds the seller, so that nobody sells another's segment out.
    function _sell(Quote calldata q) private {
        if (q.start % HOUR != 0 || q.end % HOUR != 0 || q.end <= q.start || q.end <= block.timestamp) {
            revert WindowWrong(q.start, q.end);
        }
        uint256 hour = q.start / HOUR;
        uint256 last = q.end / HOUR;
        if (last - hour > HOURS_MAX) revert WindowWrong(q.start, q.end);
        mapping(uint256 => uint256) storage sold = soldHours[keccak256(abi.encode(q.seller, q.segmentId))];
        while (hour < last) {
            uint256 word = hour >> 8;
            uint256 stop = (word + 1) << 8;
            if (stop > last) stop = last;
            // A whole word is 256 ones; a shift of 256 gives zero, and zero less one is all of them.
            uint256 bits;
            unchecked {
                bits = ((1 << (stop - hour)) - 1) << (hour & 255);
            }
            if (sold[word] & bits != 0) revert HoursSold(q.segmentId);
            sold[word] |= bits;
            hour = stop;
        }
    }
}
