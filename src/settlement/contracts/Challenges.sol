// SPDX-License-Identifier: Apache-2.0
// A debit may be disputed: whoever signed it shows the consumer's vouchers, or makes it good out of stake.
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";
import {SessionKeys} from "./SessionKeys.sol";
import {SettlementBatch, Signed, SpendVoucher, Typed} from "./Typed.sol";
import {Words} from "./Words.sol";

/// @title Challenges
/// @notice Validators cannot take more than the caps even if all of them collude, and what they take without the consumer's
/// signature costs them as much. A bond keeps questions honest; it goes to whoever answers.
abstract contract Challenges is Batches, SessionKeys {
    using Words for bytes;

    struct Challenge {
        address challenger;
        uint64 deadline;
        address consumer;
        uint96 amount;
        uint256 validatorSet;
        uint256 seatBits;
    }

    uint64 public constant CHALLENGE_EPOCHS = 4;
    uint64 public constant ANSWER_EPOCHS = 2;
    uint96 public immutable BOND;

    /// @notice Open ones have a challenger; a closed one keeps its deadline, so that it is not asked again.
    mapping(uint64 epoch => mapping(address consumer => Challenge)) public challenges;

    event Challenged(uint64 indexed epoch, address indexed consumer, uint96 amount, address challenger, uint64 deadline);
    event Answered(uint64 indexed epoch, address indexed consumer, address by, uint96 shown);
    event Upheld(uint64 indexed epoch, address indexed consumer, uint96 amount, uint96 paid);

    error ChallengeLate(uint64 epoch);
    error ChallengeKnown(uint64 epoch, address consumer);
    error ChallengeUnknown(uint64 epoch, address consumer);
    error RecordDiffers();
    error AnswerLate(uint64 deadline);
    error AnswerPending(uint64 deadline);
    error VouchersDiffer(uint256 i);
    error VouchersTooLow(uint256 shown, uint96 debited);

    /// @notice Asks for the vouchers behind entry `i` of a settled chunk. Anybody may ask, for the bond.
    function challenge(
        SettlementBatch calldata b,
        uint256 validatorSet,
        uint256 seatBits,
        bytes calldata debits,
        bytes32 creditsHash,
        uint256 i
    ) external {
        if (epoch() > b.epoch + CHALLENGE_EPOCHS) revert ChallengeLate(b.epoch);
        if (
            chunkRecord[b.epoch][b.chunk] != _record(Typed.hash(b), validatorSet, seatBits)
                || keccak256(bytes.concat(keccak256(debits), creditsHash)) != b.entriesHash || i >= debits.count()
        ) revert RecordDiffers();
        (address consumer, uint96 amount) = debits.entry(i);
        Challenge storage c = challenges[b.epoch][consumer];
        if (c.deadline != 0) revert ChallengeKnown(b.epoch, consumer);
        c.challenger = msg.sender;
        c.deadline = uint64(block.timestamp) + ANSWER_EPOCHS * EPOCH_SECONDS;
        c.consumer = consumer;
        c.amount = amount;
        c.validatorSet = validatorSet;
        c.seatBits = seatBits;
        emit Challenged(b.epoch, consumer, amount, msg.sender, c.deadline);
        ESCROW.reserve(msg.sender, BOND);
    }

    /// @notice Shows vouchers of that consumer and epoch, one a path in rising order, that cover the debit.
    function answer(
        uint64 ofEpoch,
        address consumer,
        SpendVoucher[] calldata vouchers,
        Signed[] calldata by
    ) external {
        Challenge storage c = _open(ofEpoch, consumer);
        if (block.timestamp > c.deadline) revert AnswerLate(c.deadline);
        uint256 shown;
        for (uint256 i = 0; i < vouchers.length; ++i) {
            SpendVoucher calldata v = vouchers[i];
            bool risen = i == 0 || v.pathId > vouchers[i - 1].pathId;
            if (v.consumer != consumer || v.epoch != ofEpoch || !risen) revert VouchersDiffer(i);
            _signerLimit(v, by[i]);
            shown += v.cumulativeAmount;
        }
        if (shown < c.amount) revert VouchersTooLow(shown, c.amount);
        c.challenger = address(0);
        emit Answered(ofEpoch, consumer, msg.sender, uint96(shown));
        ESCROW.refund(msg.sender, BOND);
    }

    /// @notice Nobody answered: the consumer gets the debit out of the stake of those who signed it, and the bond goes back.
    function uphold(uint64 ofEpoch, address consumer) external {
        Challenge storage c = _open(ofEpoch, consumer);
        if (block.timestamp <= c.deadline) revert AnswerPending(c.deadline);
        address challenger = c.challenger;
        c.challenger = address(0);
        uint96 paid = VALIDATORS.makeGood(c.validatorSet, c.seatBits, c.amount, consumer);
        emit Upheld(ofEpoch, consumer, c.amount, paid);
        ESCROW.refund(challenger, BOND);
    }

    function _open(uint64 ofEpoch, address consumer) private view returns (Challenge storage c) {
        c = challenges[ofEpoch][consumer];
        if (c.challenger == address(0)) revert ChallengeUnknown(ofEpoch, consumer);
    }
}
